--- Hooks that count, and print the Prometheus text format.
--
--   local metrics = assert(require("wxlive.metrics").new())
--   local live = assert(broadcast.new { hooks = metrics, ... })
--   io.write(metrics:prometheus())
--
-- One of them may listen to many clients. With `store` the counts are kept in a store, for all
-- processes that share it. Use a fast one (ngx.shared, for the workers of one nginx): every call
-- changes several counters. When the store fails, counts are lost and the call goes on.
local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local outcomes = require "wxlive.errcodes.outcome"
local stores = require "wxlive.store"

local M = {}

local default_buckets = { 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 }

-- Seconds in a shared store after which an unused series starts at 0 again; Prometheus allows for
-- that.
local LIFE = 366 * 86400

local known = { buckets = "table", store = "table|userdata" }

-- The metrics in the order in which they are printed; all but the last count per endpoint. They
-- name all values of their labels, because a shared store cannot list its keys.
local families = {
  { name = "requests_total", label = "outcome",
    values = outcomes.names,
    help = "Requests by outcome; the retry table explains the outcomes." },
  { name = "retries_total", label = "step", values = { "retry", "lookup" },
    help = "Requests made again: a plain retry, or after a look-up found nothing." },
  { name = "ambiguous_total",
    help = "Creates after which it was not known whether the platform had done them." },
  { name = "sent_bytes_total", help = "Bytes of request bodies." },
  { name = "received_bytes_total", help = "Bytes of response bodies." },
  { name = "connections_total", label = "reused", values = { "true", "false" },
    help = "Requests answered over a kept connection (true) or a new one (false)." },
  { name = "request_seconds", histogram = true, help = "Time from request to response." },
  { name = "token_events_total", label = "event", global = true,
    values = { "fetch", "fetched", "fetch_failed", "refused", "store_failed", "takeover" },
    help = "What happened to access tokens." },
  { name = "ticket_events_total", label = "event", global = true,
    values = { "received", "late", "refused" },
    help = "What happened to the tickets of a third-party platform." },
  { name = "consent_events_total", label = "event", global = true,
    values = { "given", "renewed", "pending", "withdrawn" },
    help = "What happened to the consents of shops." },
}

local endpoints = {}
for _, list in ipairs { catalogue.list, catalogue.component.list } do
  for _, entry in ipairs(list) do
    endpoints[#endpoints + 1] = entry.name
  end
end
table.sort(endpoints)

-- Where the counts lie ----------------------------------------------------------------------------

local function in_memory()
  local counts = {}
  return function(key, n)
    counts[key] = (counts[key] or 0) + n
  end, function(key)
    return counts[key]
  end
end

local function in_store(store)
  return function(key, n)
    store:incr("metrics:" .. key, n, LIFE)
  end, function(key)
    return tonumber((store:get("metrics:" .. key)))
  end
end

-- Printing ----------------------------------------------------------------------------------------

local function escape(text)
  return (text:gsub("[\\\"\n]", { ["\\"] = "\\\\", ["\""] = "\\\"", ["\n"] = "\\n" }))
end

local function labels(...)
  local parts = {}
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    if name then
      parts[#parts + 1] = ('%s="%s"'):format(name, escape(value))
    end
  end
  return parts[1] and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function seconds_text(microseconds)
  return (compat.number_text(microseconds / 1e6, 6):gsub("%.?0+$", ""))
end

local function print_histogram(put, get, name, endpoint, buckets)
  local key = name .. ":" .. endpoint
  local total = get(key .. ":count")
  if not total then
    return
  end
  local below = 0
  for i, bucket in ipairs(buckets) do
    below = below + (get(key .. ":" .. i) or 0)
    local le = compat.number_text(bucket)
    put("wxlive_" .. name .. "_bucket", labels("endpoint", endpoint, "le", le),
      compat.integer_text(below))
  end
  put("wxlive_" .. name .. "_bucket", labels("endpoint", endpoint, "le", "+Inf"),
    compat.integer_text(total))
  put("wxlive_" .. name .. "_sum", labels("endpoint", endpoint),
    seconds_text(get(key .. ":sum") or 0))
  put("wxlive_" .. name .. "_count", labels("endpoint", endpoint), compat.integer_text(total))
end

local function print_counters(put, get, family, endpoint)
  local key = family.name .. (endpoint and ":" .. endpoint or "")
  for _, value in ipairs(family.values or { false }) do
    local count = get(value and key .. ":" .. value or key)
    if count then
      put("wxlive_" .. family.name,
        labels(endpoint and "endpoint", endpoint, value and family.label, value),
        compat.integer_text(count))
    end
  end
end

local function exposition(get, buckets)
  local out = {}
  local function put(name, label, value)
    out[#out + 1] = name .. label .. " " .. value
  end
  for _, family in ipairs(families) do
    out[#out + 1] = ("# HELP wxlive_%s %s"):format(family.name, family.help)
    out[#out + 1] = ("# TYPE wxlive_%s %s"):format(family.name,
      family.histogram and "histogram" or "counter")
    if family.global then
      print_counters(put, get, family)
    else
      for _, endpoint in ipairs(endpoints) do
        if family.histogram then
          print_histogram(put, get, family.name, endpoint, buckets)
        else
          print_counters(put, get, family, endpoint)
        end
      end
    end
  end
  return table.concat(out, "\n") .. "\n"
end

-- Counting ----------------------------------------------------------------------------------------

local function observe(add, endpoint, seconds, buckets)
  local key = "request_seconds:" .. endpoint
  for i, bucket in ipairs(buckets) do
    if seconds <= bucket then
      add(key .. ":" .. i, 1)
      break
    end
  end
  add(key .. ":sum", compat.fold(math.floor(seconds * 1e6 + 0.5)))
  -- Last, so that a reader in between never finds a higher count in the buckets than in the total.
  add(key .. ":count", 1)
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
---@return table? metrics  hooks for a client, with a method prometheus
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
  local add, get
  if o.store then
    add, get = in_store(o.store)
  else
    add, get = in_memory()
  end
  local hooks = {
    request = function(event)
      if event.bytes > 0 then
        add("sent_bytes_total:" .. event.endpoint, event.bytes)
      end
    end,
    response = function(event)
      local endpoint = event.endpoint
      add("requests_total:" .. endpoint .. ":" .. outcomes.of(event.error), 1)
      if event.bytes and event.bytes > 0 then
        add("received_bytes_total:" .. endpoint, event.bytes)
      end
      if event.reused ~= nil then
        add("connections_total:" .. endpoint .. ":" .. tostring(event.reused), 1)
      end
      if event.seconds then
        observe(add, endpoint, event.seconds, buckets)
      end
    end,
    retry = function(event)
      add("retries_total:" .. event.endpoint .. ":" .. event.step, 1)
    end,
    ambiguous = function(event)
      add("ambiguous_total:" .. event.endpoint, 1)
    end,
    token = function(event)
      add("token_events_total:" .. event.event, 1)
    end,
    ticket = function(event)
      add("ticket_events_total:" .. event.event, 1)
    end,
    consent = function(event)
      add("consent_events_total:" .. event.event, 1)
    end,
  }
  return setmetatable(hooks, { __index = {
    --- All counts in Prometheus' text format.
    prometheus = function()
      return exposition(get, buckets)
    end,
  } })
end

return M
