--- What errors mean for a third-party platform: which link of the chain of tokens they concern; and
--- the errors of this module itself.
local Error = require "wxlive.error"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

local ticket_codes = { [61005] = true, [61006] = true }
local spent_codes = { [61009] = true, [61010] = true }
-- Withdrawn; the refresh token is not good; the account's password was changed.
local over_codes = { [61003] = true, [61023] = true, [42007] = true }

--- The platform wants a newer ticket.
function M.asks_for_ticket(err)
  return ticket_codes[err.code] or false
end

--- The code of a consent was exchanged before, has expired, or is wrong.
function M.is_spent_code(err)
  return spent_codes[err.code] or false
end

function M.is_bad_refresh_token(err)
  return err.code == 61023
end

--- The consent of the shop has ended, and only the shop can give it again.
function M.is_consent_over(err)
  return over_codes[err.code] or false
end

local function token_error(fields)
  fields.kind, fields.sent = "token", false
  return Error.new(fields)
end

local TICKET_HINT = "the platform pushes one every 10 minutes to the URL for authorization events: "
  .. "let platform.callback serve it, and check that it answers success; `wxlive platform ticket "
  .. "--push` asks the platform to push again"
local TICKET_HINT_ZH = "平台每 10 分钟向授权事件接收 URL 推送一次：请用 platform.callback 接收并确认返回 success；"
  .. "可执行 wxlive platform ticket --push 重新启动推送"

function M.no_ticket()
  return token_error {
    name = "ticket_missing", outcome = "later", unasked = true,
    message = both("no component_verify_ticket has come yet, and without one there are no tokens",
      "尚未收到 component_verify_ticket，无法获取令牌"),
    hint = TICKET_HINT, hint_zh = TICKET_HINT_ZH,
  }
end

---@param age number   seconds
function M.ticket_awaited(age)
  return token_error {
    name = "ticket_awaited", outcome = "later", unasked = true,
    message = both("the platform refused the last component_verify_ticket, which is %.1f h old; "
      .. "calls work again when the next one comes",
      "平台拒绝了最近的 component_verify_ticket（%.1f 小时前），收到新 ticket 后自动恢复"):format(age / 3600),
    hint = TICKET_HINT, hint_zh = TICKET_HINT_ZH,
  }
end

---@param gone { code: integer?, reason: string?, at: number? }
function M.gone(appid, gone)
  local when = gone.at and os.date("!%Y-%m-%d %H:%M", math.floor(gone.at + 8 * 3600))
  return token_error {
    name = "consent_withdrawn", outcome = "account", code = gone.code,
    message = both("shop %s: its consent is over%s%s", "商家 %s 的授权已失效%s%s"):format(appid,
      gone.reason and both(" (%s)", "（%s）"):format(reasons.of(gone.reason)) or "",
      when and both(" since %s Beijing time", "，自北京时间 %s 起"):format(when) or ""),
    hint = "let its administrator scan again: platform:authorization_url gives the address",
    hint_zh = "请其管理员重新扫码授权（platform:authorization_url 生成授权地址）",
  }
end

--- The platform says that a shop's consent stands, and refuses the refresh token that it names.
---@param appid string
---@param cause wxlive.Error
function M.refresh_token_unsettled(appid, cause)
  return token_error {
    name = "refresh_token_unsettled", outcome = "later", cause = cause,
    message = both("shop %s: the platform says that its consent stands, but refuses the refresh "
      .. "token that it names", "商家 %s 的授权仍有效，但平台拒绝了它给出的刷新令牌"):format(appid),
    hint = "later calls ask again; if it goes on, let the shop's administrator scan again",
    hint_zh = "稍后的调用会再次查询；若持续出现，请其管理员重新扫码授权",
  }
end

function M.unknown_shop(appid)
  return token_error {
    name = "no_consent", outcome = "account",
    message = both("shop %s: there is no consent on record, and the platform knows no refresh "
      .. "token of it", "商家 %s 没有授权记录"):format(appid),
    hint = "let its administrator scan (platform:authorization_url), or take over what the "
      .. "platform knows with platform:sync()",
    hint_zh = "请其管理员扫码授权（platform:authorization_url），或执行 platform:sync()",
  }
end

--- A shop that did not grant any of the sets that an endpoint needs.
---@param wanted integer[]
function M.not_granted(appid, endpoint, wanted)
  return Error.new {
    kind = "api", name = "permission_set_missing", class = "config", outcome = "account",
    endpoint = endpoint, sent = false,
    message = both("shop %s did not grant permission set %s, which this call needs",
      "商家 %s 未授予所需权限集 %s"):format(appid,
      both(table.concat(wanted, " or "), table.concat(wanted, " 或 "))),
    hint = "let its administrator scan again and leave the set ticked; what it granted: "
      .. "wxlive platform info " .. appid,
    hint_zh = "请其管理员重新扫码并勾选该权限集；已授予的权限集：wxlive platform info " .. appid,
  }
end

return M
