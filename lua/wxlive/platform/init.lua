--- A third-party platform (第三方平台): one program acts for many shops with their consent.
--
--   local platform = assert(require("wxlive.platform").new {
--     component_appid = "wx...", component_secret = "...", token = "...", aes_key = "...",
--     vault = "/var/lib/shop/vault.db", vault_key = os.getenv("WXLIVE_VAULT_KEY"),
--   })
--   local live = platform:shop("wx0123456789abcdef")      -- a client as of wxlive.broadcast
--   local room, err = live:create_room { ... }
--
-- `platform.callback` receives what the platform pushes to both its URLs, and is used as any
-- receiver of wxlive.callback: it keeps tickets and consents itself.
--
-- Tokens are shared as those of any client (token_store). Refresh tokens and the ticket lie in the
-- vault (see wxlive.platform.vault), sealed with vault_key.
local broadcast = require "wxlive.broadcast"
local chains = require "wxlive.platform.chain"
local clients = require "wxlive.platform.client"
local consents = require "wxlive.platform.consent"
local make = require "wxlive.client.make"
local notice = require "wxlive.base.notice"
local options = require "wxlive.base.options"
local recordings = require "wxlive.platform.records"
local seals = require "wxlive.platform.seal"
local settings_of = require "wxlive.platform.settings"
local shops = require "wxlive.platform.shops"
local tables = require "wxlive.base.tables"
local tokens = require "wxlive.token"
local vaults = require "wxlive.platform.vault"

local M = { _VERSION = broadcast._VERSION }

---@class wxlive.Platform
---@field callback wxlive.Callback   the receiver of both URLs; there with token and aes_key
local Platform = tables.merged(clients, shops)

--- The state of the ticket: when it came, its age, whether it is late or was refused. A late ticket
--- is also reported to the hook `ticket`; if your program makes few calls, call this from a timer.
---@return { at: number, age: number, late: boolean, refused: boolean, ends_in: number }|false|nil
---  status   false: none has come yet
---@return wxlive.Error? err
function Platform:ticket_status()
  return self.chain:ticket_status()
end

--- Asks the platform to push tickets again.
---@return table? result
---@return wxlive.Error? err
function Platform:start_push_ticket()
  return self:call("start_push_ticket", {})
end

--- Calls an endpoint in the component's name; see the component's part of the catalogue.
---@param name string
---@param params table?
---@param call_options table?
---@return table? result
---@return wxlive.Error? err
function Platform:call(name, params, call_options)
  local entry = type(name) == "table" and name
    or require("wxlive.catalogue").component.by_name[name]
  if not entry then
    error("a third-party platform has no call " .. tostring(name), 2)
  end
  return self.base:call(entry, params, call_options)
end

--- Seals all of the vault with the present key; the last step of changing keys.
---@return integer? count
---@return wxlive.Error? err
function Platform:reseal()
  return self.records:reseal()
end

--- Writes all records, sealed as they are, line by line: a backup for platform:import.
---@param write fun(line: string)
---@return integer? count
---@return wxlive.Error? err
function Platform:export(write)
  return require("wxlive.platform.backup").export(self.records, self.appid, write)
end

--- Restores records from a backup. The vault's key must be the one that the backup was made with.
---@param text string
---@param given { replace: boolean? }?   replace: also records that the vault has
---@return { taken: integer, kept: integer }? summary
---@return wxlive.Error? err
function Platform:import(text, given)
  return require("wxlive.platform.backup").import(self.records, self.appid, text,
    given and given.replace)
end

for name, wanted in pairs {
  shop_info = { "appid", "string", "options", "table|nil" }, export = { "write", "callable" },
  import = { "text", "string", "options", "table|nil" },
} do
  Platform[name] = options.checked("platform:" .. name, wanted, Platform[name])
end

Platform.__name = "wxlive.Platform"
Platform.__index = Platform
setmetatable(Platform, {
  __index = function(_, key)
    if key == "callback" then
      error("platform.callback needs the options token and aes_key", 2)
    end
  end,
})

-- Making one --------------------------------------------------------------------------------------

local function component_tokens(self)
  return function(client, o)
    self.base = client
    o.mode = "component"
    o.fetch = function(_, seconds)
      return self.chain:fetch_component(seconds)
    end
    self.token_options = tables.merged(o, { mode = "authorizer" })
    return tokens.new(o)
  end
end

--- Makes a platform. Nothing is read or sent before its first use.
--
--   component_appid, component_secret   of the open platform's console; or WXLIVE_COMPONENT_APPID,
--                     WXLIVE_COMPONENT_SECRET
--   token, aes_key    of its pushes (WXLIVE_COMPONENT_TOKEN, WXLIVE_COMPONENT_AES_KEY); needed for
--                     `callback`
--   previous_aes_key  the key before, while the console's key is being changed
--   vault             a file, postgresql://..., or a vault object (WXLIVE_VAULT; a file where the
--                     system keeps state)
--   vault_key         64 hex digits, 32 bytes in base64, or the path of a file (WXLIVE_VAULT_KEY)
--   previous_vault_key  another key that opens the vault, while keys are being changed
--   notice            fun(text): called with one line when a shop's consent is over
--   window            of the receiver: see wxlive.callback
--
-- All other options are those of wxlive.broadcast.new and hold for every shop.
---@param given table
---@return wxlive.Platform? platform
---@return wxlive.Error? err
function M.new(given)
  local settings, err = settings_of.read(given == nil and {} or given)
  if not settings then
    return nil, err
  end
  local vault = settings.vault
  if type(vault) ~= "table" and type(vault) ~= "userdata" then
    vault, err = vaults.open(vault)
    if not vault then
      return nil, err
    end
  end
  local self = setmetatable({
    appid = settings.component_appid, known = {}, asked = {},
    clients = setmetatable({}, { __mode = "v" }),
    records = recordings.new(vault, seals.new(settings.keys), settings.component_appid),
  }, Platform)
  local base
  base, err = broadcast.new(settings.client, component_tokens(self))
  if not base then
    return nil, err
  end
  local function emit(hook, event)
    if base.hooks[hook] then
      event.appid = event.appid or self.appid
      pcall(base.hooks[hook], event)
    end
  end
  self.share, self.store, self.emit = make.sharing(base, settings.client.quota),
    base.tokens.store, emit
  self.chain = chains.new(base, self.records, emit)
  self.consents = consents.new {
    base = base, records = self.records, emit = emit,
    notice = settings.notice or notice.warn,
    changed = function(appid) self.known[appid] = nil end,
    adopt = function(appid, token, life)
      local made = self:token_manager(appid)
      if made then
        made:adopt(token, life)
      end
    end,
  }
  self.chain.consents = self.consents
  if settings.token then
    self.callback, err = require("wxlive.platform.receiver").new(self, settings)
    if not self.callback then
      return nil, err
    end
  end
  return self
end

return M
