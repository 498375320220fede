--- Commands to a running show, from a person or a program: next, skip, hold, shift, a card, quit.
--- wxlive.rundown.show takes over these methods.
local compat = require "wxlive.base.compat"
local row_of = require "wxlive.rundown.sheet.row"

local M = { methods = {} }

local unpack = compat.unpack

-- A card by hand is a cue of its own, apart from the row that it belongs to.
local HAND = "by hand "

local commands = {}

-- A failing listener must not affect the show.
local function tell(answer, outcome)
  if answer then
    pcall(answer, outcome)
  end
end

--- Holds the show: nothing is due until it goes on.
---@param by "hand"|"room"
function M.methods:hold(by)
  if not self.held_at then
    self.held_at, self.held_for = self.clock.now(), by
    self:save()
    self:tell("held", { by = by })
  end
end

--- Continues after a hold: the remaining cues are later by the length of the hold, except those
--- with a time of day.
function M.methods:go_on()
  if self.held_at then
    local seconds, by = self.clock.now() - self.held_at, self.held_for
    self.held_at, self.held_for = nil, nil
    self.shift = self.shift + seconds
    self.agenda.shift = self.shift
    self:save()
    self:tell("released", { by = by, seconds = seconds })
  end
end

-- The next cue; nil and the outcome when there is none, or when it is another cue than the person
-- saw (`meant`), which may have been done since.
local function next_of(self, meant)
  local cue = self.agenda:next()
  if not cue then
    return nil, { state = "none" }
  elseif meant and (meant.key ~= cue.key or meant.n ~= cue.n) then
    return nil, { state = "passed" }
  end
  return cue
end

function commands.next(self, meant)
  local cue, outcome = next_of(self, meant)
  if cue then
    cue.by_hand = true
    if self:perform(cue) then
      self.agenda:take(cue)
    end
  end
  return outcome or cue.outcome
end

function commands.skip(self, meant)
  local cue, outcome = next_of(self, meant)
  if cue then
    self:pass(cue, "skipped")
    self.agenda:take(cue)
  end
  return outcome or cue.outcome
end

function commands.hold(self, only)
  if self.held_at and not only then
    self:go_on()
  else
    self:hold("hand")
  end
end

function commands.go(self)
  self:go_on()
end

function commands.shift(self, seconds)
  seconds = tonumber(seconds)
  if seconds then
    self.shift = self.shift + seconds
    self.agenda.shift = self.shift
    self:save()
    self:tell("shifted", { seconds = seconds, shift = self.shift })
  end
end

-- Pushes the card of a row at once, apart from the agenda.
local function show_card(self, row)
  local key = HAND .. row.key
  local n = (self.hands[key] or 0) + 1
  self.hands[key] = n
  local now = self.clock.now()
  local cue = {
    row = row, key = key, n = n, goods = { 1 }, by_hand = true, due = now,
    from_start = now - self.zero - self.shift,
  }
  self:perform(cue)
  return cue.outcome
end

function commands.card(self, digit)
  for _, row in ipairs(self.rows) do
    if row.digit and row.digit == tostring(digit) then
      return show_card(self, row)
    end
  end
  return { state = "none" }
end

function commands.push(self, goods_id)
  local id = compat.integer_text(goods_id)
  local known = self.stock.by_id[id]
  return show_card(self, {
    line = 0, action = "push", goods = { id }, name = known and known.name, key = "push " .. id,
    deadline = row_of.DEADLINE,
  })
end

function commands.quit(self)
  self.quit = true
end

--- Asks the show for something, from any task. It is done between two cues:
--
--   "next", "skip"   the next cue; { key =, n = } of a coming cue: only if that is the next one
--   "hold"           again: go on; true: only hold
--   "go", "quit"
--   "shift"          seconds
--   "card"           the digit of a row
--   "push"           the id of any goods of the room
--
-- An outcome has a state: that of a cue (done, failed, unknown, skipped; begun: it is done beside
-- the others), "done" for what is not a cue, "passed" (the next cue is not the one that was meant),
-- "none" (there is no such cue or card), "paused" (the room is paused: nothing was done), "waiting"
-- (the room is not live yet), "over" (the show has ended).
---@param name string
---@param argument any?
---@param answer (fun(outcome: { state: string, err: wxlive.Error?, label: string? }))?   is called
---  once, when the outcome is known
---@return boolean known
function M.methods:command(name, argument, answer)
  if not commands[name] then
    return false
  elseif self.finished then
    tell(answer, { state = "over" })
  else
    self.queue[#self.queue + 1] = { name, argument, answer }
  end
  return true
end

-- Executes one command.
function M.methods:obey()
  while self.queue[1] do
    local name, argument, answer = unpack(table.remove(self.queue, 1), 1, 3)
    if self.agenda or name == "quit" then
      tell(answer, commands[name](self, argument) or { state = "done" })
    else
      tell(answer, { state = "waiting" })
    end
  end
end

-- Answers the commands that came after the end of the show.
function M.methods:dismiss()
  self.finished = true
  for _, command in ipairs(self.queue) do
    tell(command[3], { state = "over" })
  end
  self.queue = {}
end

return M
