--- Error objects for each reason why there is no token, and the parts of them that are shared with
--- other processes.
local Error = require "wxlive.error"
local json = require "wxlive.json"
local outcomes = require "wxlive.errcodes.outcome"
local ration = require "wxlive.token.ration"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both = sentence.both

-- The fields of an error that are shared: no body, and nothing that could hold a token or a secret.
local shared_fields = {
  kind = "string", name = "string", code = "number", class = "string", outcome = "string",
  message = "string",
  message_zh = "string", hint = "string", hint_zh = "string", rid = "string",
  http_status = "number", sent = "boolean", retry_after = "number", endpoint = "string",
}

local TEXT_MAX = 1000

--- Marks an error as the repeated answer of an earlier token call.
---@param err wxlive.Error   changed
---@param seconds number     how long ago that call failed
---@return wxlive.Error
function M.repeated(err, seconds)
  local ago = math.max(1, math.floor(seconds + 0.5))
  err.repeated = ago
  err.message = ("%s (the token call failed %d s ago; the platform was not asked again yet)")
    :format(err.message or err.name, ago)
  if err.message_zh then
    err.message_zh = ("%s（%d 秒前获取令牌失败，尚未重新请求平台）"):format(err.message_zh, ago)
  end
  return err
end

local function pick(from)
  local out = {}
  for field, wanted in pairs(shared_fields) do
    local value = from[field]
    if type(value) == wanted then
      out[field] = wanted == "string" and value:sub(1, TEXT_MAX) or value
    end
  end
  return out
end

--- The error as text for the store.
---@param err wxlive.Error
---@param now number   when it came about
---@return string?
function M.encode(err, now)
  local note = pick(err)
  note.at_ms = math.floor(now * 1000)
  return (json.encode(note))
end

--- Reads a text of M.encode; nil for any other text.
---@param text any
---@return wxlive.Error? err
---@return number? at
function M.decode(text)
  local note = type(text) == "string" and json.decode(text)
  if type(note) ~= "table" then
    return nil
  end
  local err = pick(note)
  if not err.kind or not err.name then
    return nil
  end
  return Error.new(err), type(note.at_ms) == "number" and note.at_ms / 1000 or nil
end

--- A copy for each caller, because fields are added to an error on its way up.
---@param err wxlive.Error
---@return wxlive.Error
function M.copy(err)
  return Error.new(tables.merged(err))
end

-- Transport failures caused by the caller or this machine: nothing was sent, and another caller may
-- succeed at once.
local own_transport = {
  bad_argument = true, cancelled = true, io = true, out_of_memory = true, unsupported = true,
}

-- Failures of this caller alone: the phase from which it calls, its options, its deadline. unasked:
-- the next caller finds the reason, or that it has passed, without a request.
local function is_private(err, cut)
  return err.unasked or err.kind == "usage" or err.kind == "invalid"
    or err.kind == "transport" and err.sent == false and own_transport[err.name]
    or err.name == "cancelled" or cut and err.name == "timeout"
end

--- Whether a failed fetch may pass, needs a person, or concerns this caller alone.
---@param err wxlive.Error
---@param cut boolean  the fetch had less time than it may take
---@return "passing"|"lasting"|"private"
function M.cause(err, cut)
  if is_private(err, cut) then
    return "private"
  end
  if (err.code or err.kind == "quota") and not outcomes.passes(err) then
    return "lasting"
  end
  return "passing"
end

local reasons = {
  deadline = {
    name = "token_wait_timeout", outcome = "unsent",
    message = both(
      "the time allowed ran out while another process or coroutine was fetching the token",
      "等待其他进程或协程获取令牌超时"),
    hint = "raise timeout, or look at how long the platform takes with a token hook",
    hint_zh = "请调大 timeout，或用 token 钩子查看平台耗时",
  },
  paced = {
    name = "token_wait_timeout", outcome = "unsent",
    message = both("the time allowed ran out while the tokens of other accounts were fetched: this "
      .. "one takes its turn among all accounts of the token store",
      "等待其他账号获取令牌超时：同一令牌存储的账号依次获取"),
    hint = "start fewer accounts at a time, or raise timeout",
    hint_zh = "请减少同时启动的账号数，或调大 timeout",
  },
  store = {
    name = "token_store_failed", outcome = "unsent",
    message = both("the token store failed, and a token must not be fetched without it: "
      .. "that would kill the token of another process",
      "令牌存储不可用，此时不能获取令牌：那会使其他进程的令牌失效"),
    hint = "repair the store; with a secret of your own, token_mode = \"stable\" can do without",
    hint_zh = "请修复令牌存储；自有 secret 时也可改用 token_mode = \"stable\"（不依赖存储）",
  },
  bad_token = {
    name = "bad_token", sent = true,
    message = both("what was fetched cannot be used as a token: it is empty, longer than 2048 "
      .. "bytes, holds spaces or control characters, or has no life left",
      "取得的内容不能用作令牌：为空、超过 2048 字节、含空白或控制字符，或已过期"),
    hint = "check what answers at base_url, or what token_provider returns",
    hint_zh = "请检查 base_url 的应答或 token_provider 的返回值",
  },
  same = {
    name = "token_refused_again", sent = true,
    message = both("the platform refuses the token, and the same one is handed out again",
      "平台拒绝该令牌，而再次取得的仍是同一个令牌"),
    hint = "does the token belong to this appid? Is a token_provider keeping an old one?",
    hint_zh = "请确认令牌属于该 appid，且 token_provider 没有缓存旧令牌",
  },
  ration = {
    name = "forced_refresh_rationed", sent = true,
    hint = "if it goes on, another program forces refreshes for this appid: share one token store",
    hint_zh = "如持续出现，说明有其他程序在强制刷新该 appid 的令牌，请共用令牌存储",
  },
  contested = {
    name = "token_contested", sent = true, retry_after = 30,
    message = both("the token was replaced a moment ago and is refused again: another program "
      .. "keeps fetching tokens for this appid", "令牌刚刚更换，又被平台拒绝：有其他程序在不断获取该 appid 的令牌"),
    hint = "share one token store with it; with a secret of your own, or use "
      .. "token_mode = \"stable\" everywhere",
    hint_zh = "请与该程序共用令牌存储；自有 secret 时也可全部改用 token_mode = \"stable\"",
  },
}

local function again_at(wait, now)
  return os.date("!%Y-%m-%d %H:%M:%S", math.floor(now + wait + 8 * 3600))
end

--- The error object for a reason of the state machine.
---@param reason string
---@param about { wait: number?, now: number, cause: wxlive.Error? }
---@return wxlive.Error
function M.new(reason, about)
  local err = M.copy(reasons[reason] or reasons.same)
  err.kind, err.sent, err.cause = "token", err.sent or false, about.cause
  if reason == "ration" then
    local wait = about.wait or ration.GAP
    err.retry_after = wait
    err.message = both("the platform refuses the token that it keeps handing out, and allows a "
      .. "forced refresh only %d times a day, %d s apart: again at %s Beijing time",
      "平台拒绝它反复给出的令牌，而强制刷新每天限 %d 次、间隔 %d 秒：北京时间 %s 后可再次刷新")
      :format(ration.A_DAY, ration.GAP, again_at(wait, about.now))
    sentence.split(err)
  end
  return err
end

--- An error object from the value that a user's function returned or raised.
---@param what string  the function's name, for the message
---@param given any
---@return wxlive.Error
function M.from(what, given)
  if Error.is(given) then
    return given
  end
  return Error.new {
    kind = "token", name = what .. "_failed", sent = false,
    message = both("%s failed: %s", "%s 失败：%s"):format(what, Error.reason(given)),
  }
end

return M
