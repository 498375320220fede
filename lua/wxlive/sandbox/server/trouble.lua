--- What each kind of fault does to a call. `server` does the work, the writing and the timing.
local calls = require "wxlive.sandbox.server.calls"
local faults = require "wxlive.sandbox.server.faults"
local shortfall = require "wxlive.sandbox.server.shortfall"

local M = {}

local function errcode(call, fault, why)
  local code = fault.code or -1
  local text = code == -1 and "system error" or "fault " .. code
  local answer = calls.error_answer(call, code, text)
  answer.why = why
  return answer
end

local function page(fault, status)
  local answer = calls.html(status, status == 429 and "Too Many Requests" or "Bad Gateway",
    "fault " .. fault.kind)
  answer.body = fault.body or answer.body
  if fault.retry_after then
    answer.headers = { ["Retry-After"] = tostring(fault.retry_after) }
  end
  return answer
end

local function cut(exchange, answer, bytes)
  exchange:respond {
    status = answer.status, headers = { ["Content-Type"] = answer.content_type },
    body = answer.body:sub(1, bytes), length = math.max(#answer.body, bytes + 1),
  }
end

-- Kinds that answer without doing the work.
function M.errcode_before(server, exchange, call, fault)
  server:deliver(exchange, call, errcode(call, fault, "fault errcode_before: nothing was done"))
end

function M.reset_before(server, exchange, call)
  server:gone(call, "fault reset_before: nothing was done")
  exchange:reset()
end

function M.stale(server, exchange, call)
  server:gone(call, "fault stale: the kept-alive connection was closed, nothing was done")
  exchange:close()
end

function M.rate(server, exchange, call, fault)
  fault.retry_after = fault.retry_after or 1
  server:deliver(exchange, call, page(fault, 429))
end

-- Kinds that can strike before or after the work.
function M.http(server, exchange, call, fault)
  if fault.when == "after" then
    server:work(call)
  end
  server:deliver(exchange, call, page(fault, fault.status or 502))
end

function M.close(server, exchange, call, fault)
  local done = fault.when == "after"
  if done then
    server:work(call)
  end
  server:gone(call, "fault close: " .. (done and "after the work" or "nothing was done"))
  exchange:close()
end

function M.delay(server, exchange, call, fault)
  local seconds = fault.seconds or 1
  if fault.when == "after" then
    local answer = server:work(call)
    server:later(seconds, function()
      server:deliver(exchange, call, answer)
    end)
  else
    server:later(seconds, function()
      server:deliver(exchange, call, server:work(call))
    end)
  end
end

-- Kinds that change the token and then let the call proceed.
function M.expire_token(server, exchange, call)
  server.platform.tokens:expire(call.token)
  server:deliver(exchange, call, server:work(call))
end

function M.steal_token(server, exchange, call)
  server.platform.tokens:steal(call.token)
  server:deliver(exchange, call, server:work(call))
end

-- Kinds that spoil the answer after the work was done. They leave a refusal as it is.
local function after(spoil)
  return function(server, exchange, call, fault)
    local answer = server:work(call)
    if answer.errcode ~= 0 then
      faults.give_back(fault)
      server:deliver(exchange, call, answer)
      return
    end
    answer.why = "fault " .. fault.kind .. ": the work was done"
    spoil(server, exchange, call, fault, answer)
  end
end

M.errcode_after = after(function(server, exchange, call, fault, answer)
  server:deliver(exchange, call, errcode(call, fault, answer.why))
end)

M.multiply = after(function(server, exchange, call, fault, answer)
  for _ = 2, fault.count or 3 do
    server:work(call)
  end
  server:deliver(exchange, call, errcode(call, fault, answer.why))
end)

M.reset_after = after(function(server, exchange, call, _, answer)
  server:gone(call, answer.why)
  exchange:reset()
end)

M.truncate = after(function(server, exchange, call, fault, answer)
  server:gone(call, answer.why)
  cut(exchange, answer, fault.bytes or math.floor(#answer.body / 2))
  exchange:close()
end)

M.slow_body = after(function(server, exchange, call, fault, answer)
  local pieces = fault.pieces or 10
  local size = math.max(math.ceil(#answer.body / pieces), 1)
  local pause = (fault.seconds or 2) / pieces
  local at = 0
  server:gone(call, answer.why)
  exchange:respond {
    status = answer.status, headers = { ["Content-Type"] = answer.content_type },
    body = "", length = #answer.body,
  }
  local function more()
    local going = exchange:send(answer.body:sub(at + 1, at + size))
    at = at + size
    if going and at < #answer.body then
      server:later(pause, more)
    end
  end
  server:later(pause, more)
end)

local function altered(change)
  return after(function(server, exchange, call, _, answer)
    change(answer)
    server:deliver(exchange, call, answer)
  end)
end

M.bad_json = altered(function(answer)
  answer.body = answer.body:sub(1, -2) .. ",,"
end)

M.empty = altered(function(answer)
  answer.body = ""
end)

M.null = altered(function(answer)
  answer.body = "null"
end)

-- Answers that say "ok" but lack data. Struck before the work, the answer holds nothing but the
-- spoilt field.
local function fall_short(server, exchange, call, fault)
  local before = fault.when == "before" and call.entry ~= nil
  local answer = before and { errcode = 0, result = {} } or server:work(call)
  local spoilt = answer.errcode == 0 and answer.result
    and shortfall.spoil(call.entry.name, fault, answer.result)
  if not spoilt then
    faults.give_back(fault)
    server:deliver(exchange, call, before and server:work(call) or answer)
    return
  end
  answer = calls.success(call, spoilt)
  answer.why = ("fault %s: %s"):format(fault.kind, before and "nothing was done"
    or "the work was done")
  server:deliver(exchange, call, answer)
end

for _, kind in ipairs(shortfall.kinds) do
  M[kind] = fall_short
end

M.string_errcode = altered(function(answer)
  answer.body = answer.body:gsub('"errcode":(%-?%d+)', '"errcode":"%1"')
end)

M.text_plain = altered(function(answer)
  answer.content_type = "text/plain"
end)

return M
