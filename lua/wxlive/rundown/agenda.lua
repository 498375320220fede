--- The agenda: the rows of a rundown as cues in the order of their times. Pure.
--
-- A row that repeats has cues number 1, 2, 3 ...; the time between two of them is drawn within the
-- row's span out of the show's seed, and therefore is the same after a restart. Times are kept in
-- seconds from the real start, without the shift: a shift moves all remaining cues, except those
-- with a time of day.
local times = require "wxlive.rundown.times"

local M = {}

---@class wxlive.rundown.Cue
---@field row wxlive.rundown.Row
---@field key string       of the row
---@field n integer        1, 2, 3 ... of a row that repeats
---@field from_start number   without the shift
---@field due number       Unix seconds
---@field goods integer[]  which of the row's goods, by their place in the row
---@field by_hand boolean?

---@class wxlive.rundown.Agenda
---@field shift number     seconds
local Agenda = {}
Agenda.__index = Agenda
Agenda.__name = "wxlive.rundown.Agenda"

-- Random, the same for the same seed and words -----------------------------------------------

-- A product of two numbers below this prime is a whole number that every interpreter holds exactly.
local PRIME = 67108859

--- A fraction of 1 out of a seed and words.
---@return number
function M.fraction(...)
  local x, y = 7, 13
  local function mix(byte)
    x = (x * x + y * 7919 + byte) % PRIME
    y = (y * 31 + x + byte) % PRIME
  end
  for _, part in ipairs { ... } do
    local text = tostring(part)
    for i = 1, #text do
      mix(text:byte(i))
    end
    mix(257)
  end
  for round = 1, 4 do
    mix(round)
  end
  return (x + y / PRIME) / PRIME
end

-- One order of 1 .. count, for one round.
local function shuffle(count, seed, key, round)
  local order = {}
  for i = 1, count do
    order[i] = i
  end
  for i = count, 2, -1 do
    local j = math.floor(M.fraction(seed, key, "order", round, i) * i) + 1
    order[i], order[j] = order[j], order[i]
  end
  return order
end

-- Which of a row's goods is shown at a turn, counted from 0. The last goods of a round are never
-- the first of the next.
local function pick_goods(self, track, turn)
  local count = #track.row.goods
  if count < 2 or not track.row.shuffled then
    return count > 0 and turn % count + 1 or nil
  end
  local round = math.floor(turn / count)
  if track.round ~= round or #track.order ~= count then
    track.order, track.round = shuffle(count, self.seed, track.row.key, round), round
    if round > 0 then
      local before = shuffle(count, self.seed, track.row.key, round - 1)
      -- If the former round swapped its first two goods, its last one is still known, unless there
      -- are only two.
      local last = count > 2 and before[count] or nil
      if last == track.order[1] then
        track.order[1], track.order[2] = track.order[2], track.order[1]
      end
    end
  end
  return track.order[turn % count + 1]
end

local function gap(self, row, n)
  local every = row.every
  return every.least + (every.most - every.least) * M.fraction(self.seed, row.key, n)
end

-- Tracks: a row and where it stands ---------------------------------------------------------

local function place(self, time)
  return times.place(time, self.show)
end

local function due_of(self, from_start, fixed)
  return self.show.zero + from_start + (fixed and 0 or self.shift)
end

-- Whether a track's next cue still comes.
local function is_open(self, track)
  if track.over then
    return false
  end
  local due = due_of(self, track.from_start, track.fixed)
  if self.last and due > self.last then
    return false
  elseif not track.row.every then
    return true
  elseif track.until_start then
    return due <= due_of(self, track.until_start, track.until_fixed) + 0.001
  end
  return true
end

local function track_of(self, row, index)
  local track = { row = row, n = 1, turn = 0, index = index, over = row.at == nil }
  if row.at then
    track.from_start, track.fixed = place(self, row.at)
  end
  if row.until_at then
    track.until_start, track.until_fixed = place(self, row.until_at)
  end
  return track
end

--- An agenda.
---@param rows wxlive.rundown.Row[]
---@param show { zero: number, planned: number }   the real (or supposed) and the planned start
---@param options { seed: string, shift: number?, last: number?, past: table? }   last: the
---  moment after which no cue is due; past: as of replace
---@return wxlive.rundown.Agenda
function M.new(rows, show, options)
  local self = setmetatable({
    show = show, seed = options.seed, shift = options.shift or 0, last = options.last,
  }, Agenda)
  self:replace(rows, options.past or {})
  return self
end

--- Replaces the rows after the file was changed. past says what was done: key of a row -> { n = the
--- number of its last cue, from_start = where that was, turns = how many of its goods had their
--- turn }.
---@param rows wxlive.rundown.Row[]
---@param past table<string, { n: integer, from_start: number, turns: integer }>
function Agenda:replace(rows, past)
  self.tracks = {}
  for i, row in ipairs(rows) do
    local track = track_of(self, row, i)
    local done = past[row.key]
    if done and not track.over then
      track.n, track.turn = done.n + 1, done.turns
      if row.every then
        -- A start that was moved behind that holds, too.
        track.from_start = math.max(track.from_start, done.from_start + gap(self, row, done.n))
      else
        track.over = true
      end
    end
    self.tracks[i] = track
  end
end

local function cue_of(self, track)
  local row = track.row
  local cue = {
    row = row, key = row.key, n = track.n, from_start = track.from_start,
    due = due_of(self, track.from_start, track.fixed), goods = {}, track = track,
  }
  if row.every and row.action == "push" then
    cue.goods[1] = pick_goods(self, track, track.turn)
  else
    for i = 1, #row.goods do
      cue.goods[i] = i
    end
  end
  return cue
end

--- The next cue; nil when none is left.
---@return wxlive.rundown.Cue?
function Agenda:next()
  local best, best_due
  for _, track in ipairs(self.tracks) do
    if is_open(self, track) then
      local due = due_of(self, track.from_start, track.fixed)
      if not best or due < best_due then
        best, best_due = track, due
      end
    end
  end
  return best and cue_of(self, best)
end

--- Moves on to the cue after this one. passed: the cue was too late and was not done, therefore its
--- goods keep their turn.
---@param cue wxlive.rundown.Cue   as next returned it
---@param passed boolean?
function Agenda:take(cue, passed)
  local track = cue.track
  if track.n ~= cue.n or track.over then
    return
  elseif not track.row.every then
    track.over = true
    return
  end
  track.from_start = track.from_start + gap(self, track.row, track.n)
  track.n = track.n + 1
  track.turn = track.turn + (passed and 0 or 1)
end

--- The next cues, without moving on: for showing them.
---@param count integer
---@return wxlive.rundown.Cue[]
function Agenda:coming(count)
  local copy = setmetatable({
    show = self.show, seed = self.seed, shift = self.shift, last = self.last, tracks = {},
  }, Agenda)
  for i, track in ipairs(self.tracks) do
    copy.tracks[i] = setmetatable({}, { __index = track })
  end
  local list = {}
  for i = 1, count do
    list[i] = copy:next()
    if not list[i] then
      break
    end
    copy:take(list[i])
    list[i].track = nil
  end
  return list
end

return M
