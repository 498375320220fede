--- From the platform's answer to a result or an error object. Pure.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local outcomes = require "wxlive.errcodes.outcome"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both, compose = sentence.both, sentence.compose

local TOO_MANY_REQUESTS = 429

-- Endpoint -> what its answers are read by.
local contracts = tables.memo(require("wxlive.client.contract").of)

--- The platform's id of a request, out of its errmsg; and the errmsg without it.
---@param errmsg string
---@return string message
---@return string? rid
function M.split_rid(errmsg)
  local rid = errmsg:match("rid:%s*([%x%-]+)")
  local message = errmsg:gsub("%s*,?%s*rid:%s*[%x%-]+%s*", ""):gsub("%s*hints?:%s*%b[]", "")
  return message, rid
end

-- The err.kind of an errcode, by its class.
local kinds = { quota = "quota", refresh_token = "token" }

-- "No rows" is a success only of the calls whose empty list it is (entry.empty). To others it is a
-- failure like any: a reader has nothing, and of a write it does not say that nothing was done.
local function outcome_of(entry, about)
  if about.outcome ~= "ok" then
    return about.outcome
  end
  return entry.retry == "read" and "refused" or "unknown"
end

local function api_error(entry, answer, resp)
  local code = answer.errcode
  -- Loaded with the first error: the table of texts is a tenth of all code that a program loads.
  local about = require("wxlive.errcodes").get(code, entry.auth == "none")
  local said, rid = M.split_rid(type(answer.errmsg) == "string" and answer.errmsg or "")
  -- Beside an errcode there may be tokens all the same.
  local body = not entry.confidential and answer or { errcode = code, errmsg = answer.errmsg }
  -- In both languages: an errmsg may name what is to be changed, such as an IP.
  local quoted = said ~= "" and said ~= about.message and " [" .. said .. "]" or ""
  return Error.fail {
    kind = kinds[about.class] or "api", name = about.name, code = code, class = about.class,
    outcome = outcome_of(entry, about), message = about.message .. quoted,
    message_zh = about.zh and about.zh .. quoted, hint = about.hint, hint_zh = about.hint_zh,
    rid = rid, endpoint = entry.name, http_status = resp.status, body = body,
    raw_body = not entry.confidential and resp.body or nil, sent = true,
  }
end

-- An answer that may hold a token: nothing of it is quoted.
local function excerpt(entry, body)
  if entry.confidential or body == "" then
    return ""
  end
  local start = body:sub(1, 60):gsub("[^\32-\126]", ".")
  return both(" (it begins: %s)", "（开头为：%s）"):format(start)
end

-- malformed: what is wrong with the JSON text, and where
local function unreadable(entry, resp, what, malformed)
  local message = compose(what,
    malformed and both(": %s", "：%s"):format(reasons.of(malformed)) or "",
    excerpt(entry, resp.body))
  if resp.status < 200 or resp.status > 299 then
    local passing = resp.status >= 500 or resp.status == TOO_MANY_REQUESTS
    return Error.fail {
      kind = "http", name = "http_" .. resp.status, endpoint = entry.name, sent = true,
      http_status = resp.status, retry_after = resp.retry_after,
      message = both("the platform answered HTTP %d: %s", "平台返回 HTTP %d：%s"):format(resp.status,
        message),
      hint = passing and "usually temporary; try again later"
        or "check base_url, and that nothing between you and the platform changes requests",
      hint_zh = passing and "多为临时故障，请稍后再试"
        or "请检查 base_url 以及中间代理是否改写了请求",
    }
  end
  return Error.fail {
    kind = "decode", name = "bad_answer", endpoint = entry.name, sent = true,
    http_status = resp.status, message = message, malformed = malformed,
    hint = "usually an outage or a proxy on the way; try again later",
    hint_zh = "多为平台故障或中间代理所致，请稍后再试",
  }
end

-- The error for an answer without a failure that lacks the main result of the call.
local function incomplete(entry, answer, resp, field, problem)
  return Error.fail {
    kind = "decode", name = "bad_answer", endpoint = entry.name, sent = true, field = field,
    http_status = resp.status, message = both("the answer is not complete: %s", "应答不完整：%s")
      :format(problem),
    -- The answer may hold an id that exists nowhere else.
    body = not entry.confidential and answer or nil,
    hint = "usually an outage, or a proxy that changes answers; try again later",
    hint_zh = "多为平台故障或中间代理改写了返回内容所致，请稍后再试",
  }
end

-- The empty result for endpoints that answer "no rows" by an errcode.
local function no_rows(entry)
  return contracts[entry]:fill(tables.merged(entry.empty_result))
end

-- The file that an answer holds; nil when it holds JSON.
local function downloaded(resp, body)
  if resp.saved then
    if (resp.size or 0) > 0 then
      return { path = resp.saved, size = resp.size, content_type = resp.content_type }
    end
  elseif body ~= ""
    and not require("wxlive.client.download").is_refusal(resp.content_type, body) then
    return { content = body, size = #body, content_type = resp.content_type }
  end
end

--- Reads an answer.
---@param entry table    of the catalogue
---@param resp table     { status=, body=, content_type=, saved=, size= }
---@return table? result
---@return wxlive.Error? err
function M.read(entry, resp)
  local body = resp.body or ""
  local status = resp.status
  local good = status >= 200 and status <= 299
  if entry.result_kind == "binary" and good then
    local file = downloaded(resp, body)
    if file then
      return file
    end
  end
  if body == "" then
    return unreadable(entry, resp, both("the answer is empty", "应答为空"))
  end
  local contract = contracts[entry]
  local answer, reason, short = contract.read(body)
  if reason then
    return unreadable(entry, resp, both("the answer is not JSON", "应答不是 JSON"), reason)
  -- The keys of an object are strings, and only an empty list has a metatable.
  elseif type(answer) ~= "table" or answer[1] ~= nil or getmetatable(answer) then
    return unreadable(entry, resp, both("the answer is not a JSON object", "应答不是 JSON 对象"))
  end
  local code = answer.errcode
  if code == nil or code == 0 then
    if not good then
      return unreadable(entry, resp, both("without an errcode", "没有 errcode"))
    end
    answer.errcode, answer.errmsg = nil, nil
    if code == nil and contract:is_strange(answer) then
      return incomplete(entry, answer, resp, "errcode", both("errcode is missing", "errcode 缺失"))
    end
    if short or contract.open then
      local field, problem = contract:check(answer, short)
      if field then
        return incomplete(entry, answer, resp, field, problem)
      end
    end
    return answer
  end
  if not compat.is_integer(code) then
    return unreadable(entry, resp, both("the errcode is not a number", "errcode 不是数字"))
  end
  if code ~= 0 and outcomes.meaning(entry, code) == "empty" then
    return no_rows(entry)
  end
  return api_error(entry, answer, resp)
end

return M
