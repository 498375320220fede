--- Hooks that count, and print the Prometheus text format.
--
--   local metrics = assert(require("wxlive.metrics").new())
--   local live = assert(broadcast.new { hooks = metrics, ... })
--   io.write(metrics:prometheus())
--
-- One of them may listen to many clients. metrics:account(name) gives hooks that count for an
-- account of this name; metrics:quotas(live, name) and metrics:ledger(ledger, name) print, with the
-- counts, what is left of the quotas and what waits in the ledger.
--
-- With `store` the counts are kept in a store, for all processes that share it. Use a fast one
-- (ngx.shared, for the workers of one nginx): every call changes several counters. When the store
-- fails, counts are lost and the call goes on.
local both = require("wxlive.text.sentence").both
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local exposition = require "wxlive.metrics.exposition"
local options = require "wxlive.base.options"
local outcomes = require "wxlive.errcodes.outcome"
local own = require "wxlive.store.own"
local places = require "wxlive.metrics.place"
local stores = require "wxlive.store"
local tables = require "wxlive.base.tables"

local M = {}

local default_buckets = { 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 }

-- The ledger is asked once in so many seconds, however often it is looked at.
local LEDGER_EVERY = 15

local known = { buckets = "table", store = "table|userdata" }

-- Counting ----------------------------------------------------------------------------------------

local function microseconds(seconds)
  return compat.fold(math.floor(seconds * 1e6 + 0.5))
end

local function observe(place, endpoint, seconds, buckets)
  local series = "request_seconds:" .. endpoint
  place.meet(series)
  for i, bucket in ipairs(buckets) do
    if seconds <= bucket then
      place.add(series .. ":" .. i, 1)
      break
    end
  end
  place.add(series .. ":sum", microseconds(seconds))
  -- Last, so that a reader in between never finds a higher count in the buckets than in the total.
  place.add(series .. ":count", 1)
end

-- Counts in a family for an account; "": for none.
local function counter_of(place, account)
  local by = places.escaped(account) .. ":"
  return function(family, labels, n)
    local series = family .. ":" .. by .. labels
    place.meet(series)
    place.add(series, n or 1)
  end
end

-- Hooks that count for an account, and the endpoints that it called.
local function hooks_of(place, buckets, account)
  local called = {}
  local count = counter_of(place, account)
  local function counter(family)
    return function(event) count(family, event.event) end
  end
  local function count_error(endpoint, err)
    count("errors_total", table.concat({
      endpoint, places.escaped(err.kind or ""), places.escaped(err.name or ""),
      err.code and compat.integer_text(err.code) or "",
    }, ":"))
  end
  return {
    request = function(event)
      called[event.endpoint] = true
      if event.bytes > 0 then
        count("sent_bytes_total", event.endpoint, event.bytes)
      end
    end,
    response = function(event)
      local endpoint = event.endpoint
      count("requests_total", endpoint .. ":" .. outcomes.of(event.error))
      if event.error then
        count_error(endpoint, event.error)
      end
      if event.bytes and event.bytes > 0 then
        count("received_bytes_total", endpoint, event.bytes)
      end
      if event.reused ~= nil then
        count("connections_total", endpoint .. ":" .. tostring(event.reused))
      end
      if event.seconds then
        observe(place, endpoint, event.seconds, buckets)
        if account ~= "" then
          count("seconds_total", endpoint, microseconds(event.seconds))
        end
      end
    end,
    retry = function(event)
      count("retries_total", event.endpoint .. ":" .. event.step)
    end,
    ambiguous = function(event)
      count("ambiguous_total", event.endpoint)
    end,
    token = counter("token_events_total"), ticket = counter("ticket_events_total"),
    consent = counter("consent_events_total"),
  }, called
end

-- Gauges ------------------------------------------------------------------------------------------

-- Of the endpoints that were called; reading a counter costs a look into the store.
local function put_quotas(put, live, account, called)
  local seen = {}
  for _, name in ipairs(tables.keys(called)) do
    local row = live:quota(name)
    if row and not seen[row.name] then
      seen[row.name] = true
      put("quota_left", { account, row.name, row.period }, row.left)
      put("quota_limit", { account, row.name, row.period }, row.limit)
    end
  end
end

-- Asks a ledger for what waits in it, at most every LEDGER_EVERY seconds.
local function ledger_reader(ledger)
  local asked, waiting
  return function()
    local now = core.system.monotonic()
    if not asked or now - asked >= LEDGER_EVERY then
      asked, waiting = now, ledger:waiting()
    end
    return waiting
  end
end

local function put_ledger(put, waiting, account)
  for _, row in ipairs(waiting.rows) do
    put("ledger_rows", { account or row.account, row.kind, row.state }, row.count)
  end
  for _, claim in ipairs(waiting.claims) do
    put("ledger_oldest_claim_seconds", { account or claim.account }, claim.seconds)
  end
end

local methods = {}

--- Hooks that count for an account.
---@param name string
---@return table hooks   for a client
function methods:account(name)
  local made = getmetatable(self)
  if not made.accounts[name] then
    made.accounts[name], made.called[name] = hooks_of(made.place, made.buckets, name)
  end
  return made.accounts[name]
end

--- Counts a delivery of the platform.
---@param status integer    of the response
---@param account string?   whose it is, where there are several
function methods:push(status, account)
  counter_of(getmetatable(self).place, account or "")("pushes_total", compat.integer_text(status))
end

--- Has a function called whenever the counts are printed: collect(put), which calls
--- put(gauge, values of its labels, number).
---@param collect fun(put: fun(name: string, values: string[], value: number))
function methods:collect(collect)
  table.insert(getmetatable(self).collectors, collect)
end

--- Prints what is left of the quotas that the calls of a client are counted in (`quota = true`).
---@param live wxlive.Broadcast   with these hooks, or those of `account`
---@param account string?
function methods:quotas(live, account)
  local made = getmetatable(self)
  self:collect(function(put)
    put_quotas(put, live, account or "", made.called[account or ""] or {})
  end)
end

--- Prints how many rows of sheets wait in a ledger.
---@param ledger wxlive.Ledger
---@param account string?   the ledger's own appid when left out
---@return fun(): table? look   asks the ledger now, unless it was asked a moment ago
function methods:ledger(ledger, account)
  local lack = options.lacks(ledger, { "waiting" })
  if lack then
    error("metrics:ledger: ledger " .. lack.message, 2)
  end
  local read = ledger_reader(ledger)
  self:collect(function(put)
    local waiting = read()
    if waiting then
      put_ledger(put, waiting, account)
    end
  end)
  return read
end

--- All counts in Prometheus' text format.
---@return string
function methods:prometheus()
  local made = getmetatable(self)
  return exposition.text(made.place, made.buckets, made.collectors)
end

for name, wanted in pairs {
  account = { "name", "string" }, collect = { "collect", "callable" },
  push = { "status", "number", "account", "string|nil" },
  quotas = { "live", "wxlive.Broadcast", "account", "string|nil" },
  ledger = { "ledger", "table", "account", "string|nil" },
} do
  methods[name] = options.checked("metrics:" .. name, wanted, methods[name], true)
end

local function wrong_buckets(buckets)
  for i, bucket in ipairs(buckets) do
    if type(bucket) ~= "number" or bucket <= (buckets[i - 1] or 0) or bucket == math.huge then
      return true
    end
  end
  return #buckets == 0
end

--- Makes hooks that count.
---@param o { buckets: number[]?, store: table? }?  buckets: upper ends in seconds, growing
---@return table? metrics  hooks for a client, with the methods above
---@return wxlive.Error? err
function M.new(o)
  o = o == nil and {} or o
  local ok, err = options.check("wxlive.metrics.new", o, known)
  if not ok then
    return nil, err
  end
  local problems, problem = options.problems()
  if o.buckets and wrong_buckets(o.buckets) then
    problem("buckets", both("must be numbers that grow", "应为递增的数字"))
  end
  local lack = o.store and stores.check(o.store)
  if lack then
    problem("store", lack)
  end
  ok, err = options.report("wxlive.metrics.new", problems)
  if not ok then
    return nil, err
  end
  local buckets = {}
  for i, bucket in ipairs(o.buckets or default_buckets) do
    buckets[i] = bucket
  end
  local place = o.store and places.in_store(own.hold(o.store)) or places.in_memory()
  local hooks, called = hooks_of(place, buckets, "")
  return setmetatable(hooks, {
    __index = methods, place = place, buckets = buckets, accounts = {}, collectors = {},
    called = { [""] = called },
  })
end

return M
