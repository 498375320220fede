--- Bytes of a request and of its answer over a cosocket, each step within the time that is left.
--
-- Failures are { status =, message =, sent = true }: the peer may have seen something. `broken` is
-- set when the connection broke; a kept connection that was already dead fails in this way.
local core = require "wxlive.core"
local dial = require "wxlive.transport.cosocket.dial"

local M = {}

local monotonic = core.system.monotonic

local RECEIVE = 65536

--- A body up to this size is appended to the head, which is cheaper than a list of pieces.
M.JOIN = 16384

-- The time-outs of a socket are set again only after this long, therefore they may be late by as
-- much.
local FRESH_SECONDS = 0.005

local function timed_out(plan, what)
  return nil, {
    status = "timeout", sent = true,
    message = ("%s:%d: the time allowed ran out while %s"):format(plan.place.host,
      plan.place.port, what),
  }
end

local function broke(plan, err, what)
  if err == "timeout" then
    return timed_out(plan, what)
  end
  return nil, {
    status = "connection_lost", sent = true, broken = true,
    message = ("the connection to %s:%d broke while %s: %s"):format(plan.place.host,
      plan.place.port, what, tostring(err)),
  }
end

local function set_time(sock, plan)
  if monotonic() - plan.timed_at < FRESH_SECONDS then
    return true
  end
  local ms = dial.left_ms(plan.deadline)
  if not ms then
    return false
  end
  sock:settimeouts(ms, ms, ms)
  plan.timed_at = monotonic()
  return true
end

local function send_piece(sock, plan, piece)
  if not set_time(sock, plan) then
    return timed_out(plan, "sending the request")
  end
  local ok, err = sock:send(piece)
  if not ok then
    return broke(plan, err, "sending the request")
  end
  return true
end

--- Sends head and body, files in pieces.
---@param sock table
---@param plan table
---@param head string
---@return true? ok
---@return table? reason
function M.send(sock, plan, head)
  local body = plan.request.body
  if body and #body > M.JOIN then
    head = { head, body }
  end
  local ok, reason = send_piece(sock, plan, head)
  if not ok or not plan.form then
    return ok, reason
  end
  return plan.form:write(function(piece)
    return send_piece(sock, plan, piece)
  end)
end

--- Reads more of the answer.
---@param sock table
---@param plan table
---@param x userdata   the exchange
---@return "head"|"body"|"done"|nil state
---@return table? reason
function M.receive(sock, plan, x)
  if not set_time(sock, plan) then
    return timed_out(plan, "waiting for the answer")
  end
  local bytes, err = sock:receiveany(RECEIVE)
  local state, reason
  if bytes then
    state, reason = x:feed(bytes)
  elseif err == "closed" then
    state, reason = x:eof()
  else
    return broke(plan, err, "waiting for the answer")
  end
  if not state then
    -- The caller sees a head that is too long as an answer that is too large.
    local status = reason.status == "limit_exceeded" and "too_large" or reason.status
    reason = {
      status = status, sent = true, broken = status == "connection_lost",
      message = ("%s:%d: %s"):format(plan.place.host, plan.place.port, reason.message),
    }
  end
  return state, reason
end

return M
