-- What wxlive.map does on libcurl's loop only; inside nginx the loop is nginx's.
local broadcast = require "wxlive.broadcast"
local core = require "wxlive.core"
local curl = require "wxlive.transport.curl"
local loops = require "wxlive.concurrent.loop"
local nginx = require "spec.support.servers.nginx"
local sandbox = require "wxlive.sandbox"
local wxlive = require "wxlive"

local function range(n)
  local out = {}
  for i = 1, n do
    out[i] = i
  end
  return out
end

describe("wxlive.map on libcurl", function()
  it("says so when a task can never end", function()
    local task = wxlive.spawn(function() loops.current():park() end)
    assert.error_matches(function() wxlive.wait(task) end, "no other task")
  end)

  it("needs one HTTP/2 connection for sixty-four calls at a time", function()
    local server = nginx.start()
    finally(server.stop)
    local transport = assert(curl.new { ca_file = server.ca_file, proxy = "", timeout = 10 })
    local function who(url)
      return wxlive.map(range(200), function()
        local response = assert(transport:send { method = "GET", url = url .. "/who" })
        return response.body:match('"connection":(%d+)'), response.http_version
      end, { concurrency = 64 })
    end
    local function different(list)
      local seen, count = {}, 0
      for _, one in ipairs(list) do
        count = count + (seen[one] and 0 or 1)
        seen[one] = true
      end
      return count
    end
    local results, errors = who(server.tls_url)
    assert.same({}, errors)
    assert.equal(200, #results)
    assert.equal(1, different(results))
    -- HTTP/1.1 takes as many as may be open, and no more.
    results, errors = who(server.url)
    assert.same({}, errors)
    assert.is_true(different(results) > 1)
    assert.is_true(different(results) <= 64)
  end)

  it("can be driven from a foreign event loop", function()
    local box = assert(sandbox.start { seed = "demo" })
    finally(function() box:stop() end)
    local live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
    })
    assert(box:control("fault", { on = "get_live_info", kind = "delay", seconds = 0.05 }))
    local loop = loops.default()
    local task = wxlive.spawn(function() return live:get_live_info(0, 10) end)
    local watched = 0
    while not task.done do
      loop:step(0)
      local fds, seconds = loop:watch()
      assert.is_table(fds)
      for _, fd in ipairs(fds) do
        assert.is_true(fd.read or fd.write)
        watched = watched + 1
      end
      core.system.sleep(math.min(seconds or 0.01, 0.01))
    end
    assert.is_true(watched > 0)
    assert.is_table(task.value.room_info)
  end)
end)
