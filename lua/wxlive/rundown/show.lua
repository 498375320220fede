--- A show that runs by its rundown.
--
-- Everything that happens is reported as an event; a failed cue does not end the run. Each cue is
-- in the ledger before the next one begins; a run that was killed continues where it stopped.
--
-- Events: { name = ..., at = Unix seconds, room_id = ... } and, by name:
--   waiting   planned                   begun     zero, resumed, supposed
--   cue       state, row, n, label, goods_id, goods (how many), due, lateness, by_hand, err
--   held      by ("hand" or "room")     released  by, seconds
--   shifted   seconds, shift            extended  end_time, before
--   edited    added, removed, changed, problems   edit_refused  err, problems
--   over      live_status               missed    count
--   poll_failed, ledger_failed, look_failed  err
local checks = require "wxlive.rundown.check"
local commands = require "wxlive.rundown.commands"
local cue_of = require "wxlive.rundown.cue"
local cues = require "wxlive.ledger.cues"
local ends = require "wxlive.shop.ends"
local follow = require "wxlive.rundown.follow"
local loops = require "wxlive.concurrent.loop"
local map = require "wxlive.concurrent.map"
local pictures = require "wxlive.rundown.picture"
local resume = require "wxlive.rundown.resume"
local rooms = require "wxlive.rundown.room"
local tables = require "wxlive.base.tables"

local M = {}

-- Seconds within which a person's key takes effect.
local TICK = 0.1

-- Seconds for which the end of a show waits for tasks beside the cues.
local LAST_WAIT = 60

---@class wxlive.rundown.Show
---@field live wxlive.Broadcast
---@field ledger wxlive.Ledger
---@field room table            as the list of rooms shows it
---@field room_id integer
---@field rows wxlive.rundown.Row[]
---@field stock wxlive.rundown.Stock
---@field counts table<string, integer>   cues of this run by their state
---@field zero number?          the real start
---@field shift number
---@field held_at number?
---@field held_for "hand"|"room"|nil
local Show = tables.merged(commands.methods, cue_of.methods, follow.methods)
Show.__index = Show
Show.__name = "wxlive.rundown.Show"

--- See wxlive.rundown.open, which has read and found everything.
function M.new(fields)
  local self = setmetatable(fields, Show)
  self.queue, self.counts, self.hands, self.busy = {}, {}, {}, {}
  self.clips_seen = {}
  self.shift, self.lateness = 0, 0
  self.stage = {
    live = self.live, ledger = self.ledger, room_id = self.room_id, hooks = self.hooks,
    shop = self.shop, now = self.clock.now, wait = self.clock.wait,
    look_at_room = function(seconds)
      return self:look_at_room(seconds)
    end,
  }
  return self
end

-- Events ------------------------------------------------------------------------------------------

--- Reports an event. A failing listener must not affect the show.
---@param name string
---@param fields table?
function Show:tell(name, fields)
  local event = fields or {}
  event.name, event.at, event.room_id = name, self.clock.now(), self.room_id
  if self.on_event then
    pcall(self.on_event, event, self)
  end
end

-- Calls the ledger; a failure is reported, and the show goes on.
function Show:keep(...)
  local value, err = ...
  if err then
    self:tell("ledger_failed", { err = err })
  end
  return value
end

function Show:save()
  local ok, err = cues.keep(self.ledger, self.room_id, {
    zero = self.zero, shift = self.shift, held_at = self.held_at, held_for = self.held_for,
  })
  if not ok and err.name == "rundown_taken" then
    self.lost = err
  else
    self:keep(ok, err)
  end
  self.saved_at = self.clock.now()
end

-- Cues --------------------------------------------------------------------------------------------

-- Does one cue if one is due; returns when the next one is due. It does one only, however many are
-- late, because the loop must also obey commands and record that this process is alive.
function Show:work()
  local cue = self.agenda:next()
  local now = self.clock.now()
  if not cue or self.held_at or cue.due > now then
    return cue and not self.held_at and cue.due or math.huge
  end
  local late = cue.row.late
  if late ~= "do" and now - cue.due > (late == "skip" and self.options.grace or late) then
    self:pass(cue, "late")
    self.agenda:take(cue, true)
  elseif self:perform(cue) then
    self.agenda:take(cue)
  else
    return math.huge
  end
  return now
end

-- Running -----------------------------------------------------------------------------------------

--- The error that ends the run; nil while it goes on.
---@return wxlive.Error?
function Show:wants_end()
  self:obey()
  if self.lost then
    return self.lost
  elseif self.quit or self.interrupted and self.interrupted() then
    local _, err = ends.interrupted()
    return err
  end
end

--- Waits until a moment, or until a command may have come.
---@param moment number
function Show:rest(moment)
  local seconds = moment - self.clock.now()
  if not self.clock.virtual then
    seconds = math.min(seconds, TICK)
  end
  if seconds > 0 then
    self.clock.wait(seconds)
  end
end

-- The rows that have a digit.
local function cards_of(rows)
  local cards = tables.only(rows, function(row) return row.digit end)
  return tables.map(cards, function(row)
    return { digit = row.digit, label = pictures.label(row, row.goods[1] and 1) }
  end)
end

local function phase_of(self)
  return (self.finished or self.ended) and "over" or not self.agenda and "waiting"
    or self.held_at and "held" or "running"
end

--- The coming cues and the state of the show, for a status line or a page.
---@param count integer
---@return { phase: "waiting"|"running"|"held"|"over", now: number, zero: number?, shift: number,
---  held: string?, room: table, counts: table, cards: { digit: string, label: string }[],
---  coming: { key: string, n: integer, due: number, label: string, line: integer, action: string,
---  note: string?, goods: integer }[] }
function Show:state(count)
  local coming, now = {}, self.clock.now()
  for i, cue in ipairs(self.agenda and self.agenda:coming(count) or {}) do
    local due = cue.due
    if self.held_at and cue.due then
      due = cue.due + now - self.held_at
    end
    coming[i] = {
      key = cue.key, n = cue.n, due = due, line = cue.row.line, action = cue.row.action,
      label = pictures.label(cue.row, #cue.goods == 1 and cue.goods[1] or nil), note = cue.row.note,
      goods = #cue.goods,
    }
  end
  return {
    phase = phase_of(self), now = now, zero = self.zero, shift = self.shift, held = self.held_for,
    room = self.room, counts = self.counts, cards = cards_of(self.rows), coming = coming,
  }
end

function Show:loop()
  while not self.ended do
    local err = self:wants_end()
    if err then
      return err
    end
    local look = self:look_around()
    local due = self:work()
    if not (self.ended or self.options.stay or self.agenda:next()) then
      return nil -- no cue can come any more, neither from the agenda nor from a person
    elseif not self.ended then
      self:rest(math.min(due, look))
    end
  end
end

local function summary_of(self, err)
  local summary = { room_id = self.room_id, zero = self.zero, ended = self.ended,
    lateness = self.lateness, counts = {} }
  for _, state in ipairs { "done", "failed", "unknown", "late", "skipped", "missed" } do
    summary.counts[state] = self.counts[state] or 0
  end
  summary.err = err or resume.end_of(summary.counts)
  return summary
end

-- Waits for the tasks that run beside the cues.
local function await_others(self)
  local stop = self.clock.now() + LAST_WAIT
  while next(self.busy) and self.clock.now() < stop do
    self:rest(stop)
  end
end

local function run(self)
  local begun, err = cues.take(self.ledger, self.room_id, self.options.seed)
  if not begun then
    self:dismiss()
    return nil, err
  end
  self.zero, self.shift = begun.zero, begun.shift
  self.held_at, self.held_for = begun.held_at, begun.held_for
  local seen_before
  seen_before, err = rooms.await(self)
  local ok = seen_before ~= nil
  if ok then
    ok, err = resume.begin(self, begun, seen_before)
  end
  if ok then
    err = self:loop()
    await_others(self)
    if self.ended == "over" then
      self:miss_the_rest()
    end
    self:save()
  end
  self:keep(cues.release(self.ledger, self.room_id))
  self:dismiss()
  if not ok then
    return nil, err
  end
  return summary_of(self, err)
end

--- Runs the show to its end. A run that has begun returns its summary; summary.err says why not
--- everything was done. Several shows run at once under wxlive.map.
---@return { room_id: integer, zero: number, ended: string?, lateness: number, counts: table,
---  err: wxlive.Error? }? summary
---@return wxlive.Error? err
function Show:run()
  if self.clock.virtual or loops.current() then
    return run(self)
  end
  return map.wait(map.spawn(run, self))
end

--- Checks the show before it runs: rows against room, library and quotas. Nothing is written.
---@return wxlive.rundown.Report? report
---@return wxlive.Error? err
function Show:check()
  local ok, err = self.stock:read_library(self.live)
  if not ok then
    return nil, err
  end
  return checks.run {
    rows = self.rows, room = self.room, stock = self.stock, live = self.live,
    ledger = self.ledger, hooks = self.hooks,
  }
end

--- Closes the ledger, where it was opened for this show.
function Show:close()
  if self.own_ledger then
    self.ledger:close()
  end
end

return M
