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
local attempt = require "wxlive.client.attempt"
local run = require "wxlive.client.call".run
local catalogue = require "wxlive.catalogue"
local clocks = require "wxlive.client.clock"
local core = require "wxlive.core"
local lists = require "wxlive.client.lists"
local options = require "wxlive.base.options"
local quota = require "wxlive.client.quota"
local settings_of = require "wxlive.client.settings"
local stores = require "wxlive.store"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local tokens = require "wxlive.token"
local transports = require "wxlive.transport"

local M = { _VERSION = core.version }

---@class wxlive.Broadcast
local Broadcast = {}

-- The options of a call that names none; never changed.
local no_options = {}

local known_call_options = { timeout = "number", dry_run = "boolean", extra = "table" }

local random_max = 4294967296

-- Jitter from the operating system's generator: processes that were started together must not retry
-- at the same moment.
local function random()
  local bytes = core.system.random(4)
  if not bytes then
    return 0.5
  end
  local a, b, c, d = bytes:byte(1, 4)
  return (((a * 256 + b) * 256 + c) * 256 + d) / random_max
end

-- The token manager's fetch: an ordinary call of the client, so that proxy, deadline, hooks and
-- errors are the same.
local function fetcher(self, mode)
  local name = mode == "plain" and "get_access_token" or "get_stable_access_token"
  return function(force, timeout)
    local params = mode == "stable" and force and { force_refresh = true } or {}
    return self:call(name, params, { timeout = timeout })
  end
end

-- The secrets of all clients, apart from them, so that no dump of a client shows one.
local secrets = setmetatable({}, { __mode = "k" })

local context_meta = {
  __index = function(context, key)
    return key == "secret" and secrets[context] or nil
  end,
}

-- Shared by the clients without hooks; never changed.
local no_hooks = {}

-- The store of a client's call counters: the token store, unless options name another.
local function new_quotas(self, wanted, store)
  local err
  store = wanted.store or store
  if not store then
    store, err = stores.default("stable")
    if not store then
      return nil, err
    end
  end
  return quota.new {
    store = store, appid = self.appid, now = self.clock.now, enforce = wanted.enforce,
    reserve = wanted.reserve,
  }
end

-- What every token manager of a client works with.
local function token_options(self, store)
  return {
    appid = self.appid, store = store, host = self.base_url:match("^%w+://(.+)$"),
    now = self.now, random = self.random,
    sleep = function(seconds) return self.transport:sleep(seconds) end,
    background = type(self.transport.background) == "function" and function(job)
      return self.transport:background(job)
    end or nil,
    detached = self.transport.detached == true,
    hook = self.hooks.token and function(event) attempt.emit(self, "token", event) end,
  }
end

-- The token manager of a client with a secret, or a provider.
local function own_tokens(self, o, settings, provider)
  o.mode, o.provider = settings.token_mode, provider
  o.fetch = fetcher(self, settings.token_mode)
  return tokens.new(o)
end

--- Makes a client. Nothing is sent before the first call.
---@param given table  see docs; unknown keys are refused by name
---@param make_tokens (fun(client: wxlive.Broadcast, options: wxlive.TokenOptions):
---  wxlive.Tokens?, wxlive.Error?)?   of wxlive.platform, whose tokens are of another kind
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M.new(given, make_tokens)
  given = given == nil and {} or given
  local settings, err = settings_of.read(given)
  if not settings then
    return nil, err
  end
  local transport
  if given.transport then
    transport = require("wxlive.transport.own").hold(given.transport)
  else
    transport, err = transports.default {
      proxy = given.proxy, ca_file = given.ca_file, connect_timeout = given.connect_timeout,
    }
  end
  if not transport then
    return nil, err
  end
  local self = {
    appid = settings.appid, base_url = settings.base_url,
    transport = transport,
    read_timeout = settings.read_timeout, write_timeout = settings.write_timeout,
    connect_timeout = settings.connect_timeout,
    retry = settings.retry, lookup = settings.lookup,
    hooks = given.hooks or no_hooks, dry_run = given.dry_run or false,
    now = given.clock or core.system.now, monotonic = core.system.monotonic,
    random = given.random or random,
  }
  self.clock = clocks.new(self.now, self.monotonic)
  -- Settings that the checks of requests need, and from which fields are filled.
  self.context = setmetatable({
    now = self.clock.now, appid = self.appid, validate = given.validate ~= false,
  }, context_meta)
  secrets[self.context] = settings.secret
  setmetatable(self, Broadcast)
  if given.api_signature then
    self.signer, err = require("wxlive.client.signature").new(given.api_signature, self)
    if not self.signer then
      return nil, err
    end
  end
  local store = given.token_store
  if not store and not given.token_provider then
    store, err = stores.default(make_tokens and "plain" or settings.token_mode)
    if not store then
      return nil, err
    end
  end
  self.tokens, err = (make_tokens or own_tokens)(self, token_options(self, store), settings,
    given.token_provider)
  if not self.tokens then
    return nil, err
  end
  if settings.quota then
    self.quotas, err = new_quotas(self, settings.quota, store)
    if not self.quotas then
      return nil, err
    end
  end
  return self
end

-- A client of M.sharing has no secret, whatever the one that it shares with.
local shared_context_meta = {
  __index = function(context, key)
    if key ~= "secret" then
      return rawget(context, "base")[key]
    end
  end,
}

--- What makes clients of other accounts that share everything but the account with `base`:
--- transport, times, hooks, clock. Such a client costs some hundred bytes and no I/O.
---@param base wxlive.Broadcast
---@param counted boolean|table|nil   the option quota, for each of them
---@return fun(own: { appid: string, tokens: table, owner: table?, signer: table? }):
---  wxlive.Broadcast   the table becomes the client; owner: asked before each call (admit), and
---  told of its error (hear)
function M.sharing(base, counted)
  local meta = { __index = base, __name = Broadcast.__name }
  return function(own)
    own.context = setmetatable({ appid = own.appid, base = base.context }, shared_context_meta)
    local client = setmetatable(own, meta)
    if counted then
      client.quotas = assert(new_quotas(client, counted == true and {} or counted,
        base.tokens.store))
    end
    return client
  end
end

-- The metatable of a result keeps its body under this key. Therefore the body lives exactly as long
-- as the result; a table with weak keys would cost several times more.
local BODY = {}

local function perform(self, entry, params, call_options)
  if call_options ~= nil then
    local ok, err = options.check(entry.name, call_options, known_call_options)
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

tables.put(Broadcast, lists, quota.methods)

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
  local near = type(name) == "string" and suggest.nearest(name, method_names)
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
