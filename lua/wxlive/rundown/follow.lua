--- Follows the room's state and the rundown's file while a show runs. wxlive.rundown.show takes
--- over these methods.
local clips = require "wxlive.rundown.clips"
local cues = require "wxlive.ledger.cues"
local edits = require "wxlive.rundown.edit"
local Error = require "wxlive.error"
local map = require "wxlive.concurrent.map"
local rooms = require "wxlive.rundown.room"

local M = { methods = {} }

-- Seconds between two checks of the room's state; shorter while it is unclear.
local POLL, DOUBTFUL = 30, 5

-- Seconds between two signs of life in the ledger.
local BEAT = 20

-- A limit above the number of rows of any rundown.
local MOST = 10000

--- Reads the room's row of the list. A failure that repeats, such as that of a room which was
--- deleted, is reported once.
---@param seconds number?   that a page of the list may take
---@return table? room
---@return wxlive.Error? err
function M.methods:read_room(seconds)
  local room, err = rooms.read(self.live, self.room_id, seconds)
  local failure = err and err.name
  if failure and failure ~= self.poll_failure then
    self:tell("poll_failed", { err = err })
  end
  self.poll_failure = failure
  return room, err
end

--- Reads the room's state now; "live", "paused", "over", or nil where it cannot be read.
---@param seconds number?   that it may take
---@return string?
function M.methods:look_at_room(seconds)
  local room = self:read_room(seconds)
  self.polled_at = self.clock.now()
  return room and rooms.take(self, room)
end

-- Runs work that reads the platform or the disk beside the cues.
function M.methods:beside(name, work)
  if self.busy[name] then
    return
  end
  self.busy[name] = true
  local function run()
    local fine, err = pcall(work)
    self.busy[name] = nil
    if not fine then
      self:tell("look_failed", { err = Error.raised(err) })
    end
  end
  if self.clock.virtual then
    run()
  else
    map.spawn(run)
  end
end

--- Looks at the file when it is time.
function M.methods:look_at_file()
  local now = self.clock.now()
  if now >= (self.looked_at or 0) + edits.EVERY then
    self.looked_at = now
    self:beside("edit", function()
      edits.look(self)
    end)
  end
end

--- Records that this process is alive, when it is time.
function M.methods:beat()
  if self.clock.now() >= (self.saved_at or 0) + BEAT then
    self:save()
  end
end

-- Checks the room, the file and the coming cards when it is time; returns the time of the next
-- check.
function M.methods:look_around()
  local now = self.clock.now()
  local every = (self.over_looks or 0) > 0 and DOUBTFUL or POLL
  if now >= (self.polled_at or self.zero) + every then
    self.polled_at = now
    self:beside("poll", function()
      self:look_at_room()
    end)
  end
  self:look_at_file()
  self:beat()
  return math.min((self.polled_at or self.zero) + every, clips.look_ahead(self),
    self.clock.virtual and math.huge or self.looked_at + edits.EVERY)
end

--- Replaces the rows of the show.
---@param rows wxlive.rundown.Row[]
---@return true? ok
---@return wxlive.Error? err
function M.methods:replace(rows)
  local past, err = cues.past(self.ledger, self.room_id)
  if not past then
    return nil, err
  end
  if not self.stock:knows(rows, self.ledger) and not self.stock.has_library then
    self.stock:read_library(self.live)
  end
  self.rows = rows
  if self.agenda then -- else the show has not begun
    self.agenda:replace(rows, past)
  end
  return true
end

--- The room has ended, was banned, or has expired: all remaining cues are missed.
---@param room table
function M.methods:room_is_over(room)
  if self.ended then
    return
  end
  self.ended = "over"
  self:tell("over", { live_status = room.live_status })
end

-- The remaining rows, of which no cue will be done, once each. A row that repeats until the end of
-- the show has missed nothing if it has begun.
function M.methods:miss_the_rest()
  local cue = self.agenda:next()
  local seen = {}
  while cue and #seen < MOST do
    if not cue.row.every or cue.n == 1 or cue.track.until_start then
      self:pass(cue, "missed")
    end
    cue.track.over = true
    seen[#seen + 1] = cue
    cue = self.agenda:next()
  end
end

return M
