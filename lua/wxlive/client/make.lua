--- How a client is made out of its options: transport, stores, tokens, clock, quotas.
local attempt = require "wxlive.client.attempt"
local clocks = require "wxlive.client.clock"
local core = require "wxlive.core"
local random = require "wxlive.base.random"
local settings_of = require "wxlive.client.settings"
local stores = require "wxlive.store"
local tokens = require "wxlive.token"
local transports = require "wxlive.transport"

local M = {}

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
  return require("wxlive.client.quota").new {
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

--- Makes a client: see wxlive.broadcast.
---@param class table
---@param given table
---@param make_tokens function?
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M.new(class, given, make_tokens)
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
    random = given.random or random.number,
  }
  self.clock = clocks.new(self.now, self.monotonic)
  -- Settings that the checks of requests need, and from which fields are filled.
  self.context = setmetatable({
    now = self.clock.now, appid = self.appid, validate = given.validate ~= false,
  }, context_meta)
  secrets[self.context] = settings.secret
  setmetatable(self, class)
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
  local meta = { __index = base, __name = getmetatable(base).__name }
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

return M
