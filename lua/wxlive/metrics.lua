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
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local outcomes = require "wxlive.errcodes.outcome"
local stores = require "wxlive.store"
local tables = require "wxlive.base.tables"

local M = {}

local default_buckets = { 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 }

-- Seconds in a shared store after which an unused series starts at 0 again; Prometheus allows for
-- that.
local LIFE = 366 * 86400

-- The ledger is asked once in so many seconds, however often it is looked at.
local LEDGER_EVERY = 15

local known = { buckets = "table", store = "table|userdata" }

--- The metrics in the order in which they are printed. A label without a value is left out: the
--- account, where hooks belong to none.
M.families = {
  { name = "requests_total", labels = { "account", "endpoint", "outcome" },
    help = "Requests by outcome; the retry table explains the outcomes." },
  { name = "errors_total", labels = { "account", "endpoint", "kind", "name", "code" },
    help = "Requests that failed, by the error's kind and name and the platform's errcode." },
  { name = "retries_total", labels = { "account", "endpoint", "step" },
    help = "Requests made again: a plain retry, or after a look-up found nothing." },
  { name = "ambiguous_total", labels = { "account", "endpoint" },
    help = "Creates after which it was not known whether the platform had done them." },
  { name = "sent_bytes_total", labels = { "account", "endpoint" },
    help = "Bytes of request bodies." },
  { name = "received_bytes_total", labels = { "account", "endpoint" },
    help = "Bytes of response bodies." },
  { name = "connections_total", labels = { "account", "endpoint", "reused" },
    help = "Requests answered over a kept connection (true) or a new one (false)." },
  -- Of all accounts together: eleven buckets for each of a thousand would be most of the text.
  { name = "request_seconds", type = "histogram", labels = { "endpoint" },
    help = "Time from request to response." },
  { name = "seconds_total", labels = { "account", "endpoint" }, seconds = true,
    help = "Time from request to response, of an account's requests together." },
  { name = "token_events_total", labels = { "account", "event" },
    help = "What happened to access tokens." },
  { name = "ticket_events_total", labels = { "account", "event" },
    help = "What happened to the tickets of a third-party platform." },
  { name = "consent_events_total", labels = { "account", "event" },
    help = "What happened to the consents of shops." },
  { name = "pushes_total", labels = { "account", "status" },
    help = "Deliveries of the platform, by the HTTP status of the response." },
  { name = "account_up", type = "gauge", labels = { "account" },
    help = "1 while the account can work by its last call, 0 while it is refused or unreachable." },
  { name = "quota_left", type = "gauge", labels = { "account", "quota", "period" },
    help = "Calls of the period that are left." },
  { name = "quota_limit", type = "gauge", labels = { "account", "quota", "period" },
    help = "Calls that the period has." },
  { name = "ledger_rows", type = "gauge", labels = { "account", "kind", "state" },
    help = "Rows of sheets that are not done: todo, claimed, doubt, failed." },
  { name = "ledger_oldest_claim_seconds", type = "gauge", labels = { "account" },
    help = "How long ago the oldest row that is under way was claimed." },
}

-- Where the counts lie ----------------------------------------------------------------------------

-- A series is named by its family and the values of its labels, in letters that every store takes.
local function escaped(value)
  return (value:gsub("[^%w_-]", function(c)
    return (".%02x"):format(c:byte())
  end))
end

local function unescaped(value)
  return (value:gsub("%.(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

-- Each place has add(key, n), get(key), meet(series), which is called before a series is counted,
-- and each(), the list of those that were met.
local function in_memory()
  local counts, met = {}, {}
  return {
    add = function(key, n)
      counts[key] = (counts[key] or 0) + n
    end,
    get = function(key)
      return counts[key]
    end,
    meet = function(series)
      met[series] = true
    end,
    each = function()
      return met
    end,
  }
end

-- A store cannot list its keys: series have numbers under which their names are found. Processes
-- that meet a series at the same moment may give it two.
local function in_store(store)
  local met = {}
  return {
    add = function(key, n)
      store:incr("metrics:" .. key, n, LIFE)
    end,
    get = function(key)
      return tonumber((store:get("metrics:" .. key)))
    end,
    meet = function(series)
      if met[series] then
        return
      end
      local listed = store:get("metrics:listed:" .. series)
      local n = not listed and store:incr("metrics:series", 1, LIFE)
      if n and store:set("metrics:series:" .. compat.integer_text(n), series, LIFE) then
        listed = store:set("metrics:listed:" .. series, "1", LIFE)
      end
      met[series] = listed and true or nil
    end,
    each = function()
      local found = {}
      for n = 1, tonumber((store:get("metrics:series"))) or 0 do
        local series = store:get("metrics:series:" .. compat.integer_text(n))
        if series then
          found[series] = true
        end
      end
      return found
    end,
  }
end

-- Printing ----------------------------------------------------------------------------------------

local function quoted(text)
  return (text:gsub("[\\\"\n]", { ["\\"] = "\\\\", ["\""] = "\\\"", ["\n"] = "\\n" }))
end

-- names and values in the same order, then one more label of the caller's.
local function label_text(names, values, more, value)
  local parts = {}
  for i, name in ipairs(names) do
    if values[i] and values[i] ~= "" then
      parts[#parts + 1] = ('%s="%s"'):format(name, quoted(values[i]))
    end
  end
  if more then
    parts[#parts + 1] = ('%s="%s"'):format(more, value)
  end
  return parts[1] and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function values_of(series)
  local values = {}
  for value in (series:match(":(.*)$") .. ":"):gmatch("(.-):") do
    values[#values + 1] = unescaped(value)
  end
  return values
end

local function seconds_text(microseconds)
  return (compat.number_text(microseconds / 1e6, 6):gsub("%.?0+$", ""))
end

local function print_histogram(put, get, family, series, buckets)
  local total = get(series .. ":count")
  if not total then
    return
  end
  local names, values, below = family.labels, values_of(series), 0
  for i, bucket in ipairs(buckets) do
    below = below + (get(series .. ":" .. i) or 0)
    put("_bucket", label_text(names, values, "le", compat.number_text(bucket)),
      compat.integer_text(below))
  end
  put("_bucket", label_text(names, values, "le", "+Inf"), compat.integer_text(total))
  put("_sum", label_text(names, values), seconds_text(get(series .. ":sum") or 0))
  put("_count", label_text(names, values), compat.integer_text(total))
end

local function print_counter(put, get, family, series)
  local count = get(series)
  if count then
    put("", label_text(family.labels, values_of(series)),
      family.seconds and seconds_text(count) or compat.integer_text(count))
  end
end

-- The series that were met, by family, each list sorted.
local function by_family(place)
  local lists = {}
  for series in pairs(place.each()) do
    local name = series:match("^[^:]+")
    lists[name] = lists[name] or {}
    table.insert(lists[name], series)
  end
  for _, list in pairs(lists) do
    table.sort(list)
  end
  return lists
end

-- What the collectors have to say now, as lines by family.
local function collected(collectors)
  local lines = {}
  local labels = {}
  for _, family in ipairs(M.families) do
    lines[family.name], labels[family.name] = {}, family.labels
  end
  local function put(name, values, value)
    table.insert(lines[name], ("wxlive_%s%s %s"):format(name, label_text(labels[name], values),
      compat.number_text(value)))
  end
  for _, collect in ipairs(collectors) do
    collect(put)
  end
  return lines
end

local function exposition(place, buckets, collectors)
  local out, lists, gauges = {}, by_family(place), collected(collectors)
  for _, family in ipairs(M.families) do
    out[#out + 1] = ("# HELP wxlive_%s %s"):format(family.name, family.help)
    out[#out + 1] = ("# TYPE wxlive_%s %s"):format(family.name, family.type or "counter")
    local function put(suffix, labels, value)
      out[#out + 1] = ("wxlive_%s%s%s %s"):format(family.name, suffix, labels, value)
    end
    for _, series in ipairs(lists[family.name] or {}) do
      if family.type == "histogram" then
        print_histogram(put, place.get, family, series, buckets)
      else
        print_counter(put, place.get, family, series)
      end
    end
    for _, line in ipairs(gauges[family.name]) do
      out[#out + 1] = line
    end
  end
  return table.concat(out, "\n") .. "\n"
end

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
  local by = escaped(account) .. ":"
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
  local function count_error(endpoint, err)
    count("errors_total", table.concat({
      endpoint, escaped(err.kind or ""), escaped(err.name or ""),
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
    token = function(event)
      count("token_events_total", event.event)
    end,
    ticket = function(event)
      count("ticket_events_total", event.event)
    end,
    consent = function(event)
      count("consent_events_total", event.event)
    end,
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
---@param status integer   of the response
function methods:push(status)
  counter_of(getmetatable(self).place, "")("pushes_total", compat.integer_text(status))
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
  return exposition(made.place, made.buckets, made.collectors)
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
  local wrong = o.buckets and wrong_buckets(o.buckets) and "buckets must be numbers that grow"
    or o.store and stores.check(o.store)
  if wrong then
    return Error.fail {
      kind = "invalid", name = "invalid_options", message = "wxlive.metrics.new: " .. wrong,
    }
  end
  local buckets = {}
  for i, bucket in ipairs(o.buckets or default_buckets) do
    buckets[i] = bucket
  end
  local place = o.store and in_store(o.store) or in_memory()
  local hooks, called = hooks_of(place, buckets, "")
  return setmetatable(hooks, {
    __index = methods, place = place, buckets = buckets, accounts = {}, collectors = {},
    called = { [""] = called },
  })
end

return M
