--- Does what a staged sheet needs, many rows at a time, until nothing is left or a thing stops it.
local core = require "wxlive.core"
local doubt = require "wxlive.shop.doubt"
local Error = require "wxlive.error"
local knowns = require "wxlive.client.known"
local outcomes = require "wxlive.errcodes.outcome"
local parallel = require "wxlive.shop.parallel"
local pictures = require "wxlive.shop.pictures"
local shelves = require "wxlive.shop.room_goods"
local work = require "wxlive.shop.perform"
local workers = require "wxlive.ledger.workers"

local M = {}

---@class wxlive.shop.Apply
---@field stopped wxlive.Error?   what ended the run early
local Apply = {}
Apply.__index = Apply
Apply.__name = "wxlive.shop.Apply"

-- The platform's clock is known to a few seconds.
local AFTER_RESET = 5

-- How often one run goes back to rows in doubt: a platform that fails all the time is left alone.
local ROUNDS = 5

-- Seconds between two looks at rows that another run has claimed, and how long they may stay as
-- they are: after that a worker on another machine counts as dead, too.
local LOOK, PATIENCE = 0.2, workers.LEASE + 10

-- Where the client looks for nothing itself: how long a write may take to show up.
local SETTLE = { settle = 10 }

local function never()
  return false
end

--- A run.
---@param o { live: table, ledger: wxlive.Ledger, kind: string, sheet: string,
---  concurrency: integer?, wait: boolean?, settle: number?, interrupted: (fun(): boolean)?,
---  sleep: fun(seconds)?, tell: fun(what: string, item: table?, err: any)?,
---  restage: (fun(): true?, wxlive.Error?)? }
---  wait: sleep when a quota is spent; settle: see wxlive.shop.doubt; tell: called for every row;
---  restage: see wxlive.shop.pictures
---@return wxlive.shop.Apply
function M.new(o)
  return setmetatable({
    live = o.live, ledger = o.ledger, kind = o.kind, sheet = o.sheet, wait = o.wait,
    concurrency = o.concurrency or 16, settle = o.settle or (o.live.lookup or SETTLE).settle,
    interrupted = o.interrupted or never, sleep = o.sleep or core.system.sleep,
    tell = o.tell or function() end, counts = {},
    pictures = pictures.new(o.live, o.ledger, o.restage),
  }, Apply)
end

local function count(self, what, item, err)
  self.counts[what] = (self.counts[what] or 0) + 1
  self.tell(what, item, err)
end

-- What a failure means for its row, and for those after it.
local function failed(self, item, err)
  local general = outcomes.scope(err) ~= "row"
  local ok, why
  if err.ambiguous and not item.platform_id then
    ok, why = self.ledger:leave(item, "doubt", tostring(err))
    count(self, "doubtful", item, err)
  elseif general and not err.ambiguous then
    ok, why = self.ledger:leave(item, "todo")
    self.stopped = self.stopped or err
  else
    ok, why = self.ledger:leave(item, "failed", tostring(err))
    count(self, "failed", item, err)
  end
  if not ok then
    self.stopped = why
  end
end

local function perform(self, item)
  local what = item.todo == "remove" and "removed" or not item.platform_id and "created"
    or item.applied_text ~= item.wanted_text and "changed" or "submitted"
  local fine, ok, err = pcall(work.perform, self, item)
  if not fine then
    -- A bug of ours, or of a transport: whether it was sent is not known.
    err = Error.is(ok) and ok or Error.new {
      kind = "raised", name = "raised", message = tostring(ok), ambiguous = not item.platform_id,
    }
    ok = nil
    self.stopped = self.stopped or err
  end
  if ok then
    count(self, what, item)
  elseif err.kind == "ledger" then
    -- The row stays claimed: the next run settles it.
    self.stopped = err
  else
    failed(self, item, err)
  end
  return true
end

-- Works until the queue is empty or a stop is asked for; what is in flight is finished.
local function drain(self)
  local queue, at = {}, 1
  local function next_item()
    if self.stopped or self.interrupted() then
      return nil
    elseif not queue[at] then
      local items, err = self.ledger:claim(self.kind, self.sheet, self.concurrency)
      if not items then
        self.stopped = err
        return nil
      end
      queue, at = items, 1
    end
    at = at + 1
    return queue[at - 1]
  end
  local ok, err = parallel.each(next_item, function(item)
    return perform(self, item)
  end, self.concurrency)
  if not ok then
    self.stopped = self.stopped or err
  end
  for i = at, #queue do
    ok, err = self.ledger:leave(queue[i], "todo")
    if not ok then
      self.stopped = self.stopped or err
    end
  end
end

-- A spent quota: sleeps until it works again, when that was asked for.
local function wait_for_quota(self)
  local err = self.stopped
  if not (self.wait and err and err.kind == "quota" and err.resets_at) then
    return false
  end
  self.tell("waiting", nil, err)
  local now = self.live.clock.now
  while now() < err.resets_at + AFTER_RESET do
    if self.interrupted() then
      return false
    end
    self.sleep(math.min(1, err.resets_at + AFTER_RESET - now()))
  end
  self.stopped = nil
  return true
end

-- Goods into rooms, or out of them.
local function arrange(self, direction)
  if self.kind ~= "goods" or self.stopped or self.interrupted() then
    return
  end
  local waiting, err = shelves.run({
    live = self.live, ledger = self.ledger, sheet = self.sheet, concurrency = self.concurrency,
    tell = function(what, row, why) count(self, what, row, why) end,
    halt = function(why) self.stopped = self.stopped or why end,
    stopped = function() return self.stopped ~= nil or self.interrupted() end,
  }, direction)
  self.counts.waiting = waiting
  self.stopped = self.stopped or err
end

-- Rows that other runs have claimed: waits until each is done, or free again because its run is
-- dead or gave it back. Gives whether there is work for this run again.
local function await_others(self)
  local since, before = core.system.monotonic(), nil
  while not (self.stopped or self.interrupted()) do
    -- Nothing of this run is under way: what it has claimed, it has lost sight of.
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

-- What another row holds is never this row's work, however a call that looks for its own finds it.
local function with_ledger(self, f)
  local known = knowns.of(self.live)
  local before = known.held
  known.held = function(_, id)
    return self.ledger:by_platform_id(self.kind, id) ~= nil
  end
  local fine, err = pcall(f, self)
  known.held = before
  if not fine then
    error(err, 0)
  end
end

local function run(self)
  local freed, err = self.ledger:recover(self.kind)
  if not freed then
    self.stopped = err
    return
  end
  local context = setmetatable({
    tell = function(what, item) count(self, what, item) end,
  }, { __index = self })
  local rounds = 0
  repeat
    local again = false
    rounds = rounds + 1
    arrange(self, "out")
    drain(self)
    if not self.stopped and not self.interrupted() then
      local settled
      settled, err = doubt.resolve(context, self.kind, self.sheet)
      if not settled then
        self.stopped = err
      end
      again = (settled or 0) > 0 and rounds < ROUNDS
    end
    arrange(self, "into")
  until not (again or wait_for_quota(self) or rounds < ROUNDS and await_others(self))
end

--- Runs to the end.
---@return table counts    created, changed, submitted, removed, failed, doubtful, adopted; placed,
---                        taken_out and waiting (for their audit) of goods and rooms
---@return wxlive.Error? stopped
function Apply:run()
  with_ledger(self, run)
  return self.counts, self.stopped
end

return M
