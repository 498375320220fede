--- The client: a method for every endpoint of the live-broadcast server API.
--
--   local broadcast = require "wxlive.broadcast"
--   local live = assert(broadcast.new { appid = "wx...", secret = "..." })
--   local room, err = live:create_room { name = "...", ... }
--
-- Methods return a result, or nil and an error object (wxlive.error). They take one table, and
-- where the catalogue names positional arguments also those, in the official order; one more table
-- after either holds options of the call:
--   timeout = seconds, dry_run = true, extra = { wireName = value }
local catalogue = require "wxlive.catalogue"
local both = require("wxlive.text.sentence").both
local core = require "wxlive.core"
local options = require "wxlive.base.options"
local tables = require "wxlive.base.tables"

local M = { _VERSION = core.version }

---@class wxlive.Broadcast
local Broadcast = {}

-- The options of a call that names none; never changed.
local no_options = {}

local known_call_options = { timeout = "number", dry_run = "boolean", extra = "table" }

-- How a client is made, and the way of a call with it, are loaded with the first client: a program
-- may require this module for its name only, and nginx does so before its workers start.
local run

--- Makes a client. Nothing is sent before the first call.
---@param given table  see docs; unknown keys are refused by name
---@param make_tokens (fun(client: wxlive.Broadcast, options: wxlive.TokenOptions):
---  wxlive.Tokens?, wxlive.Error?)?   of wxlive.platform, whose tokens are of another kind
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M.new(given, make_tokens)
  run = require("wxlive.client.call").run
  return require("wxlive.client.make").new(Broadcast, given, make_tokens)
end

-- The metatable of a result keeps its body under this key. Therefore the body lives exactly as long
-- as the result; a table with weak keys would cost several times more.
local BODY = {}

local function check(entry, call_options)
  local ok, err = options.check(entry.name, call_options, known_call_options)
  local timeout = ok and call_options.timeout
  if timeout and (timeout <= 0 or timeout ~= timeout) then
    return options.report(entry.name, {
      { field = "timeout", message = both("must be above 0", "应大于 0") },
    })
  end
  return ok, err
end

local function perform(self, entry, params, call_options)
  if call_options ~= nil then
    local ok, err = check(entry, call_options)
    if not ok then
      return nil, err
    end
  end
  local result, err, resp = run(self, entry, params, call_options or no_options)
  if result and resp then
    setmetatable(result, { [BODY] = resp.body })
  end
  return result, err
end

--- Calls an endpoint by its name (or its entry of the catalogue).
---@param name string|table
---@param params table?
---@param call_options { timeout: number?, dry_run: boolean?, extra: table? }?
---@return table? result
---@return wxlive.Error? err
function Broadcast:call(name, params, call_options)
  local entry = type(name) == "table" and name or catalogue.by_name[name]
  if not entry or not entry.path then
    error(M.unknown(name), 2)
  end
  return perform(self, entry, params or {}, call_options)
end

--- The untouched body of the answer that a result was read from.
---@param result table
---@return string?
function Broadcast.raw(_, result)
  local meta = getmetatable(result)
  return type(meta) == "table" and meta[BODY] or nil
end

-- Methods out of the catalogue ------------------------------------------------------------------

local function is_record(value)
  return type(value) == "table" and rawget(value, 1) == nil
end

-- Whether a table holds options of the call, and not a parameter.
local function is_options(record)
  for key in pairs(record) do
    if not known_call_options[key] then
      return false
    end
  end
  return next(record) ~= nil
end

-- Positional arguments; then, if there is more, options.
local function split_arguments(entry, ...)
  local n = select("#", ...)
  local args, params = { ... }, {}
  for i, name in ipairs(entry.args or {}) do
    params[name] = args[i]
  end
  local count = entry.args and #entry.args or 0
  if n > count and is_record(args[n]) then
    return params, args[n]
  elseif n > count then
    error(("%s takes %s"):format(entry.name, count == 0 and "one table of parameters"
      or "a table, or (" .. table.concat(entry.args, ", ") .. ")"), 3)
  elseif count >= n and is_record(args[n])
    and not (entry.known[entry.args[n]].json and not is_options(args[n])) then
    -- live:goods_push(room_id, { timeout = 5 }): options stand where an argument was left out
    params[entry.args[n]] = nil
    return params, args[n]
  end
  return params
end

-- Methods that are not of the catalogue, by the module that has them.
local others = {
  ["wxlive.client.lists"] = { "rooms", "find_room", "replays", "goods", "roles", "followers" },
  ["wxlive.client.quota"] = { "quota", "seed_quota" },
}

for module, its in pairs(others) do
  for _, name in ipairs(its) do
    Broadcast[name] = function(...)
      return require(module)[name](...)
    end
  end
end

local reserved = {}
for name in pairs(Broadcast) do
  reserved[name] = true
end

for _, entry in ipairs(catalogue.list) do
  assert(not reserved[entry.name], "an endpoint has the name of a method: " .. entry.name)
  Broadcast[entry.name] = function(self, ...)
    if type(self) ~= "table" or not rawget(self, "tokens") then
      error(("call it with a colon: live:%s(...)"):format(entry.name), 2)
    end
    -- One table of parameters, mostly.
    local params, call_options = ...
    if not is_record(params) then
      params, call_options = split_arguments(entry, ...)
    end
    return perform(self, entry, params, call_options)
  end
end

local method_names = tables.keys(Broadcast)

--- The message for a method that does not exist.
---@param name any
---@return string
function M.unknown(name)
  local near = type(name) == "string" and require("wxlive.base.suggest").nearest(name, method_names)
  return ("wxlive.broadcast has no method %s%s"):format(tostring(name),
    near and "; did you mean " .. near .. "?" or "")
end

-- What a client may lack. A misspelt method must not be nil without an error.
Broadcast.known, Broadcast.lookup, Broadcast.owner = false, false, false
Broadcast.quotas, Broadcast.signer = false, false
Broadcast.__name = "wxlive.Broadcast"
Broadcast.__index = Broadcast
setmetatable(Broadcast, {
  __index = function(_, key)
    if type(key) == "string" and not key:find("^__") then
      error(M.unknown(key), 2)
    end
  end,
})

return M
