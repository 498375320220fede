-- The examples are whole programs, and run.
local await = require "spec.support.await"
local broadcast = require "wxlive.broadcast"
local callback = require "wxlive.callback"
local command = require "spec.support.command"
local events = require "wxlive.sandbox.world.events"
local listeners = require "spec.support.servers.listener"
local json = require "wxlive.json"
local process = require "spec.support.process"
local queries = require "wxlive.callback.query"
local sandbox = require "wxlive.sandbox"

local user = io.popen("id -un"):read("*l")

-- What nginx answers on its socket.
local function curl_of(directory, path, body)
  local words = { "curl", "-sS", "--max-time", "20", "--unix-socket", directory .. "/admin.sock",
    "http://localhost" .. path }
  if body then
    words[#words + 1] = "--data-binary"
    words[#words + 1] = body
  end
  return command.run(words).out
end

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

describe("examples", function()
  local box, home, live

  local function run(script, arguments)
    return command.lua("scripts/examples/" .. script, arguments or {}, {
      env = command.settings(box, { XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home }),
    })
  end

  before_each(function()
    box = assert(sandbox.start { seed = "demo" })
    home = command.directory()
    live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
    })
  end)

  after_each(function()
    box:stop()
    command.remove(home)
  end)

  describe("evening_check.lua", function()
    it("tells what is missing", function()
      local got = run("evening_check.lua")
      assert.equal(1, got.status, got.err)
      assert.is_truthy(got.out:find("秋冬围巾预告场: no goods on the shelf\n", 1, true))
      assert.is_truthy(got.out:find("秋冬围巾预告场: no assistant\n", 1, true))
      assert.equal("", got.err)
    end)

    it("says nothing when all is ready", function()
      assert(live:add_goods({ 1 }, 3))
      assert(live:add_assistant(3, { { username = "walle1", nickname = "小助手" } }))
      assert.same({ status = 0, out = "", err = "" }, run("evening_check.lua"))
    end)

    it("looks ahead as far as it is told", function()
      assert.same({ status = 0, out = "", err = "" }, run("evening_check.lua", { "2" }))
    end)

    it("exits with 2 when the platform cannot be asked", function()
      assert(box:control("fault", { on = "get_live_info", kind = "errcode_before", code = 48001 }))
      local got = run("evening_check.lua")
      assert.equal(2, got.status)
      assert.equal("", got.out)
      assert.is_truthy(got.err:find("48001", 1, true))
    end)

    it("exits with 2 when one room could not be looked at", function()
      assert(box:control("fault", {
        on = "get_assistant_list", kind = "errcode_before", code = 48001,
      }))
      local got = run("evening_check.lua")
      assert.equal(2, got.status)
      assert.is_truthy(got.out:find("48001", 1, true))
    end)
  end)

  describe("thank_followers.lua", function()
    local child, url

    before_each(function()
      local env = listeners.env { token = "examples", mode = "plain" }
      env.THANKS = home .. "/thanks.csv"
      child = process.start {
        directory = home,
        command = listeners.command(env, {
          "listen", "--handler", "scripts/examples/thank_followers.lua",
        }),
        ready = function()
          local log = process.read(home .. "/process.log") or ""
          url = log:match("(http://127%.0%.0%.1:%d+)")
          return url
        end,
      }
      assert(box:control("callback", { url = url, token = "examples", mode = "plain" }))
    end)

    after_each(function()
      child:stop()
    end)

    -- Waits until so many events were delivered.
    local function delivered(n)
      return await(function()
        local entries = box:control("deliveries").entries
        for _, entry in ipairs(entries) do
          if not entry.done then
            return nil
          end
        end
        return #entries == n and entries
      end, n .. " deliveries")
    end

    local function thanked()
      local names = {}
      for line in command.read(home .. "/thanks.csv"):gmatch("[^\n]+") do
        names[#names + 1] = line:match("^(%w+),2,%d+$")
      end
      table.sort(names)
      return names
    end

    it("puts each new follower on the list once", function()
      assert(box:control("follow", { openids = { "anna", "ben" }, room_id = 2 }))
      assert(box:control("unfollow", { openids = { "ben" } }))
      assert(box:control("clock", { advance = 60 }))
      assert(box:control("follow", { openids = { "anna", "ben" }, room_id = 2 }))
      for _, entry in ipairs(delivered(5)) do
        assert.is_true(entry.ok)
      end
      assert.same({ "anna", "ben" }, thanked())
    end)

    it("has the event again when the list cannot be written", function()
      os.execute(("mkdir '%s/thanks.csv'"):format(home))
      assert(box:control("follow", { openids = { "anna" }, room_id = 2 }))
      local entry = delivered(1)[1]
      assert.is_false(entry.ok)
      assert.equal(3, #entry.tries)
    end)
  end)

  describe("openresty", function()
    local AES_KEY = ("k"):rep(43)
    local child

    before_each(function()
      local root = io.popen("pwd"):read("*l")
      child = process.start {
        directory = home,
        command = ("exec env -C %s LUA_PATH=%s LUA_CPATH=%s WXLIVE_APPID=%s WXLIVE_SECRET=%s "
          .. "WXLIVE_BASE_URL=%s WXLIVE_CALLBACK_TOKEN=examples WXLIVE_CALLBACK_AES_KEY=%s "
          .. "nginx -p . -c %s/scripts/examples/openresty/nginx.conf -e error.log -g %s"):format(
            home, process.quote((root .. "/scripts/examples/openresty/?.lua;" .. root
              .. "/lua/?.lua;" .. root .. "/lua/?/init.lua;;")),
            process.quote(root .. "/build/luajit/?.so;;"), box.appid, box.secret, box.base_url,
            AES_KEY, root, process.quote("daemon off; user " .. user .. ";")),
        ready = function()
          return curl_of(home, "/rooms"):find("room_id", 1, true) ~= nil
        end,
      }
    end)

    after_each(function()
      child:stop()
    end)

    it("schedules a room, and counts what it did", function()
      local media = assert(live:upload_media {
        type = "image", media = "scripts/samples/images/cup.png",
      }).media_id
      local start = os.time() + 86400
      local made = curl_of(home, "/rooms", json.encode {
        name = "管理后台排期", start_time = start, end_time = start + 7200, anchor_name = "小叶老师",
        anchor_wechat = "xiaoye_tea", cover_img = media, share_img = media, feeds_img = media,
        type = 0, close_like = 0, close_goods = 0, close_comment = 0,
      })
      assert.is_truthy(made:find('"room_id":%d+'), made)
      assert.is_truthy(curl_of(home, "/rooms"):find("管理后台排期", 1, true))
      assert.is_truthy(curl_of(home, "/rooms", "{}"):find("invalid_parameters", 1, true))
      assert.is_truthy(curl_of(home, "/metrics"):find("create_room", 1, true))
    end)

    it("takes what the platform pushes, and refuses what it did not", function()
      local platform = assert(callback.new {
        token = "examples", aes_key = AES_KEY, appid = box.appid,
      })
      local delivery = assert(platform:delivery(events.follow(box.appid, {
        openid = "anna", room_id = 2, live_status = 101, action = "add_follow", at = os.time(),
      })))
      local path = "/wechat?" .. queries.text(delivery.query)
      assert.equal("success", curl_of(home, path, delivery.body))
      assert.equal("success", curl_of(home, path, delivery.body))
      assert.equal("refused", curl_of(home, path:gsub("nonce=", "nonce=1"), delivery.body))
      local _, count = command.read(home .. "/error.log"):gsub("follow wxalive_follow_notify", "")
      assert.equal(1, count)
    end)
  end)

  it("has a suite of a shop's workflow that passes", function()
    local got = command.run({ "sh", "-c",
      'cd scripts/examples/resubmit && exec "$1" "$(command -v busted)" resubmit_spec.lua', "sh",
      interpreter }, { env = command.settings(nil) })
    assert.equal(0, got.status, got.out .. got.err)
    assert.is_truthy(got.out:find("5 successes / 0 failures / 0 errors / 0 pending", 1, true))
  end)
end)
