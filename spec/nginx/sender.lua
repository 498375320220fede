--- What the specs of the cosocket transport send with, and to whom. `sender.transport` is new for
--- each test; a test may put another one in its place.
local assert = require "luassert"
local cosocket = require "wxlive.transport.cosocket"
local peer = require "spec.nginx.peer"

local http_port = tonumber(os.getenv("WXLIVE_SPEC_PORT"))

local M = {
  http_port = http_port,
  https_port = http_port + 1,
  untrusted_port = http_port + 2,
  closed_port = http_port + 9,
  base = "http://127.0.0.1:" .. http_port,
  secret = "access_token=SECRET-TOKEN",
}

--- For use within a describe block.
function M.each(before_each, after_each)
  before_each(function()
    peer.reset()
    M.transport = assert(cosocket.new())
  end)
  after_each(function()
    M.transport:close()
    peer.reset()
  end)
end

--- A closed answer with Content-Length, as a peer that speaks for itself would send it.
function M.answer(body, more)
  return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s"):format(#body, more or "", body)
end

function M.get(path, more)
  local request = { method = "GET", url = M.base .. path .. "?" .. M.secret, timeout = 5,
    resend = true }
  for key, value in pairs(more or {}) do
    request[key] = value
  end
  return M.transport:send(request)
end

function M.post(path, more)
  more = more or {}
  more.method, more.resend = "POST", more.resend or false
  return M.get(path, more)
end

--- A failure, with what holds of every one of them.
function M.fails(name, sent, response, err)
  assert.is_nil(response)
  assert.equal(name, err.name)
  assert.equal(sent, err.sent)
  assert.equal("transport", err.kind)
  assert.is_nil(tostring(err):find("SECRET", 1, true))
  return err
end

return M
