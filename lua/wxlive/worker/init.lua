--- A worker: serves the queue of a ledger for many accounts, on any number of machines at once.
--
--   local worker = assert(require("wxlive.worker").open {
--     accounts = assert(require("wxlive.accounts").open "/etc/wxlive/config"),
--     ledger = "postgresql://wxlive@db/wxlive",
--   })
--   assert(worker:run { interrupted = function() return false end })
--
-- Sheets get into the queue by `shop:submit`. The worker does their rows in turns of a few seconds;
-- the account that was served last comes last again. An account whose quota is spent waits until it
-- is back; the others do not. Each account's rooms and audits are followed by one worker at a time.
--
-- A lane is a task that serves one job at a time. Lanes for looks share a connection to the ledger,
-- the others have one each, because a sheet needs temporary tables. A job is claimed as a row is
-- (wxlive.ledger.workers): when a worker dies, others take over what it had claimed, at once on its
-- own machine, else after workers.LEASE seconds.
local compat = require "wxlive.base.compat"
local concurrent = require "wxlive.concurrent.map"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local jobs = require "wxlive.ledger.jobs"
local lane = require "wxlive.worker.lane"
local ledgers = require "wxlive.ledger"
local loops = require "wxlive.concurrent.loop"
local options_of = require "wxlive.base.options"
local schema = require "wxlive.ledger.schema"
local both = require("wxlive.text.sentence").both
local shops = require "wxlive.shop"
local tables = require "wxlive.base.tables"
local workers = require "wxlive.ledger.workers"

local M = {}

--- The options of `open`: name -> type.
M.options = {
  accounts = "table",       -- of wxlive.accounts, or a list of { name, appid, live, base_url };
                            -- one that raises for `live` is reported; with base_url its jobs wait,
                            -- and it is tried again
  ledger = "string",        -- postgresql://..., or a file for the workers of one machine
  concurrency = "number",   -- calls for sheets at a time (16)
  lanes = "number",         -- jobs at a time (4)
  slice = "number",         -- seconds of a turn (5)
  every = "number",         -- seconds between two looks at an account's rooms (60); its goods are
                            -- looked at a fifth as often. 0: nothing is followed
  settle = "number",        -- how long a create whose answer was lost may take to show up (10)
  drain = "number",         -- seconds that calls under way may take when the worker is to end (60)
  hook = "callable",        -- hook(event, live, account): true when the change was dealt with
  notify = "boolean",       -- notify the followers of each room that goes on air
  replays = "string",       -- folder that the replay of each show is fetched into
  clock = "callable",       -- seconds since 1970
  on_report = "callable",   -- what happens: { what, account, kind, name, ... }; see M.reports
}

--- Values of `what` in a report: a job began, a row was done or not, a job waits, is done, failed;
--- a change on the platform; something is wrong that concerns no job.
M.reports = { "began", "row", "waiting", "done", "failed", "event", "error" }

local DEFAULTS = { concurrency = 16, lanes = 4, slice = 5, every = 60, drain = 60 }

-- Seconds between two signs of life, and between two looks at the drain.
local BEAT, TICK = 5, 0.1

-- Looks at a time.
local LOOKS = 16

-- Seconds that the ledger's server may take to come back before a lane reports it.
local PATIENCE = 60

---@class wxlive.worker.Account
---@field name string
---@field appid string
---@field live wxlive.Broadcast?   nil: it could not be made yet
---@field source table             the account of the worker's options, which makes it

---@class wxlive.Worker
---@field accounts table<string, wxlive.worker.Account>   by the ledger's name of them
---@field busy table<string, boolean>      what lanes of this process serve: see wxlive.worker.lane
---@field due table                        what lanes take jobs from: see wxlive.worker.lane
---@field quiet table<string, number>      jobs that only other workers have work of, and until when
local Worker = {}
Worker.__index = Worker
Worker.__name = "wxlive.Worker"

local function bad(field, message)
  return options_of.report("wxlive.worker.open", { { field = field, message = message } })
end

local function check(given)
  local ok, err = options_of.check("wxlive.worker.open", given, M.options,
    { "accounts", "ledger" })
  if not ok then
    return nil, err
  end
  for _, name in ipairs { "concurrency", "lanes" } do
    if given[name] and given[name] < 1 then
      return bad(name, both("must be at least 1", "至少为 1"))
    end
  end
  if compat.in_nginx() then
    return Error.fail {
      kind = "invalid", name = "blocking_ledger", sent = false,
      message = both("wxlive.worker.open: the ledger's database would block this nginx worker",
        "wxlive.worker.open：台账数据库会阻塞 nginx 工作进程"),
      hint = "run `wxlive worker` as a process of its own",
      hint_zh = "请以独立进程运行 wxlive worker",
    }
  end
  return true
end

local function never()
  return false
end

-- A report must not end the worker.
function Worker:report(what, fields)
  fields.what = what
  if self.options.on_report then
    pcall(self.options.on_report, fields)
  end
end

-- The client of an account; nil and the error where it cannot be made.
local function make_client(account)
  local fine, live = pcall(function() return account.live end)
  if fine then
    return live
  end
  return nil, Error.raised(live)
end

-- The accounts. One whose client cannot be made is reported; at least one must work.
local function take_accounts(self, list)
  local first, works
  for _, account in ipairs(list) do
    local live, err = make_client(account)
    local known = live or account.appid and account.base_url and account
    if known then
      self.accounts[shops.account(known)] = { name = account.name or known.appid,
        appid = known.appid, live = live, source = account }
    end
    works = works or live
    if err then
      first = first or err
      self:report("error", { account = account.name, err = err })
    end
  end
  if works then
    return true
  elseif first then
    return nil, first
  end
  return bad("accounts", both("names no account", "没有指定任何账号"))
end

--- The client of an account, which is made now where it could not be made before: a file that its
--- secret is in may be there by now.
---@param account wxlive.worker.Account
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function Worker:client(account) -- luacheck: ignore 212
  local err
  if not account.live then
    account.live, err = make_client(account.source)
  end
  return account.live, err
end

-- How long the ledger's server may take to come back: when the worker is to end, no longer than
-- that may take.
local function patience(self)
  if self:is_ending() then
    return math.max(0, math.min(PATIENCE, self:deadline() - core.system.monotonic()))
  end
  return PATIENCE
end

local function open_ledger(self)
  return ledgers.open(self.options.ledger, {
    appid = "", now = self.options.clock, patience = function() return patience(self) end,
  })
end

-- Opens the lanes: for sheets and what follows from changes, and for looks.
local function add_lanes(self)
  for _ = 1, self.options.lanes do
    local ledger, err = open_ledger(self)
    if not ledger then
      return nil, err
    end
    table.insert(self.lanes, lane.new(self, ledger, false))
  end
  for _ = 1, self.options.every > 0 and LOOKS or 0 do
    table.insert(self.lanes, lane.new(self, self.ledger, true))
  end
  return true
end

-- Each account has its looks in the queue.
local function put_looks(self)
  for name in pairs(self.accounts) do
    for _, kind in ipairs { "rooms", "goods" } do
      local ok, err = jobs.put(self.ledger:of(name), "watch", kind)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

--- Opens a worker, with its connections to the ledger.
---@param given table   see M.options
---@return wxlive.Worker? worker
---@return wxlive.Error? err
function M.open(given)
  local ok, err = check(given)
  if not ok then
    return nil, err
  end
  local options = tables.merged(DEFAULTS, given)
  local self = setmetatable({
    options = options, accounts = {}, busy = {}, quiet = {}, lanes = {}, due = {},
    interrupted = never,
  }, Worker)
  ok, err = take_accounts(self, given.accounts)
  if ok then
    self.ledger, err = open_ledger(self)
    ok = self.ledger
  end
  if ok then
    ok, err = add_lanes(self)
  end
  if ok and options.every > 0 then
    ok, err = put_looks(self)
  end
  if not ok then
    self:close()
    return nil, err
  end
  return self
end

-- The connections of a worker.
local function ledgers_of(self)
  local ledgers_open = { [self.ledger or false] = true }
  for _, one in ipairs(self.lanes) do
    ledgers_open[one.ledger] = true
  end
  ledgers_open[false] = nil
  return ledgers_open
end

--- How many accounts it serves.
---@return integer
function Worker:size()
  return #tables.keys(self.accounts)
end

--- Closes the connections. Work that this worker has claimed, but not finished, can be claimed by
--- others.
function Worker:close()
  for ledger in pairs(ledgers_of(self)) do
    workers.leave(ledger)
    ledger:close()
  end
end

--- Whether nothing more is to be begun.
---@return boolean
function Worker:is_ending()
  return self.stopped ~= nil or self.interrupted()
end

--- When calls under way must have ended, once the worker is to end.
---@return number
function Worker:deadline()
  self.ends_at = self.ends_at or core.system.monotonic() + self.options.drain
  return self.ends_at
end

--- Ends the worker, with a reason.
---@param err wxlive.Error
function Worker:stop(err)
  self.stopped = self.stopped or err
end

-- Signs of life for all lanes, also for those that wait for a long call; and whether a newer wxlive
-- has changed the ledger meanwhile, or its file is another one.
local function beat(self)
  while not self:is_ending() or not self.drained do
    local ok, err = schema.verify(self.ledger.db)
    if not ok and (err.name == "ledger_newer" or err.name == "ledger_replaced") then
      self:stop(err)
    end
    for ledger in pairs(ledgers_of(self)) do
      workers.beat(ledger)
    end
    local wake = core.system.monotonic() + BEAT
    while core.system.monotonic() < wake and not (self:is_ending() and self.drained) do
      loops.current():sleep(TICK)
    end
  end
end

-- Waits, when the worker is to end, until every lane has. Gives how many have not.
local function await_lanes(self, tasks)
  while true do
    local left = #tables.only(tasks, function(task) return not task.done end)
    if left == 0 or self:is_ending() and core.system.monotonic() >= self:deadline() then
      self.drained = true
      return left
    end
    loops.current():sleep(TICK)
  end
end

local function not_drained(count, seconds)
  return Error.fail {
    kind = "partial", name = "not_drained",
    message = both("%d jobs had calls under way that did not end within %s s; another worker looks "
      .. "for their outcome", "%d 个任务有调用未在 %s 秒内结束，将由其他 worker 核对结果")
      :format(count, compat.text(seconds)),
    hint = "--drain allows more time", hint_zh = "可用 --drain 延长时限",
  }
end

--- Serves the queue until it is asked to end; what is under way then is finished.
---@param options { interrupted: fun(): boolean }
---@return true? ok
---@return wxlive.Error? err
function Worker:run(options)
  self.interrupted, self.ends_at, self.drained = options.interrupted, nil, false
  local left = concurrent.wait(concurrent.spawn(function()
    local tasks = tables.map(self.lanes, function(one) return concurrent.spawn(lane.run, one) end)
    concurrent.spawn(beat, self)
    return await_lanes(self, tasks)
  end))
  if self.stopped then
    return nil, self.stopped
  elseif left > 0 then
    return not_drained(left, self.options.drain)
  end
  return true
end

--- What waits: rows by account, kind and state, and how long ago the oldest row that is under way
--- was claimed.
---@return { rows: { account: string, kind: string, state: string, count: integer }[],
---  claims: { account: string, seconds: number }[] }? waiting
---@return wxlive.Error? err
function Worker:waiting()
  local found, err = self.ledger:waiting(true)
  if not found then
    return nil, err
  end
  local waiting = {}
  for _, part in ipairs { "rows", "claims" } do
    waiting[part] = {}
    for _, one in ipairs(found[part]) do
      local account = self.accounts[one.account]
      if account then
        one.account = account.name
        table.insert(waiting[part], one)
      end
    end
  end
  return waiting
end

--- The same worker for questions, over a connection of its own; see wxlive.Ledger: beside.
---@return wxlive.Worker? worker
---@return wxlive.Error? err
function Worker:beside()
  local ledger, err = self.ledger:beside()
  if not ledger then
    return nil, err
  end
  return setmetatable({ ledger = ledger, accounts = self.accounts }, Worker)
end

return M
