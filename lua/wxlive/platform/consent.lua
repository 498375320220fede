--- Consents of shops: recorded, exchanged for tokens, looked up, withdrawn.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local errors = require "wxlive.platform.errors"
local both = require("wxlive.text.sentence").both

local calls = require("wxlive.catalogue").component.by_name

local M = {}

---@class wxlive.platform.Consents
local Consents = {}
Consents.__index = Consents
Consents.__name = "wxlive.platform.Consents"

-- How long a page waits for the push of the same consent, which is exchanging the code, and between
-- two looks.
local PATIENCE, PAUSE = 3, 0.1

-- Seconds for which a code that was exchanged is known again: codes live some minutes, and later
-- ones are in the history of a browser.
local REMEMBER = 3600

-- The numbers of the sets in a func_info.
local function sets_of(func_info)
  if type(func_info) ~= "table" then
    return nil
  end
  local sets = {}
  for _, item in ipairs(func_info) do
    local set = type(item) == "table" and item.funcscope_category
    local id = type(set) == "table" and tonumber(set.id)
    if id then
      sets[#sets + 1] = compat.fold(id)
    end
  end
  table.sort(sets)
  return sets
end

local function present(text)
  return type(text) == "string" and text ~= "" and text or nil
end

-- The seconds for a call: at least a few, because the caller's time may be over.
local function time(seconds)
  return { timeout = math.max(0.1, seconds or 10) }
end

-- What a record keeps of a code that was exchanged: enough to know it again.
local function mark_of(self, code)
  return core.message.sha1(self.base.appid, code):sub(1, 16)
end

--- Keeps a consent, committed before it returns. An older refresh token becomes the former one.
---@param appid string
---@param info { refresh_token: string?, sets: integer[]?, code: string? }
---@return table? record
---@return wxlive.Error? err
---@return boolean? is_new   the shop had no refresh token before
function Consents:keep(appid, info)
  local now, is_new = math.floor(self.base.clock.now()), false
  local record, err = self.records:change_shop(appid, function(record)
    is_new = record.refresh_token == nil
    if info.refresh_token and info.refresh_token ~= record.refresh_token then
      record.former, record.refresh_token = record.refresh_token, info.refresh_token
    end
    if info.sets then
      record.sets, record.sets_at = info.sets, now
    end
    record.since, record.gone = math.max(record.since or 0, now), nil
    if info.code then
      record.exchanged = mark_of(self, info.code)
    end
    if record.code == info.code then
      record.code, record.code_ends = nil, nil
    end
    return record
  end)
  if not record then
    return nil, err
  end
  self.changed(appid)
  return record, nil, is_new
end

-- Forgets a code that is no longer needed.
local function drop_code(self, appid, code)
  return self.records:change_shop(appid, function(record)
    if record.code == code then
      record.code, record.code_ends = nil, nil
      return record
    end
  end)
end

--- Exchanges the code of a consent: its tokens are in the vault and the token store afterwards.
---@param code string
---@param appid string?      the shop that announced it, where that is known
---@param seconds number?
---@return { appid: string, access_token: string?, expires_in: number?, refresh_token: string? }?
---  answer
---@return wxlive.Error? err
function Consents:exchange(code, appid, seconds)
  local answer, err = self.base:call(calls.query_auth, { authorization_code = code }, time(seconds))
  if not answer then
    if appid and errors.is_spent_code(err) then
      -- The code no longer works: the consent is looked up instead.
      drop_code(self, appid, code)
    end
    return nil, err
  end
  -- Answers without the wrapper were seen.
  local info = answer.authorization_info or answer
  if appid and info.authorizer_appid ~= appid then
    return Error.fail { kind = "decode", name = "bad_answer", endpoint = "query_auth", sent = true,
      message = both("the code that shop %s announced belongs to another one",
        "商家 %s 的授权码属于另一个商家"):format(appid) }
  end
  local record, is_new
  record, err, is_new = self:keep(info.authorizer_appid, {
    refresh_token = present(info.authorizer_refresh_token), sets = sets_of(info.func_info),
    code = code,
  })
  if not record then
    return nil, err
  end
  local token, life = present(info.authorizer_access_token), tonumber(info.expires_in)
  if token and life then
    self.adopt(info.authorizer_appid, token, life)
  end
  self.emit("consent", { event = is_new and "given" or "renewed", appid = info.authorizer_appid })
  return {
    appid = info.authorizer_appid, access_token = token, expires_in = life,
    refresh_token = record.refresh_token,
  }
end

-- Whether a record says that this code was exchanged for it a while ago.
local function is_of(self, record, code)
  return record and record.exchanged == mark_of(self, code)
    and self.base.clock.now() - (record.since or 0) <= REMEMBER
end

-- The shop whose code was exchanged, as a process that did it has recorded.
local function shop_of(self, code)
  local appids, err = self.records:appids()
  if not appids then
    return nil, err
  end
  for _, appid in ipairs(appids) do
    if is_of(self, self.records:shop(appid), code) then
      return appid
    end
  end
end

-- The outcome of a code that the platform does not exchange again.
local function taken(self, code, appid, seconds)
  if appid then
    if is_of(self, self.records:shop(appid), code) then
      return appid
    end
    local info = self:look_up(appid, seconds)
    if not (info and info.refresh_token) then
      return nil
    end
    -- The page of the same consent may still call this with the same code.
    self:keep(appid, { code = code })
    return appid
  end
  for _ = 0, math.min(seconds, PATIENCE), PAUSE do
    local found = shop_of(self, code)
    if found then
      return found
    end
    self.base.transport:sleep(PAUSE)
  end
end

--- Takes a consent over by its code. The page to which the shop returned and the push both have the
--- code, and it works once: the one that comes second finds what the first one has recorded.
---@param code string
---@param appid string?
---@param seconds number
---@return string? appid
---@return wxlive.Error? err
function Consents:take(code, appid, seconds)
  local answer, err = self:exchange(code, appid, seconds)
  if answer then
    return answer.appid
  elseif not errors.is_spent_code(err) or not appid and err.code == 61009 then
    return nil, err
  end
  local found = taken(self, code, appid, seconds)
  if not found then
    return nil, err
  end
  return found
end

--- Records an announced consent, before its code is exchanged.
---@param appid string
---@param code string
---@param ends number?      when the code ends, by the platform's clock
---@param created number    when the consent was given
function Consents:announce(appid, code, ends, created)
  local record, err = self.records:change_shop(appid, function(record)
    if record.exchanged == mark_of(self, code) or (record.since or 0) > created
      or record.gone and (record.gone.at or 0) > created then
      return nil -- its code was exchanged, or a later consent or withdrawal is recorded
    end
    record.code, record.code_ends = code, ends
    record.since, record.gone = created, nil
    return record
  end)
  if record then
    self.changed(appid)
  end
  return record, err
end

--- Asks the platform who a shop is and what it granted, and keeps that.
---@param appid string
---@param seconds number?
---@return { refresh_token: string?, record: table }? info
---@return wxlive.Error? err
function Consents:look_up(appid, seconds)
  local answer, err = self.base:call(calls.get_authorizer_info, { authorizer_appid = appid },
    time(seconds))
  if not answer then
    return nil, err
  end
  local account, consent = answer.authorizer_info or {}, answer.authorization_info or {}
  local user_name = present(account.user_name)
  local refresh_token = present(consent.authorizer_refresh_token)
  local record
  record, err = self.records:change_shop(appid, function(known)
    if refresh_token and refresh_token ~= known.refresh_token
      and refresh_token ~= known.former then
      known.former, known.refresh_token = known.refresh_token, refresh_token
    end
    local sets = sets_of(consent.func_info)
    if sets then
      known.sets, known.sets_at = sets, math.floor(self.base.clock.now())
    end
    known.user_name = user_name or known.user_name
    known.nick_name = present(account.nick_name) or known.nick_name
    known.since = known.since or math.floor(self.base.clock.now())
    known.gone = nil
    return known
  end)
  if record and user_name then
    local _, why = self.records:name_shop(user_name, appid)
    err = why
  end
  if not record or err then
    return nil, err
  end
  self.changed(appid)
  return { refresh_token = refresh_token, record = record }
end

--- Marks that a shop's consent is over.
---@param appid string
---@param why wxlive.Error|{ message: string, at: number? }   at: when that was, by the platform's
---  clock: a withdrawal that is older than the shop's consent is ignored
---@param unless { tried: table<string, boolean>?, since: number? }?   the record is left alone when
---  it holds a refresh token that was not tried by now, or another consent than that one
---@return table|false|nil record
---@return wxlive.Error? err
function Consents:withdraw(appid, why, unless)
  local now, marked = math.floor(self.base.clock.now()), false
  local tried, since = unless and unless.tried, unless and unless.since
  local record, err = self.records:change_shop(appid, function(record)
    marked = false
    if record.gone or tried and record.refresh_token and not tried[record.refresh_token]
      or since and record.since ~= since or why.at and (record.since or 0) > why.at then
      return nil
    end
    marked = true
    record.gone = { code = why.code, reason = why.message, at = why.at or now }
    record.code, record.code_ends = nil, nil
    return record
  end)
  if record and marked then
    self.changed(appid)
    local gone = errors.gone(appid, record.gone)
    self.emit("consent", { event = "withdrawn", appid = appid, error = gone })
    self.notice(Error.read(gone))
  end
  return record, err
end

--- The consents of a platform.
---@param o { base: wxlive.Broadcast, records: wxlive.platform.Records,
---  adopt: fun(appid: string, token: string, life: number), changed: fun(appid: string),
---  emit: fun(hook: string, event: table), notice: fun(text: string) }
---@return wxlive.platform.Consents
function M.new(o)
  return setmetatable(o, Consents)
end

return M
