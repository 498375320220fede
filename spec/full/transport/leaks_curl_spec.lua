local curl = require "wxlive.transport.curl"
local process = require "spec.support.process"
local sender = require "spec.support.programs.curl_sender"

local server = sender.server
local get, open = sender.get, sender.open

describe("transport over libcurl", function()
  sender.each { setup = setup, teardown = teardown, after_each = after_each }

  describe("over thousands of calls", function()
    local function open_files()
      collectgarbage()
      collectgarbage()
      local count = 0
      for fd = 0, 255 do
        local info = io.open("/proc/self/fdinfo/" .. fd)
        if info then
          info:close()
          count = count + 1
        end
      end
      return count
    end

    local function resident_kib()
      collectgarbage()
      collectgarbage()
      return tonumber(process.read("/proc/self/status"):match("VmRSS:%s*(%d+)"))
    end

    -- A sanitizer keeps what was freed for a while, and looks for leaks itself.
    local sanitized = process.read("/proc/self/maps"):find("asan", 1, true) ~= nil

    -- What leaks grows in every round; what the garbage of other specs does to the heap does not.
    local function stays_flat(round)
      round()
      local files, least = open_files(), math.huge
      for _ = 1, 4 do
        local before = resident_kib()
        round()
        least = math.min(least, resident_kib() - before)
      end
      assert.is_true(sanitized or least < 64, "each round took KiB more: " .. least)
      assert.equal(files, open_files())
    end

    it("keeps memory and files flat", function()
      local transport = open()
      stays_flat(function()
        for _ = 1, 2500 do
          assert(transport:send(get(server.url .. "/who")))
        end
      end)
    end)

    it("gives everything back when closed, after failures too", function()
      stays_flat(function()
        for _ = 1, 50 do
          local transport = assert(curl.new { proxy = "", ca_file = server.ca_file })
          assert(transport:send(get(server.tls_url .. "/who")))
          assert.is_nil((transport:send(get("https://localhost:" .. server.tls_port .. "/"))))
          assert.is_nil((transport:send {
            method = "POST", url = server.url .. "/upload",
            form = { { name = "a", path = server.ca_file }, { name = "b", path = "/nowhere" } },
          }))
          transport:close()
        end
      end)
    end)

    it("closes what is forgotten when it is collected", function()
      local before = open_files()
      local function forgotten()
        assert(assert(curl.new { proxy = "" }):send(get(server.url .. "/who")))
      end
      for _ = 1, 20 do
        forgotten()
      end
      -- one may still be in a slot of the stack that was not used again
      assert.is_true(open_files() <= before + 1)
    end)
  end)
end)
