--- What the specs of the transport over libcurl send with, and the nginx that they send to.
local assert = require "luassert"
local curl = require "wxlive.transport.curl"
local Error = require "wxlive.error"
local nginx = require "spec.support.servers.nginx"

local M = { TOKEN = "TOKEN-THAT-NOBODY-MAY-SEE" }

local running
local opened = {}

--- The nginx of this file's specs, once it runs.
M.server = setmetatable({}, { __index = function(_, name) return running[name] end })

--- For use within a describe block, with busted's functions.
function M.each(busted)
  busted.setup(function()
    running = nginx.start()
  end)
  busted.teardown(function()
    running.stop()
  end)
  busted.after_each(function()
    for i = #opened, 1, -1 do
      table.remove(opened, i):close()
    end
  end)
end

--- A transport that is closed after the test.
function M.open(options)
  local transport = assert(curl.new(options or { proxy = "" }))
  opened[#opened + 1] = transport
  return transport
end

function M.over_tls(options)
  options = options or {}
  options.proxy = options.proxy or ""
  options.ca_file = running.ca_file
  return M.open(options)
end

function M.get(url, more)
  local request = { method = "GET", url = url, timeout = 10, resend = true }
  for key, value in pairs(more or {}) do
    request[key] = value
  end
  return request
end

--- A failure, with what holds of every one of them.
function M.fails(name, sent, response, err)
  assert.is_nil(response)
  assert.is_true(Error.is(err))
  assert.equal("transport", err.kind)
  assert.equal(name, err.name)
  assert.equal(sent, err.sent)
  assert.is_nil(tostring(err):find(M.TOKEN, 1, true))
  return err
end

return M
