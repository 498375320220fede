--- Does the work of a staged sheet, many rows at a time, until nothing is left or an error stops
--- it.
local core = require "wxlive.core"
local doubt = require "wxlive.shop.doubt"
local Error = require "wxlive.error"
local knowns = require "wxlive.client.known"
local loops = require "wxlive.concurrent.loop"
local outcomes = require "wxlive.errcodes.outcome"
local parallel = require "wxlive.shop.parallel"
local pause = require "wxlive.shop.pause"
local pictures = require "wxlive.shop.pictures"
local recover = require "wxlive.client.recover"
local room_goods = require "wxlive.shop.room_goods"
local work = require "wxlive.shop.perform"
local workers = require "wxlive.ledger.workers"

local M = {}

---@class wxlive.shop.Apply
---@field live wxlive.Broadcast
---@field ledger wxlive.Ledger
---@field kind "rooms"|"goods"
---@field sheet string
---@field concurrency integer
---@field wait boolean?         sleep when a quota is spent
---@field settle number         see wxlive.shop.doubt
---@field interrupted fun(): boolean
---@field sleep fun(seconds: number)
---@field tell fun(what: string, item: table?, err: any)   called for every row
---@field find_picture (fun(digest: string): string?, wxlive.Error?)?   the path of a content; as
---  the last staging saw it when left out
---@field turn boolean?         one turn of a worker: nothing is waited for, and what this ledger
---  had claimed before is free
---@field audits boolean?       false: the platform is not asked which goods are approved
---@field counts table<string, integer>
---@field stopped wxlive.Error?   what ended the run early
local Apply = {}
Apply.__index = Apply
Apply.__name = "wxlive.shop.Apply"

-- The platform's clock is known to a few seconds.
local AFTER_RESET = 5

-- How often one run looks again at rows in doubt, so that it ends when the platform keeps failing.
local ROUNDS = 5

-- Seconds between two looks at rows that another run has claimed, and how long they may stay as
-- they are: after that a worker on another machine counts as dead, too.
local LOOK, PATIENCE = 0.2, workers.LEASE + 10

-- Seconds that a write may take to appear in lists, for a client whose own look-up is off.
local SETTLE = { settle = 10 }

local function never()
  return false
end

--- A run. The table becomes it; live, ledger, kind and sheet must be there, the rest may.
---@param run table
---@return wxlive.shop.Apply
function M.new(run)
  run.concurrency = run.concurrency or 16
  run.settle = run.settle or (run.live.lookup or SETTLE).settle
  run.interrupted, run.sleep = run.interrupted or never, run.sleep or loops.sleep
  run.tell, run.counts = run.tell or never, {}
  run.pictures = pictures.new(run.live, run.ledger, run.find_picture or function(digest)
    return run.ledger:picture(digest)
  end)
  return setmetatable(run, Apply)
end

--- Counts the outcome of a row, and reports it.
function Apply:count(what, item, err)
  self.counts[what] = (self.counts[what] or 0) + 1
  self.tell(what, item, err)
end

--- Counts those of some rows whose outcome is unknown and could not be recorded.
---@param items table[]
function Apply:tally_unsure(items)
  for _, item in ipairs(items) do
    self.counts.unsure = (self.counts.unsure or 0) + (item.unsure and 1 or 0)
  end
end

--- Stops the run: nothing more is started.
---@param err wxlive.Error?
---@return nil
function Apply:halt(err)
  self.stopped = self.stopped or err
end

--- Whether nothing more is to be begun.
---@return boolean
function Apply:is_over()
  return self.stopped ~= nil or self.interrupted()
end

-- Decides what a failure means for its row and for the rows after it.
local function failed(self, item, err)
  local state, what = "failed", "failed"
  if err.ambiguous and not item.platform_id then
    state, what = "doubt", "doubtful"
  elseif not err.ambiguous and outcomes.scope(err) ~= "row" then
    state, what = "todo", nil
    self:halt(err)
  end
  local ok, why = self.ledger:leave(item, state, what and err,
    state == "doubt" and recover.id_in(self.kind, err.body) or nil)
  if what then
    self:count(what, item, err)
    if item.todo == "remove" then
      self.counts.not_removed = (self.counts.not_removed or 0) + 1
    end
  end
  if not ok then
    self.stopped = why
  end
end

-- How a row is counted whose action was done.
local done = { remove = "removed", create = "created", change = "changed", submit = "submitted" }

-- Does what a claimed row needs, and settles it.
local function perform(self, item)
  local what = done[work.action_of(item)]
  local fine, ok, err = pcall(work.perform, self, item)
  if not fine then
    -- A bug in wxlive or in a transport: the request may have been sent.
    ok, err = nil, Error.raised(ok, { ambiguous = not item.platform_id })
    self:halt(err)
  end
  if ok then
    self:count(what, item)
  elseif err.kind == "ledger" then
    -- The row stays claimed: the next run settles it.
    self.stopped = err
  else
    failed(self, item, err)
  end
  self:tally_unsure { item }
  return true
end

-- Works until the queue is empty or a stop is asked for; what is in flight is finished.
local function drain(self)
  local queue, at = {}, 1
  local function next_row()
    at = at + 1
    return queue[at - 1]
  end
  local _, err = parallel.each(function()
    if self:is_over() then
      return nil
    elseif not queue[at] then
      local items, why = self.ledger:claim(self.kind, self.sheet, self.concurrency)
      if not items then
        return self:halt(why)
      end
      queue, at = items, 1
    end
    return next_row()
  end, function(item)
    return perform(self, item)
  end, self.concurrency)
  self:halt(err)
  -- What was claimed and not begun is free again, all of it in one commit.
  _, err = parallel.each(next_row, function(item)
    return self.ledger:leave(item, "todo")
  end, self.concurrency)
  self:halt(err)
end

-- Sleeps until a spent quota works again, if the options ask for it.
local function wait_for_quota(self)
  local err = self.stopped
  if not (self.wait and err and err.kind == "quota" and err.resets_at) then
    return false
  end
  self.tell("waiting", nil, err)
  local back = pause.till(err.resets_at + AFTER_RESET, self.live.clock.now, self)
  self.stopped = not back and err or nil
  return back
end

-- Goods into rooms, or out of them.
local function arrange(self, direction)
  if self.kind == "goods" and not self:is_over() then
    local waiting, err = room_goods.run(self, direction)
    self.counts.waiting = waiting
    self:halt(err)
  end
end

-- Settles the rows in doubt. Gives whether some are now done or to be done.
local function resolve(self)
  if self:is_over() then
    return false
  end
  local settled, err = doubt.resolve(self)
  self:halt(not settled and err or nil)
  return (settled or 0) > 0
end

-- Rows that other runs have claimed: waits until each is done, or free again because its run is
-- dead or gave it back. Gives whether there is work for this run again.
local function await_others(self)
  local since, before = core.system.monotonic(), nil
  while not self:is_over() do
    -- No work of this run is under way; therefore claims in its name are left over.
    local freed, err = self.ledger:recover(self.kind, true)
    local rest
    if freed then
      rest, err = self.ledger:rest(self.kind, self.sheet)
    end
    if not rest then
      self.stopped = err
    elseif freed > 0 or rest.todo > 0 then
      return true
    elseif rest.claimed == 0 then
      return false
    elseif rest.claimed ~= before then
      since, before = core.system.monotonic(), rest.claimed
    elseif core.system.monotonic() - since > PATIENCE then
      return false
    else
      self.sleep(LOOK)
    end
  end
  return false
end

--- Runs to the end.
---@return table counts    created, changed, submitted, removed, failed, doubtful, adopted; placed,
---                        taken_out and waiting (for their audit) of goods and rooms; unsure,
---                        which the ledger has as claimed and not as in doubt
---@return wxlive.Error? stopped
function Apply:run()
  -- A platform id that another row holds is never this row's result, even if the call's own look-up
  -- found it.
  knowns.of(self.live).held = function(kind, id)
    return self.ledger:by_platform_id(kind == "room_id" and "rooms" or "goods", id) ~= nil
  end
  local freed, err = self.ledger:recover(self.kind, self.turn)
  self:halt(not freed and err or nil)
  local rounds = 0
  repeat
    rounds = rounds + 1
    arrange(self, "out")
    drain(self)
    local again = resolve(self)
    arrange(self, "into")
  until not (again and rounds < ROUNDS or not self.turn and (wait_for_quota(self)
    or rounds < ROUNDS and await_others(self)))
  return self.counts, self.stopped
end

return M
