--- The shops of a platform: the consent page, taking consents over, the list of shops. The
--- functions are methods of wxlive.Platform.
local Error = require "wxlive.error"
local core = require "wxlive.core"
local json = require "wxlive.json"
local options = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

local REAL = "https://api.weixin.qq.com"

-- The consent page for a shop's administrator, by its kind. Both must be opened from a page of the
-- domain that the open platform's console names.
local pages = {
  pc = { host = "https://mp.weixin.qq.com", path = "/cgi-bin/componentloginpage", first = "?",
    last = "" },
  phone = { host = "https://open.weixin.qq.com", path = "/wxaopen/safe/bindcomponent",
    first = "?action=bindcomponent&no_scan=1&", last = "#wechat_redirect" },
}

-- auth_type of the consent page for mini programs.
local MINI_PROGRAMS = 2

local PAGE = 500

local function invalid(where, field, message)
  return Error.fail { kind = "invalid", name = "invalid_parameters", field = field, sent = false,
    message = both("%s: %s %s", "%s：%s %s"):format(where, field, message) }
end

local known_url_options = {
  redirect_uri = "string", kind = "string", auth_type = "number", category_ids = "table",
  biz_appid = "string", timeout = "number",
}

local function wrong_url_option(given)
  if not given.redirect_uri or not given.redirect_uri:find("^https?://[^%s]+$") then
    return "redirect_uri", both("must be the address that the shop is sent back to (https://...)",
      "应为授权后跳转回的地址（https://...）")
  elseif given.kind and not pages[given.kind] then
    return "kind", both('must be "pc" (shows a QR code) or "phone"', "应为 pc（显示二维码）或 phone")
  elseif given.auth_type and (given.auth_type % 1 ~= 0 or given.auth_type < 1) then
    return "auth_type", both("must be a whole number: 2 for mini programs", "应为整数，小程序为 2")
  end
  for _, id in ipairs(given.category_ids or {}) do
    if type(id) ~= "number" or id % 1 ~= 0 or id < 1 then
      return "category_ids", both("must be numbers of permission sets, such as { 52, 19 }",
        "应为权限集编号，例如 { 52, 19 }")
    end
  end
end

--- The address of the page on which a shop's administrator consents. It works for some minutes.
---@param given { redirect_uri: string, kind: ("pc"|"phone")?, auth_type: integer?,
---  category_ids: integer[]?, biz_appid: string?, timeout: number? }   kind: pc when left out;
---  category_ids: permission sets to ask for, all of the platform's when left out (52: live; 19 or
---  30 beside it: pictures); biz_appid: one mini program only
---@return string|nil url
---@return integer|wxlive.Error expires_in   seconds for which it works
function M:authorization_url(given)
  local where = "platform:authorization_url"
  local ok, err = options.check(where, given, known_url_options)
  if not ok then
    return nil, err
  end
  local field, message = wrong_url_option(given)
  if field then
    return invalid(where, field, message)
  end
  local answer
  answer, err = self:call("create_preauth_code", {}, { timeout = given.timeout })
  if not answer then
    return nil, err
  end
  local page, query = pages[given.kind or "pc"], {}
  local function put(name, value)
    if value then
      query[#query + 1] = name .. "=" .. core.text.escape(tostring(value))
    end
  end
  put("component_appid", self.appid)
  put("pre_auth_code", answer.pre_auth_code)
  put("redirect_uri", given.redirect_uri)
  put("auth_type", not given.biz_appid and ("%d"):format(given.auth_type or MINI_PROGRAMS))
  put("biz_appid", given.biz_appid)
  local ids = tables.map(given.category_ids or {}, function(id) return ("%d"):format(id) end)
  put("category_id_list", ids[1] and table.concat(ids, "|"))
  -- A sandbox has the pages itself.
  local host = self.base.base_url == REAL and page.host or self.base.base_url
  return host .. page.path .. page.first .. table.concat(query, "&") .. page.last, answer.expires_in
end

local function state_of(record)
  return record.gone and "withdrawn" or record.refresh_token and "consented"
    or record.code and "pending" or "unknown"
end

-- The fields of a record that callers may see.
local function shown(record)
  local sets = record.sets
  local granted = sets and tables.set(sets)
  local function any(wanted)
    return granted and tables.find(wanted, function(id) return granted[id] end) ~= nil
  end
  local by_name = require("wxlive.catalogue").by_name
  return {
    appid = record.appid, nick_name = record.nick_name, user_name = record.user_name,
    state = state_of(record), reason = record.gone and record.gone.reason,
    code = record.gone and record.gone.code,
    since = record.since, sets = sets,
    live = any(by_name.create_room.sets), uploads = any(by_name.upload_media.sets),
  }
end

--- Takes a shop's consent over: exchanges the code that it came back with. The page to which the
--- shop returns and the push of the same consent may both call this; the code is exchanged once.
---@param auth_code string
---@return wxlive.Broadcast? live   the shop's client
---@return wxlive.Error? err
function M:authorize(auth_code)
  if type(auth_code) ~= "string" or auth_code == "" or auth_code:find("[%s%c]") then
    return invalid("platform:authorize", "auth_code", both("must be the auth_code of the redirect",
      "应为跳转地址中的 auth_code"))
  end
  local appid, err = self.consents:take(auth_code, nil, self.base.read_timeout)
  if not appid then
    return nil, err
  end
  self:get_acquainted(appid, 3)
  return self:shop(appid)
end

--- Learns a new shop's names, by which its events can be recognised. Failures are ignored.
---@param appid string
---@param seconds number
function M:get_acquainted(appid, seconds)
  local record = self.records:shop(appid)
  if record and not record.user_name and seconds > 0 then
    self.consents:look_up(appid, seconds)
  end
end

---@class wxlive.ShopInfo
---@field appid string
---@field state "consented"|"withdrawn"|"pending"|"unknown"   pending: announced, not exchanged yet
---@field sets integer[]?      permission sets that it granted; nil: not known
---@field live boolean?        whether they allow live calls; nil: not known
---@field uploads boolean?     whether they allow pictures; nil: not known
---@field since integer?       when it consented, Unix seconds
---@field reason string?       why it is withdrawn
---@field code integer?        the platform's errcode that said so
---@field nick_name string?
---@field user_name string?    original id (gh_...)

--- The record of a shop. With `fresh`, or when its permission sets or its names are unknown, it
--- asks the platform.
---@param appid string
---@param given { fresh: boolean? }?
---@return wxlive.ShopInfo? info
---@return wxlive.Error? err
function M:shop_info(appid, given)
  local record, err = self.records:shop(appid)
  if err then
    return nil, err
  end
  local fresh, known = given and given.fresh, record and record.sets and record.user_name
  if fresh or record and not known and not record.gone then
    local answer, why = self.consents:look_up(appid)
    if answer then
      record = answer.record
    elseif not fresh and record.sets then -- luacheck: ignore 542
      -- The record is enough.
    elseif record and require("wxlive.platform.errors").is_consent_over(why) then
      record = self.consents:withdraw(appid, why, { since = record.since }) or record
    else
      return nil, why
    end
  end
  if not record then
    return nil, require("wxlive.platform.errors").unknown_shop(appid)
  end
  return shown(record)
end

--- Goes through the shops that gave consent: for appid, info in platform:shops() do ... end
---@param given { all: boolean? }?   all: also those whose consent is over or not exchanged yet
---@return fun(): string?, wxlive.ShopInfo?   raises when the vault fails
function M:shops(given)
  local appids, err = self.records:appids()
  if not appids then
    error(err, 2)
  end
  local i = 0
  return function()
    while true do
      i = i + 1
      local appid = appids[i]
      if not appid then
        return nil
      end
      local record, why = self.records:shop(appid)
      if why then
        error(why, 2)
      end
      local info = record and shown(record)
      if info and (given and given.all or info.state == "consented") then
        return appid, info
      end
    end
  end
end

-- All rows of the platform's list. total_count may be wrong: pages are read until one brings
-- nothing new.
local function listed(self)
  local rows, seen, offset = {}, {}, 0
  while true do
    local page, err = self:call("get_authorizer_list", { offset = offset, count = PAGE })
    if not page then
      return nil, err
    end
    local new = false
    for _, row in ipairs(page.list) do
      if not seen[row.authorizer_appid] then
        seen[row.authorizer_appid], new = row, true
        rows[#rows + 1] = row
      end
    end
    offset = offset + #page.list
    if not new or #page.list < PAGE and (page.total_count or 0) <= offset then
      return rows, nil, seen
    end
  end
end

--- Takes over the platform's list of shops and their refresh tokens. It repairs a vault that is
--- empty or older than the consents.
---@return { shops: integer, new: string[], changed: string[], missing: string[],
---  failed: table<string, wxlive.Error> }? summary   missing: consented shops that are not in the
---  list; they are left alone, and their next call shows whether they withdrew
---@return wxlive.Error? err
function M:sync()
  local rows, err, seen = listed(self)
  if not rows then
    return nil, err
  end
  local summary = {
    shops = #rows, new = json.array {}, changed = json.array {}, missing = json.array {},
    failed = {},
  }
  for _, row in ipairs(rows) do
    local appid, token = row.authorizer_appid, row.refresh_token
    local record, why = self.records:shop(appid)
    if why then
      return nil, why
    end
    local is_new = not record or record.gone or not record.refresh_token
    local differs = token and token ~= "" and record and token ~= record.refresh_token
      and token ~= record.former
    local ok = true
    if is_new and (not token or token == "") or not record or not record.sets then
      ok, why = self.consents:look_up(appid)
    end
    if ok and token and token ~= "" and (is_new or differs) then
      ok, why = self.consents:keep(appid, { refresh_token = token })
    end
    if not ok then
      summary.failed[appid] = why
    elseif is_new then
      summary.new[#summary.new + 1] = appid
    elseif differs then
      summary.changed[#summary.changed + 1] = appid
    end
  end
  local appids
  appids, err = self.records:appids()
  for _, appid in ipairs(appids or {}) do
    local record, why = self.records:shop(appid)
    err = err or why
    if record and not seen[appid] and state_of(record) == "consented" then
      summary.missing[#summary.missing + 1] = appid
    end
  end
  return not err and summary or nil, err
end

return M
