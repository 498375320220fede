-- How long apply takes, and how much memory.
local json = require "wxlive.json"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

describe("apply at scale", function()
  local shop

  before_each(function()
    shop = shops.open()
    shop.box:control("quota", { path = "audit", per_day = 1000000 })
    shop.box:control("quota", { path = "/wxaapi/broadcast/goods/add", per_day = 1000000 })
  end)

  after_each(function()
    shop:close()
  end)

  it("does not wait for the platform once for each row", function()
    local ROWS, LATENCY, CONCURRENCY = 320, 0.1, 16
    shop.box:control("fault", { on = "goods_add", kind = "delay", seconds = LATENCY, times = ROWS,
      when = "after" })
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, ROWS))
    local system = require("wxlive.core").system
    local begun = system.monotonic()
    local got = shop:run { "apply", sheet, "--json", "--concurrency", tostring(CONCURRENCY) }
    local spent = system.monotonic() - begun
    assert.equal(0, got.status, got.err)
    assert.equal(ROWS, json.decode(got.out).created)
    -- A loaded machine may be slow, but a run without concurrency waits for all of them in turn.
    assert.is_true(spent < ROWS * LATENCY / 2, spent .. " s")
  end)

  it("reads a sheet of any length in flat memory", function()
    local function peak(rows)
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, rows))
      local pipe = assert(io.popen(("env WXLIVE_APPID=%s WXLIVE_SECRET=%s WXLIVE_BASE_URL=%s "
        .. "WXLIVE_LEDGER=%s %s -e %s"):format(shop.box.appid, shop.box.secret, shop.box.base_url,
        shop.home .. "/" .. rows .. ".db", rawget(_G, "jit") and "luajit" or "lua5.4",
        process.quote(([[
          io.stdout:setvbuf("no")
          arg = { [0] = "scripts/wxlive", "plan", "--offline", "--json", %q }
          local cli = require "wxlive.cli"
          assert(cli.run(arg) == 0)
          for line in io.lines("/proc/self/status") do
            if line:find("^VmHWM") then print(line:match("%%d+")) end
          end]]):format(sheet)))))
      local text = pipe:read("*a")
      pipe:close()
      assert.equal(rows, json.decode(text:match("^[^\n]+")).create)
      return tonumber(text:match("\n(%d+)"))
    end
    local small, large = peak(1000), peak(20000)
    assert.is_true(large < small + 8192, ("%d kB for 1000 rows, %d kB for 20000"):format(small,
      large))
  end)
end)
