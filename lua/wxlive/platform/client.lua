--- The client of a shop: its tokens, and what it may do. The functions are methods of
--- wxlive.Platform.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local errors = require "wxlive.platform.errors"
local options = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"
local tokens = require "wxlive.token"

local M = {}

-- Seconds until a shop that cannot work is looked up in the vault again: it may have consented
-- again, and another process may have recorded that.
local LOOK_AGAIN = 5

-- Seconds for which a withdrawal, or permission sets that bar a call, are believed: the shop may
-- have consented again, or ticked a set, and the push that says so may have been lost. Then the
-- platform is asked.
local BELIEVED, ASK_SECONDS = 600, 5

-- The tokens of a shop: the manager is made with the first call.
local ShopTokens = { __name = "wxlive.platform.ShopTokens" }
ShopTokens.__index = ShopTokens

local function manager(self)
  if not self.manager then
    local err
    self.manager, err = self.platform:token_manager(self.appid)
    if not self.manager then
      return nil, err
    end
  end
  return self.manager
end

for _, name in ipairs { "get", "refused" } do
  ShopTokens[name] = function(self, ...)
    local made, err = manager(self)
    if not made then
      return nil, err
    end
    return made[name](made, ...)
  end
end

function ShopTokens:expires()
  return self.manager and self.manager:expires()
end

local function check_appid(where, appid)
  if type(appid) ~= "string" or not appid:find("^[%w_-]+$") or #appid > 64 then
    return Error.fail {
      kind = "invalid", name = "invalid_parameters", field = "appid", sent = false,
      message = both("%s: appid must look like wx0123456789abcdef",
        "%s：appid 应形如 wx0123456789abcdef"):format(where),
    }
  end
  return true
end

local known_shop_options = { api_signature = "table" }

--- The client of a shop: all of wxlive.broadcast. Nothing is read or sent before its first call.
---@param appid string
---@param given { api_signature: table? }?   of this shop: see the signing guide
---@return wxlive.Broadcast? live
---@return wxlive.Error? err
function M:shop(appid, given)
  local live = not given and self.clients[appid]
  if live then
    return live
  end
  local ok, err = check_appid("platform:shop", appid)
  if ok and given then
    ok, err = options.check("platform:shop", given, known_shop_options)
  end
  if not ok then
    return nil, err
  end
  live = self.share {
    appid = appid, owner = self,
    tokens = setmetatable({ platform = self, appid = appid }, ShopTokens),
  }
  if not given then
    self.clients[appid] = live
  elseif given.api_signature then
    live.signer, err = require("wxlive.client.signature").new(given.api_signature, live)
    if not live.signer then
      return nil, err
    end
  end
  return live
end

--- The token manager of a shop; see wxlive.token.
---@param appid string
---@return wxlive.Tokens? manager
---@return wxlive.Error? err
function M:token_manager(appid)
  local o = self.token_options
  o.appid = appid
  o.fetch = function(_, seconds)
    return self.chain:fetch_shop(appid, seconds)
  end
  return tokens.new(o)
end

-- What a shop may do ------------------------------------------------------------------------------

local function load(self, appid)
  local record, err = self.records:shop(appid)
  if err then
    return nil, err
  end
  local known = { at = core.system.monotonic() }
  if record then
    known.gone, known.since, known.sets_at = record.gone, record.since, record.sets_at
    known.sets = record.sets and tables.set(record.sets)
  end
  self.known[appid] = known
  return known
end

local function objection(appid, entry, known)
  if known.gone then
    return errors.gone(appid, known.gone)
  elseif known.sets and entry.sets[1]
    and not tables.find(entry.sets, function(id) return known.sets[id] end) then
    return errors.not_granted(appid, entry.name, entry.sets)
  end
end

-- Asks the platform what a shop granted, at most once in a while for all callers together. True
-- when the record may have changed.
local function asked_again(self, appid, known)
  local now = self.base.clock.now()
  local function is_recent(at)
    return at and now >= at and now - at < BELIEVED
  end
  local since = known.sets_at
  if known.gone then
    since = known.gone.at
  end
  if is_recent(since) or is_recent(self.asked[appid]) then
    return false
  end
  self.asked[appid] = now
  local info, err = self.consents:look_up(appid, ASK_SECONDS)
  if not info and not known.gone and errors.is_consent_over(err) then
    self.consents:withdraw(appid, err, { since = known.since })
    return true
  end
  return info ~= nil
end

--- Whether a shop may make a call, by its record. The shop's client calls this before each call.
---@return true? ok
---@return wxlive.Error? err
function M:admit(appid, entry)
  local known = self.known[appid] or load(self, appid)
  local err = known and objection(appid, entry, known)
  if err and core.system.monotonic() - known.at >= LOOK_AGAIN then
    known = load(self, appid)
    err = known and objection(appid, entry, known)
  end
  if err and asked_again(self, appid, known) then
    known = load(self, appid)
    err = known and objection(appid, entry, known)
  end
  if err then
    return nil, err
  end
  return true
end

--- Takes the error of a shop's call: if it says that the consent has ended, the shop is marked.
function M:hear(appid, err)
  if err.kind == "api" and errors.is_consent_over(err) then
    local known = self.known[appid]
    self.consents:withdraw(appid, { code = err.code, message = err.message },
      { since = known and known.since })
    -- In either case: the copy in memory may be older than the record.
    self.known[appid] = nil
  end
end

return M
