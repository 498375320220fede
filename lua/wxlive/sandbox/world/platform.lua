--- The emulated platform: its clock, its accounts, the ids that it hands out, its log.
local Random = require "wxlive.sandbox.world.random"
local accounts = require "wxlive.sandbox.world.account"
local callbacks = require "wxlive.sandbox.server.callbacks"
local components = require "wxlive.sandbox.world.component"
local faults = require "wxlive.sandbox.server.faults"
local logs = require "wxlive.sandbox.world.log"
local persist = require "wxlive.sandbox.world.persist"
local random = require "wxlive.base.random"
local system = require "wxlive.core".system
local tokens = require "wxlive.sandbox.api.tokens"

local BEIJING = 8 * 3600
local DAY = 86400
local LOG_MAX = 5000
local TOKEN_LENGTH = 100 -- at least
local PATH_MAX = 300     -- bytes of a path that are kept

local Platform = {}
Platform.__index = Platform
Platform.__name = "wxlive.sandbox.Platform"

local M = {}

--- Makes a platform and fills it from the state file, when there is one.
---@param options table  as sandbox.serve takes them
---@return table platform
function M.new(options)
  local self = setmetatable({
    options = options,
    random = Random.new(options.random_seed or math.floor(random.number() * 2 ^ 30)),
    base_url = "http://127.0.0.1",
    offset = 0,
    rid_serial = 0,
    runs = 0,
  }, Platform)
  self.tokens = tokens.new(self)
  self.faults = faults.new(self.random)
  self.callbacks = callbacks.new(self)
  self.component = options.component and components.new(self, options.component) or nil
  self:forget()
  self.store = options.state and persist.open(options.state) or persist.none()
  self.store:each(function(appid, kind, id, document)
    if kind == "clock" then
      self.offset, self.frozen_at = document.offset, document.frozen_at
    elseif kind == "token" then
      self.tokens:restore(document)
    elseif kind:find("^component_") then
      if self.component and self.component.appid == appid then
        self.component:restore(kind:match("_(.*)$"), id, document)
      end
    else
      self:account(appid):restore(kind, id, document)
    end
  end)
  if options.clock then
    self:set_clock { set = options.clock }
  end
  return self
end

-- Clock -------------------------------------------------------------------------------------------

--- Seconds since 1970 on the platform's clock, with a fraction.
function Platform:exact_now()
  return self.frozen_at or system.now() + self.offset
end

--- The same in whole seconds.
function Platform:now()
  return math.floor(self:exact_now())
end

--- Moves the clock: { set = Unix seconds } or { advance = seconds }; { frozen = true } stops it
--- there, { frozen = false } lets it run on.
function Platform:set_clock(change)
  local now = (change.set or self:exact_now()) + (change.advance or 0)
  local frozen = self.frozen_at ~= nil
  if change.frozen ~= nil then
    frozen = change.frozen
  end
  self.offset = now - system.now()
  self.frozen_at = frozen and now or nil
  self.store:put("", "clock", "clock", { offset = self.offset, frozen_at = self.frozen_at })
end

--- The day and the month that daily and monthly counters belong to: Beijing's.
function Platform:periods()
  local shifted = self:now() + BEIJING
  return os.date("!%Y-%m-%d", shifted), os.date("!%Y-%m", shifted),
    DAY - shifted % DAY -- seconds until the day ends
end

-- Accounts ----------------------------------------------------------------------------------------

--- The account of an appid, made when it is first asked for.
---@param appid string?   nil: the default account
function Platform:account(appid)
  appid = appid or self.options.appid
  local account = self.accounts[appid]
  if not account then
    account = accounts.new(self, appid)
    self.accounts[appid] = account
  end
  return account
end

--- The secret of an appid; nil when the platform does not know the appid.
function Platform:secret_of(appid)
  local listed = self.options.accounts
  if listed and listed[appid] then
    return listed[appid]
  end
  if appid:find("^wx%x+$") and #appid == 18 then
    return self.options.secret
  end
  return nil
end

-- Resets everything in memory to the options.
function Platform:forget()
  self.accounts = {}
  self.quirks = {} -- name -> true; see wxlive.sandbox.server.control
  self.limits = {} -- path -> { per_day, per_minute }, over the catalogue's
  self.log = logs.new(LOG_MAX)
  self.runs = self.runs + 1
  self.tokens:clear()
  self.faults:clear()
  self.callbacks:reset()
  if self.component then
    self.component:reset()
  end
  self.offset, self.frozen_at = 0, nil
  -- Delay of the automatic audit; nil: goods wait for a decision by hand.
  self.audit_seconds = self.options.audit_seconds or nil
end

--- Forgets accounts, tokens, faults, limits and log, and what the state file holds.
function Platform:reset()
  self:forget()
  self.store:wipe()
end

-- Ids and log -------------------------------------------------------------------------------------

--- An id of a request, as the platform puts at the end of errmsg; server time comes first.
function Platform:rid()
  self.rid_serial = self.rid_serial + 1
  return ("%08x-%s-%08x"):format(self:now(), self.random:hex8(), self.rid_serial)
end

--- Identifies this run of the log: a reset or another process begins a new run.
---@return string
function Platform:run_id()
  return ("%d.%d"):format(system.pid(), self.runs)
end

--- A text for people to read: tokens and secrets are replaced, also in unexpected places such as a
--- path. Any text as long as a real token counts as a token.
---@param text string
---@return string
function Platform:masked(text)
  local secrets = { self.options.secret, self.component and self.component.secret }
  for _, secret in pairs(self.options.accounts or {}) do
    secrets[#secrets + 1] = secret
  end
  for _, secret in ipairs(secrets) do
    if secret ~= "" then
      text = text:gsub(secret:gsub("%p", "%%%0"), "***")
    end
  end
  return (text:gsub("[%w_-]+", function(word)
    return (#word >= TOKEN_LENGTH or self.tokens.known[word]) and "***" or nil
  end))
end

-- A path that is safe to show and to store: a client can put anything into it.
local function tidy(path)
  return (path:sub(1, PATH_MAX):gsub("[^\33-\126]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- Adds an entry to the request log (no secret, no token); the oldest entries are dropped.
function Platform:note(entry)
  entry.path = tidy(self:masked(entry.path))
  entry.why = entry.why and self:masked(entry.why)
  self.log:add(entry)
end

return M
