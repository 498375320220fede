--- Reads the answer from a cosocket: into memory, or piece by piece into a file.
local core = require "wxlive.core"
local part_file = require "wxlive.transport.cosocket.part_file"
local responses = require "wxlive.transport.response"
local wire = require "wxlive.transport.cosocket.wire"

local M = {}

local monotonic = core.system.monotonic

-- The body into a file ----------------------------------------------------------------------------

-- Opens the file for the body of a 2xx answer; another body stays in memory.
local function choose(sink, x)
  local status = x:status()
  sink.to_file = status >= 200 and status <= 299
  if not sink.to_file then
    return true
  end
  local reason
  sink.file, reason = part_file.open(sink.path)
  return sink.file ~= nil, reason
end

local function keep(sink, x, max_body)
  if sink.to_file == nil then
    local ok, reason = choose(sink, x)
    if not ok then
      return nil, reason
    end
  end
  local bytes = x:body()
  if sink.to_file then
    return sink.file:write(bytes)
  elseif bytes ~= "" then
    sink.pieces[#sink.pieces + 1] = bytes
  end
  if x:received() > max_body then
    return nil, { status = "too_large",
      message = ("the answer is larger than %d bytes"):format(max_body) }
  end
  return true
end

local function to_file(sock, out, x, state, sink)
  while true do
    if state ~= "head" then
      local ok, reason = keep(sink, x, out.max_body)
      if not ok then
        reason.sent = true
        return nil, reason
      end
    end
    if state == "done" then
      break
    end
    local reason
    state, reason = wire.receive(sock, out, x)
    if not state then
      return nil, reason
    end
  end
  if sink.file then
    local ok, reason = sink.file:commit()
    if not ok then
      reason.sent = true
      return nil, reason
    end
    sink.saved = sink.path
  end
  return true
end

--- Reads an answer to its end.
---@param sock table
---@param out table
---@param x userdata  the exchange
---@return "done"|nil
---@return table? reason_or_sink  { saved = path?, pieces = strings } when it was to be saved
function M.read(sock, out, x)
  local state, reason = wire.receive(sock, out, x)
  out.first_byte = monotonic()
  if state and out.request.save_to then
    local sink = { path = out.request.save_to, pieces = {} }
    local ok
    ok, reason = to_file(sock, out, x, state, sink)
    if ok then
      out.ended = monotonic()
      return "done", sink
    elseif sink.file then
      sink.file:discard()
    end
    return nil, reason
  end
  if state == "done" then
    out.ended = out.first_byte
    return state
  end
  while state and state ~= "done" do
    state, reason = wire.receive(sock, out, x)
  end
  out.ended = monotonic()
  return state, reason
end

-- The response ------------------------------------------------------------------------------------

local function seconds_of(retry_after)
  if not retry_after or retry_after:find("^%d+$") then
    return tonumber(retry_after)
  end
  local at = ngx.parse_http_time(retry_after)
  return at and math.max(0, at - ngx.time())
end

--- The response object out of a finished exchange.
---@param x userdata
---@param out table
---@param sink table?
---@param reused boolean
---@param connected number
---@param secured number
---@return wxlive.HttpResponse
function M.response(x, out, sink, reused, connected, secured)
  local status, version, body, size, content_type, retry_after, head = x:take()
  local started = out.started
  return responses.new {
    0, reused and 0 or connected - started, secured - connected, out.first_byte - started,
    out.ended - started,
    status = status, http_version = version, content_type = content_type,
    body = sink and table.concat(sink.pieces) or body, size = size,
    saved = sink and sink.saved, reused = reused, head = head,
    retry_after = seconds_of(retry_after),
  }
end

return M
