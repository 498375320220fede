-- Where other users of the machine, or whoever reads a crash report or a terminal, might look.
local command = require "spec.support.command"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

local SECRET = "S3CR3T-THAT-NOBODY-MAY-SEE"

-- A script that runs the command's own program and tells what `what` is when it ends.
local function at_the_end(what)
  return ('local exit = os.exit; os.exit = function(...) io.stdout:write(tostring(%s), "\\n") '
    .. "io.stdout:flush() exit(...) end"):format(what)
end

describe("secrets", function()
  local home

  before_each(function()
    home = command.directory()
  end)

  after_each(function()
    command.remove(home)
  end)

  it("a crash of the command leaves no memory behind", function()
    command.write(home .. "/first.lua", at_the_end "require('wxlive.core').process.dumpable()")
    local got = command.lua("-e", { ("dofile(%q) arg = { [0] = 'scripts/wxlive', '--version' } ")
      :format(home .. "/first.lua") .. "dofile 'scripts/wxlive'" })
    assert.equal(0, got.status, got.err)
    assert.is_truthy(got.out:find("^wxlive [^\n]*\nfalse\n$"), got.out)
  end)

  it("of a sandbox are on no command line", function()
    local popen, seen = io.popen, {}
    io.popen = function(text, mode) -- luacheck: ignore 122
      seen[#seen + 1] = text
      return popen(text, mode)
    end
    local fine, box = pcall(sandbox.start, { secret = SECRET })
    io.popen = popen -- luacheck: ignore 122
    assert(fine, box)
    local file = assert(io.open(("/proc/%d/cmdline"):format(box.pid), "rb"))
    seen[#seen + 1] = file:read("*a")
    file:close()
    file = assert(io.open(("/proc/%d/environ"):format(box.pid), "rb"))
    seen[#seen + 1] = file:read("*a")
    file:close()
    box:stop()
    assert.is_true(#seen >= 3)
    for _, text in ipairs(seen) do
      assert.is_nil(text:find(SECRET, 1, true))
    end
  end)

  it("are taken from no command line", function()
    local box = assert(sandbox.start())
    for _, option in ipairs { "--secret", "--appsecret", "--token", "--aes-key", "--password" } do
      local got = command.lua("scripts/wxlive", { "get_live_info", option, box.secret },
        { env = command.settings(box, { XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home }) })
      assert.equal(2, got.status, option)
      assert.is_nil((got.out .. got.err):find(box.secret, 1, true), option)
    end
    box:stop()
  end)

  it("in a settings file that others may read are refused", function()
    local path = home .. "/config"
    for _, key in ipairs { "secret = ", "callback_token = ", "callback_aes_key = ",
      "callback_previous_aes_key = ", "proxy = http://user:pass@" } do
      command.write(path, key .. SECRET .. "\n")
      os.execute("chmod 644 '" .. path .. "'")
      local got = command.lua("scripts/wxlive", { "token", "--config", path },
        { env = { WXLIVE_APPID = "wx1", WXLIVE_BASE_URL = "http://127.0.0.1:1" } })
      assert.equal(5, got.status, key .. got.err)
      assert.is_truthy(got.err:find("chmod 600", 1, true), got.err)
      assert.is_nil(got.err:find(SECRET, 1, true))
    end
  end)
end)

describe("the ledger that nobody named", function()
  it("lies in a folder that only its owner reads", function()
    local shop = require("spec.support.shop").open()
    local got = shop:run({ "watch", "--once" }, { WXLIVE_LEDGER = false,
      XDG_STATE_HOME = shop.home .. "/state" })
    local folder = command.run { "stat", "-c", "%a", shop.home .. "/state/wxlive" }
    local there = command.run { "test", "-s", shop.home .. "/state/wxlive/ledger.db" }
    shop:close()
    assert.equal(0, got.status, got.err)
    assert.equal("700\n", folder.out)
    assert.equal(0, there.status)
  end)
end)

describe("text that somebody else chose", function()
  local show = require "wxlive.cli.output.show"
  local report = require "wxlive.cli.output.report"
  local EVIL = "\27]0;title\7\27[2J\127\194\155" .. "31mtea"

  -- What a function writes to a handle of io.
  local function printed(handle, f, ...)
    local real, out = io[handle], {}
    io[handle] = { -- luacheck: ignore 122
      write = function(self, ...)
        out[#out + 1] = table.concat({ ... })
        return self
      end,
      flush = function() end,
    }
    local fine, err = pcall(f, ...)
    io[handle] = real -- luacheck: ignore 122
    assert(fine, err)
    return table.concat(out)
  end

  local function harmless(text)
    assert.is_truthy(text:find("tea", 1, true))
    assert.is_nil(text:find("[%z\1-\9\11-\31\127]"))
    assert.is_nil(text:find("\194[\128-\159]"))
  end

  it("does nothing to a terminal in a table", function()
    harmless(printed("stdout", show.table, { { name = EVIL } }, { "name" }))
  end)

  it("does nothing to a terminal in a record", function()
    harmless(printed("stdout", show.record, { name = EVIL, [EVIL] = 1 }, { table = true }))
  end)

  it("does nothing to a terminal as JSON, and means the same", function()
    local text = printed("stdout", show.json, { name = EVIL })
    harmless(text)
    assert.equal(EVIL, json.decode(text).name)
  end)

  it("does nothing to a terminal in an error, whoever it names", function()
    local Error = require "wxlive.error"
    harmless(printed("stderr", report.print, "wxlive", Error.new { kind = "api", name = "x",
      message = EVIL, message_zh = EVIL, hint = EVIL, rid = EVIL, body = { code_url = EVIL } },
      EVIL))
    harmless(printed("stderr", report.print, "wxlive", EVIL))
  end)

  it("does nothing to a terminal in a log", function()
    local line
    local hooks = assert(require("wxlive.log").new { write = function(text) line = text end })
    hooks.response { endpoint = EVIL, path = "tea\194\155" .. "31m", attempt = 1,
      error = { name = "x", message = EVIL } }
    harmless(line)
  end)

  it("does nothing to a terminal when something changes", function()
    local shop = require("spec.support.shop").open()
    shop.box:control("audit", { manual = true })
    -- Another program of the account wrote the name; a sheet would be refused.
    local live = assert(require("wxlive.broadcast").new {
      appid = shop.box.appid, secret = shop.box.secret, base_url = shop.box.base_url,
      token_store = require("wxlive.store.memory").new(), validate = false,
    })
    local media = assert(live:upload_media("scripts/samples/images/cup.png")).media_id
    local goods = assert(live:goods_add { name = "tea\194\155" .. "31m", cover_img_url = media,
      price_type = 1, price = 2.5, url = "pages/goods/index?id=1" })
    assert.equal(0, shop:run({ "watch", "--once" }).status)
    shop.box:control("audit", { goods_id = goods.goods_id, approve = true })
    local got = shop:run { "watch", "--once", "--table" }
    shop:close()
    assert.equal(0, got.status, got.err)
    assert.is_truthy(got.out:find("tea", 1, true))
    harmless(got.out)
  end)

  it("does nothing to a terminal in a calendar", function()
    local calendar = require "wxlive.cli.output.calendar"
    local now = 1780000000
    harmless(calendar.text(calendar.weeks({ { room_id = 1, name = "tea" .. EVIL, start_time = now,
      live_status = 102 } }, now, 1), { width = 400 }))
  end)
end)
