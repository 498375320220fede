--- The consent of shops to a third-party platform: codes, refresh tokens, permission sets. The
--- functions are methods of wxlive.sandbox.Component.
--
-- For questions that the platform's pages leave open there are quirks: see
-- wxlive.sandbox.server.control.
local queries = require "wxlive.callback.query"
local refusals = require "wxlive.sandbox.server.refusal"
local tables = require "wxlive.base.tables"

local M = {}

local deny, refuse = refusals.deny, refusals.refuse

local CODE_LIFE = 600

local function new_code(self, kind, prefix, document)
  self:prune(kind)
  document.expires = self.platform:now() + CODE_LIFE
  local code = self:new_secret(prefix)
  self:put(kind, code, document)
  return code, CODE_LIFE
end

--- A code that opens a consent page.
---@return string code
---@return integer seconds
function M:new_preauth()
  return new_code(self, "preauth", "preauthcode", {})
end

--- Whether a page of consent may be opened with a code.
function M:knows_preauth(code)
  local document = self.preauth[code or ""]
  return document ~= nil and self.platform:now() < document.expires
end

--- The valid consent of a shop.
---@param appid string
---@return table consent
function M:consent_of(appid)
  local consent = self.consent[appid]
  if not consent then
    refuse(61003, "the account has never given its consent to this component")
  elseif consent.lost == "password" then
    refuse(42007, "the consent ended when the account's password was changed")
  elseif consent.lost then
    refuse(61003, "the account has withdrawn its consent")
  end
  return consent
end

local function text_of(sets)
  return table.concat(tables.keys(tables.set(sets)), " ")
end

--- Gives a shop a new refresh token. The one before works until the new one was used, or not at
--- all (quirk former_refresh_token_dies).
function M:rotate(consent)
  if not self.platform.quirks.former_refresh_token_dies then
    consent.former[consent.refresh_token] = true
  end
  consent.refresh_token = self:new_secret("refreshtoken")
  self:put("consent", consent.appid, consent)
end

--- Refuses a refresh token that is not the shop's. The first use of the latest ends those before
--- it.
function M:check_refresh_token(consent, token)
  if token == consent.refresh_token then
    if next(consent.former) then
      consent.former = {}
      self:put("consent", consent.appid, consent)
    end
  elseif not consent.former[token] then
    refuse(61023, "this is not the refresh token of the account, or no longer")
  end
end

local function check_sets(self, sets)
  local own = tables.set(self.sets)
  for _, id in ipairs(sets) do
    if not own[id] then
      deny(("the component has no permission set %s"):format(tostring(id)))
    end
  end
end

--- A shop gives its consent, or changes what it grants.
--   appid          of the shop
--   sets           permission sets that are ticked; default: all that the component has
--   unconfirmed    sets among them that the component has not confirmed (calls: 61016)
--   managed        the shop can no longer fetch tokens with its own secret (61024)
--   nick_name      of the account
--   pre_auth_code  with which the page was opened
--   redirect_uri   where the administrator is sent afterwards
---@param params table
---@return table answer   { auth_code, expires_in, redirect?, event? }
---@return table? entry   of the log of deliveries
function M:agree(params)
  local platform, appid = self.platform, params.appid
  local sets = params.sets or self.sets
  check_sets(self, sets)
  if not platform:secret_of(appid) then
    deny("there is no account " .. tostring(appid))
  elseif params.pre_auth_code and not self:knows_preauth(params.pre_auth_code) then
    deny("the pre_auth_code is unknown or has expired")
  end
  platform:account(appid)
  local former = self.consent[appid]
  local living = former and not former.lost
  local consent = living and former or { appid = appid, former = {} }
  local event = not living and "authorized"
    or text_of(former.sets) ~= text_of(sets) and "updateauthorized" or nil
  consent.sets, consent.unconfirmed = sets, params.unconfirmed or {}
  consent.managed, consent.auth_time = params.managed or false, platform:now()
  consent.nick_name = params.nick_name or consent.nick_name
  if living and platform.quirks.reconsent_rotates then
    self:rotate(consent)
  end
  consent.refresh_token = consent.refresh_token or self:new_secret("refreshtoken")
  self:put("consent", appid, consent)
  local code, seconds = new_code(self, "code", "queryauthcode", { appid = appid })
  local entry = event and self:inform(event, {
    AuthorizerAppid = appid, AuthorizationCode = code,
    AuthorizationCodeExpiredTime = platform:now() + seconds,
    PreAuthCode = params.pre_auth_code or "",
  })
  return {
    auth_code = code, expires_in = seconds, event = event,
    redirect = params.redirect_uri and queries.join(params.redirect_uri,
      { auth_code = code, expires_in = ("%d"):format(seconds) }),
  }, entry
end

--- The consent of a shop ends: it withdraws it (`unauthorized` is pushed), or changes its password.
---@param appid string
---@param why "withdrawn"|"password"
---@return table? entry   of the log of deliveries
function M:lose(appid, why)
  local consent = self.consent[appid]
  if not consent or consent.lost then
    deny("the account has given no consent")
  end
  consent.lost = why
  self:put("consent", appid, consent)
  return why == "withdrawn" and self:inform("unauthorized", { AuthorizerAppid = appid }) or nil
end

--- The consent that belongs to an authorization code. A code works once.
---@return table consent
function M:take_code(code)
  local document = self.code[code]
  if not document then
    refuse(61009, "this authorization code was never given out")
  elseif document.used or self.platform:now() >= document.expires then
    refuse(61010, document.used and "the authorization code was used before"
      or "the authorization code is older than 10 minutes")
  end
  document.used = true
  self:put("code", code, document)
  return self:consent_of(document.appid)
end

--- Shops with a valid consent, in the order in which they gave it.
function M:shops()
  return tables.only(tables.sorted(self.consent, "auth_time", "appid"), function(consent)
    return not consent.lost
  end)
end

--- Refuses a call that the component may not make for a shop.
---@param appid string
---@param entry table  of the catalogue
function M:check_permission(appid, entry)
  local consent = self:consent_of(appid)
  if not entry.sets[1] then
    return
  end
  local granted, waiting = tables.set(consent.sets), tables.set(consent.unconfirmed)
  local unconfirmed = false
  for _, id in ipairs(entry.sets) do
    if granted[id] and not waiting[id] then
      return
    end
    unconfirmed = unconfirmed or granted[id] or false
  end
  if unconfirmed then
    refuse(61016, "the component has not confirmed the permission set")
  end
  refuse(61007, ("the account has not granted permission set %s"):format(
    table.concat(entry.sets, ", or ")))
end

return M
