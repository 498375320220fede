--- Refusals of the sandbox: errcode, the platform's own text, and the reason in plain words.
--
-- The platform's words may mislead (that is the point of copying them); `why` goes to the log only,
-- unless the platform has no text for the code.
local options_of = require "wxlive.base.options"

local M = {}

local texts = {
  [-1] = "system error",
  [-2] = "system error",
  [1001] = "invalid args",
  [1003] = "goods not found",
  [40001] = "invalid credential, access_token is invalid or not latest, could get access_token by "
    .. "getStableAccessToken",
  [40002] = "invalid grant_type",
  [40004] = "invalid media type",
  [40005] = "invalid file type",
  [40007] = "invalid media_id",
  [40009] = "invalid image size",
  [40013] = "invalid appid",
  [40014] = "invalid access_token",
  [40033] = "invalid charset",
  [40097] = "invalid args",
  [40125] = "invalid appsecret",
  [40137] = "invalid image format",
  [40164] = "invalid ip 127.0.0.1, not in whitelist",
  [40170] = "args count exceed count limit",
  [40201] = "invalid url",
  [40202] = "invalid action",
  [40203] = "invalid check_operator",
  [41001] = "access_token missing",
  [41002] = "appid missing",
  [41004] = "appsecret missing",
  [41005] = "media data missing",
  [41006] = "media_id missing",
  [41018] = "component_appid missing",
  [42001] = "access_token expired",
  [42007] = "access_token and refresh_token exception",
  [43001] = "require GET method",
  [43002] = "require POST method",
  [44001] = "empty media data",
  [44002] = "empty post data",
  [45001] = "media size out of limit",
  [45009] = "reach max api daily quota limit",
  [45011] = "api minute-quota reach limit, must slower, retry next minute",
  [47001] = "data format error",
  [48006] = "forbid to clear quota because of reaching the limit",
  [61003] = "component is not authorized by this account",
  [61004] = "access clientip is not registered",
  [61005] = "component ticket is expired",
  [61006] = "component ticket is invalid",
  [61007] = "api is unauthorized to component",
  [61009] = "code is invalid",
  [61010] = "code is expired",
  [61011] = "invalid component",
  [61014] = "must use component token for component api",
  [61015] = "must use api token for api",
  [61016] = "function category of API need be confirmed by component",
  [61023] = "refresh_token is invalid",
  [61024] = "must use api(api_component_token) to get token for component acct",
  [76001] = "rid not found",
  [76002] = "invalid rid",
  [76003] = "path should start with /, or rid does not belong to the account",
  [76004] = "rid expired",
  [76021] = "cgi_path not found",
  [76022] = "could not use this cgi_path, no permission",
  [268489001] = "live platform is under maintenance",
  [300002] = "name length invalid",
  [300003] = "price invalid",
  [300004] = "goods name illegal",
  [300006] = "goods img upload fail",
  [300007] = "goods url invalid",
  [300009] = "reset audit fail",
  [300010] = "goods auditStatus can not submit audit",
  [300011] = "goods can not be operated by api",
  [300012] = "audit quota limit",
  [300014] = "goods is auditing, can't delete",
  [300015] = "goodsId is not exist",
  [300017] = "goods is not auditing, can't reset review",
  [300018] = "product image width or height more than 300px",
  [300021] = "add goods success, but submit audit fail",
  [300022] = "roomid is not exsit",
  [300023] = "the current room status does not allow this operation",
  [300024] = "goods not exist",
  [300025] = "goods audit not pass",
  [300026] = "room goods is full",
  [300028] = "room name illegal",
  [300029] = "anchor name illegal",
  [300030] = "anchorWechat invalid",
  [300031] = "coverImg invalid",
  [300032] = "shareImg invalid",
  [300033] = "room goods over limit",
  [300034] = "anchorName length invalid",
  [300035] = "anchorWechat not exist",
  [300036] = "anchorWechat is not realname",
  [300037] = "feedsImg invalid",
  [300038] = "customer service is not set",
  [300039] = "subAnchorWechat invalid",
  [300040] = "name has special characters",
  [300041] = "createrWechat invalid",
  [300042] = "can not edit room while pushing stream",
  [300044] = "goods has no video",
  [300045] = "goods video is not ready",
  [300046] = "goods video create fail",
  [300047] = "other goods is pushing",
  [300049] = "can not change sale status while pushing",
  [300050] = "goods list is empty",
  [300052] = "goods is not on sale",
  [300053] = "goods is not in the room",
  [400001] = "wechat invalid",
  [400002] = "need realname",
  [400003] = "role count over limit",
  [400004] = "role exist",
  [400005] = "anchor has rooms not started",
  [500001] = "sub anchor invalid",
  [500002] = "sub anchor is not realname",
  [500003] = "sub anchor exist",
  [500004] = "sub anchor repeat",
  [500005] = "sub anchor can not be the anchor",
  [600001] = "assistant exist",
  [600002] = "user not exist",
  [9410000] = "empty room list",
  [9410005] = "other room has pushed today",
  [9410006] = "room is not living",
}

local Refusal = { __name = "wxlive.sandbox.Refusal" }

---@class wxlive.sandbox.Refusal
---@field code integer
---@field text string      errmsg without its rid
---@field why string       for the log
---@field fields table?    what else the answer holds, such as qrcode_url
---@field http integer?    status of the page that is the answer, instead of an errcode

--- Ends the call that is worked on: raises a refusal, which `catch` takes.
---@param code integer?   nil: with `http`, and of what is not a call
---@param why string
---@param more { text: string?, fields: table?, http: integer? }?   http: a page of this status
---  instead of an errcode
function M.refuse(code, why, more)
  more = more or {}
  error(setmetatable({
    code = code, text = more.text or texts[code] or why, why = why, fields = more.fields,
    http = more.http,
  }, Refusal), 0)
end

--- Ends a control operation, or the sandbox's start, with a reason.
---@param why string
function M.deny(why)
  M.refuse(nil, why)
end

--- Denies options that are unknown, or not of their type.
---@param where string   stands before the reason
---@param given table
---@param known table<string, string>
function M.check_options(where, given, known)
  local ok, err = options_of.check(where, given, known)
  if not ok then
    M.deny(err.message)
  end
end

-- An error other than a refusal is a fault of the sandbox: its log says where.
local function traced(raised)
  return getmetatable(raised) == Refusal and raised or debug.traceback(tostring(raised), 2)
end

--- Calls work(...). Gives what it returns, or nil and the refusal that it raised.
---@param work fun(...): any
---@return any result
---@return wxlive.sandbox.Refusal?
function M.catch(work, ...)
  local fine, result = xpcall(work, traced, ...)
  if fine then
    return result
  elseif getmetatable(result) ~= Refusal then
    error(result, 0)
  end
  return nil, result
end

return M
