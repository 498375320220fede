--- Bytes of a request and of its answer over a cosocket, each step within the time that is left.
--
-- Failures are { status =, message =, sent = true }: the peer may have seen something. `broken` is
-- set when the connection broke; a kept connection that was already dead fails in this way.
local core = require "wxlive.core"
local dial = require "wxlive.transport.cosocket.dial"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

local monotonic = core.system.monotonic

local RECEIVE = 65536

--- A body up to this size is appended to the head, which is cheaper than a list of pieces.
M.JOIN = 16384

-- The time-outs of a socket are set again only after this long, therefore they may be late by as
-- much.
local FRESH_SECONDS = 0.005

local SENDING = both("sending the request", "发送请求")
local WAITING = both("waiting for the answer", "等待应答")

local function timed_out(out, what)
  return nil, {
    status = "timeout", sent = true,
    message = both("%s:%d: the time allowed ran out while %s", "%s:%d：%s超时")
      :format(out.origin.host, out.origin.port, what),
  }
end

local function broke(out, err, what)
  if err == "timeout" then
    return timed_out(out, what)
  end
  return nil, {
    status = "connection_lost", sent = true, broken = true,
    message = both("the connection to %s:%d broke while %s: %s", "与 %s:%d 的连接在%s时中断：%s")
      :format(out.origin.host, out.origin.port, what, tostring(err)),
  }
end

local function set_time(sock, out)
  if monotonic() - out.timed_at < FRESH_SECONDS then
    return true
  end
  local ms = dial.left_ms(out.deadline)
  if not ms then
    return false
  end
  sock:settimeouts(ms, ms, ms)
  out.timed_at = monotonic()
  return true
end

local function send_piece(sock, out, piece)
  if not set_time(sock, out) then
    return timed_out(out, SENDING)
  end
  local ok, err = sock:send(piece)
  if not ok then
    return broke(out, err, SENDING)
  end
  return true
end

--- Sends head and body, files in pieces.
---@param sock table
---@param out table
---@param head string
---@return true? ok
---@return table? reason
function M.send(sock, out, head)
  local body = out.request.body
  if body and #body > M.JOIN then
    head = { head, body }
  end
  local ok, reason = send_piece(sock, out, head)
  if not ok or not out.form then
    return ok, reason
  end
  return out.form:write(function(piece)
    return send_piece(sock, out, piece)
  end)
end

--- Reads more of the answer.
---@param sock table
---@param out table
---@param x userdata   the exchange
---@return "head"|"body"|"done"|nil state
---@return table? reason
function M.receive(sock, out, x)
  if not set_time(sock, out) then
    return timed_out(out, WAITING)
  end
  local bytes, err = sock:receiveany(RECEIVE)
  local state, reason
  if bytes then
    state, reason = x:feed(bytes)
  elseif err == "closed" then
    state, reason = x:eof()
  else
    return broke(out, err, WAITING)
  end
  if not state then
    -- The caller sees a head that is too long as an answer that is too large.
    local status = reason.status == "limit_exceeded" and "too_large" or reason.status
    reason = {
      status = status, sent = true, broken = status == "connection_lost",
      message = both("%s:%d: %s", "%s:%d：%s")
        :format(out.origin.host, out.origin.port, reasons.of(reason.message)),
    }
  end
  return state, reason
end

return M
