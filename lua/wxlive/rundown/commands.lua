--- Commands to a running show, from a person or a program: next, skip, hold, shift, a card, quit.
--- wxlive.rundown.show takes over these methods.
local M = { methods = {} }

-- A card by hand is a cue of its own, apart from the row that it belongs to.
local HAND = "by hand "

local commands = {}

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

function commands.next(self)
  local cue = self.agenda:next()
  if cue then
    cue.by_hand = true
    if self:perform(cue) then
      self.agenda:take(cue)
    end
  end
end

function commands.skip(self)
  local cue = self.agenda:next()
  if cue then
    self:pass(cue, "skipped")
    self.agenda:take(cue)
  end
end

function commands.hold(self)
  if self.held_at then
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

function commands.card(self, digit)
  for _, row in ipairs(self.rows) do
    if row.digit and row.digit == tostring(digit) then
      local key = HAND .. row.key
      local n = (self.hands[key] or 0) + 1
      self.hands[key] = n
      local now = self.clock.now()
      self:perform {
        row = row, key = key, n = n, goods = { 1 }, by_hand = true, due = now,
        from_start = now - self.zero - self.shift,
      }
      return
    end
  end
end

function commands.quit(self)
  self.quit = true
end

--- Asks the show for something, from any task: "next", "skip", "hold" (again: go on), "go",
--- "shift" (seconds), "card" (a digit), "quit". It is done between two cues.
---@param name string
---@param argument any?
---@return boolean known
function M.methods:command(name, argument)
  if not commands[name] then
    return false
  end
  self.queue[#self.queue + 1] = { name, argument }
  return true
end

-- Does what was asked for.
function M.methods:obey()
  while self.queue[1] do
    local command = table.remove(self.queue, 1)
    if self.agenda or command[1] == "quit" then
      commands[command[1]](self, command[2])
    end
  end
end

return M
