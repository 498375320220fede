-- The nginx of scripts/examples/openresty, with several workers, against the sandbox.
local await = require "spec.support.await"
local callback = require "wxlive.callback"
local command = require "spec.support.command"
local core = require "wxlive.core"
local json = require "wxlive.json"
local platform = require "spec.support.servers.platform"
local process = require "spec.support.process"
local queries = require "wxlive.callback.query"
local resty = require "spec.support.servers.resty"
local sandbox = require "wxlive.sandbox"
local wxlive = require "wxlive"

local AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

local function range(n)
  local out = {}
  for i = 1, n do
    out[i] = i
  end
  return out
end

describe("the example for OpenResty", function()
  local box, shop

  local function start(workers, locations)
    shop = resty.start(box, {
      workers = workers, token = "token", aes_key = AES_KEY, locations = locations,
    })
  end

  -- A delivery as the platform makes it, and the path to post it to.
  local function delivery(location)
    local sender = assert(callback.new { token = "token", aes_key = AES_KEY, appid = box.appid })
    local now = math.floor(core.system.now())
    local made = assert(sender:delivery {
      ToUserName = "gh_1", FromUserName = "o1", CreateTime = now, MsgType = "event",
      Event = "wxalive_follow_notify", FollowNotify = {
        room_id = 12, user_openid = "o1", time = now, live_status = 102, action = "add_follow",
      },
    })
    return made, queries.join(location, made.query), sender
  end

  local function count(path)
    local n = 0
    for _, entry in ipairs(box:control("log").entries) do
      n = n + (entry.path == path and 1 or 0)
    end
    return n
  end

  -- Open connections to a platform, of whichever process.
  local function connections_to(base_url)
    local port = ("%04X"):format(tonumber(base_url:match(":(%d+)$")))
    local _, n = process.read("/proc/net/tcp"):gsub("%d+: %x+:%x+ %x+:" .. port .. " 01 ", "")
    return n
  end

  -- n requests at the same time (or so many), by a program that opens a connection for each.
  -- Returns a function that waits for the answers and says how many were 200.
  local function burst_begun(n, path, most)
    local pipe = io.popen(("curl -s -Z --parallel-immediate --parallel-max %d -m 60 -o /dev/null "
      .. "-w '%%{http_code}\\n' '%s%s?[1-%d]' 2>/dev/null"):format(most or n, shop.url, path, n))
    return function()
      local _, good = pipe:read("*a"):gsub("200\n", "")
      pipe:close()
      return good
    end
  end

  local function burst(n, path, most)
    return burst_begun(n, path, most)()
  end

  -- n requests, some at a time; how many of them got 200.
  local function many(n, concurrency, path, progress)
    local results = wxlive.map(range(n), function()
      local response, err = shop:get(path)
      return response and response.status, err
    end, { concurrency = concurrency, progress = progress })
    local good = 0
    for i = 1, n do
      good = good + (results[i] == 200 and 1 or 0)
    end
    return good
  end

  before_each(function()
    box = assert(sandbox.start { seed = "demo" })
  end)

  after_each(function()
    if shop then
      shop:stop()
      shop = nil
    end
    box:stop()
  end)

  it("schedules rooms, and says what is wrong with them", function()
    start(2)
    local response = assert(shop:get("/rooms"))
    assert.equal(200, response.status)
    assert.is_truthy(#json.decode(response.body) > 0)
    response = assert(shop:post("/rooms", '{"name":"x"}'))
    assert.equal(400, response.status)
    assert.is_truthy(json.decode(response.body).message:find("cover_img", 1, true))
    assert.equal(400, shop:post("/rooms", "no JSON").status)
    local media = assert(assert(require("wxlive.broadcast").new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
    }):upload_media("scripts/samples/images/cup.png"))
    local now = math.floor(core.system.now())
    response = assert(shop:post("/rooms", assert(json.encode {
      name = "秋冬新品专场", cover_img = media.media_id, share_img = media.media_id,
      feeds_img = media.media_id, start_time = now + 3600, end_time = now + 7200,
      anchor_name = "主播小美", anchor_wechat = "anchor_mei", type = 0,
      close_like = 0, close_goods = 0, close_comment = 0,
    })))
    assert.equal(201, response.status, response.body)
    assert.is_truthy(json.decode(response.body).room_id)
  end)

  it("never loads libcurl into a worker", function()
    start(1, [[
      location = /maps {
        content_by_lua_block {
          local maps = assert(io.open("/proc/self/maps"))
          ngx.print(maps:read("*a"))
          maps:close()
        }
      }
    ]])
    assert.equal(200, shop:get("/rooms").status) -- a call was made
    local maps = shop:get("/maps").body
    assert.is_truthy(maps:find("/wxlive/core.so", 1, true))
    assert.is_nil(maps:find("libcurl", 1, true))
  end)

  it("makes one room for one Idempotency-Key, whatever becomes of the first answer", function()
    start(2)
    local media = assert(assert(require("wxlive.broadcast").new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
    }):upload_media("scripts/samples/images/cup.png"))
    local now = math.floor(core.system.now())
    local function schedule(key, name)
      local response = assert(shop.http:send {
        method = "POST", url = shop.url .. "/rooms", timeout = 30,
        content_type = "application/json", headers = { ["Idempotency-Key"] = key },
        body = assert(json.encode {
          name = name, cover_img = media.media_id, share_img = media.media_id,
          feeds_img = media.media_id, start_time = now + 3600, end_time = now + 7200,
          anchor_name = "主播小美", anchor_wechat = "anchor_mei", type = 0,
          close_like = 0, close_goods = 0, close_comment = 0,
        }),
      })
      return response.status, json.decode(response.body)
    end
    local function rooms()
      return #json.decode(assert(shop:get("/rooms")).body)
    end
    local before = rooms()
    local status, first = schedule("order-1", "秋冬新品专场")
    assert.equal(201, status)
    local second
    status, second = schedule("order-1", "秋冬新品专场")
    assert.equal(201, status)
    assert.equal(first.room_id, second.room_id)
    assert.equal(before + 1, rooms())
    -- What was refused was not done: its key may be used again.
    assert.equal(400, (schedule("order-2", "短")))
    assert.equal(201, (schedule("order-2", "冬季围巾专场")))
    assert.equal(before + 2, rooms())
    assert.equal(400, (schedule("a key/with blanks", "冬季围巾专场")))
    -- While the first one is under way.
    assert(box:control("fault", { on = "create_room", kind = "delay", seconds = 1,
      when = "after" }))
    local results = wxlive.map({ 1, 2, 3 }, function()
      return (schedule("order-3", "围巾收官专场"))
    end, { concurrency = 3 })
    for i = 1, 3 do
      assert.is_truthy(results[i] == 201 or results[i] == 409, results[i])
    end
    assert.equal(before + 3, rooms())
  end)

  it("counts the calls of all workers together", function()
    start(4)
    assert.equal(40, many(40, 8, "/rooms"))
    local text = assert(shop:get("/metrics")).body
    local calls = tonumber(text:match('requests_total{[^}]*get_live_info[^}]*"ok"[^}]*} (%d+)'))
    assert.is_truthy(calls and calls >= 40, text:sub(1, 500))
    assert.is_nil(text:find(box.secret, 1, true))
  end)

  it("lets one event through once, whichever workers it comes to", function()
    start(4)
    local made, path, sender = delivery("/wechat")
    local results = wxlive.map(range(40), function()
      local response, err = shop:post(path, made.body, made.content_type)
      return response and response.body, err
    end, { concurrency = 20 })
    for i = 1, 40 do
      assert.equal("success", results[i])
    end
    await(function()
      return shop:log():find("follow wxalive_follow_notify", 1, true)
    end, "the handler")
    local _, times = shop:log():gsub("follow wxalive_follow_notify", "")
    assert.equal(1, times)
    assert.equal(403, shop:post("/wechat?msg_signature=x&timestamp=1&nonce=1", made.body).status)
    local check = sender:echo_check("echo-1")
    assert.equal("echo-1", shop:get(queries.join("/wechat", check)).body)
  end)

  it("a reload waits for the handler of an event that was answered", function()
    start(1, [[
      location = /slow {
        lingering_close off;
        content_by_lua_block {
          local receiver = assert(require("wxlive.callback").new {
            token = "token", aes_key = "]] .. AES_KEY .. [[", appid = "]] .. box.appid .. [[",
          }):on("follow", function(event)
            ngx.sleep(0.5)
            ngx.log(ngx.WARN, "handled at last: ", event.room_id)
          end)
          require("wxlive.callback.nginx").serve(receiver)
        }
      }
    ]])
    local before = shop:workers()[1]
    local made, path = delivery("/slow")
    local response = assert(shop:post(path, made.body, made.content_type))
    assert.equal("success", response.body)
    assert.is_nil(shop:log():find("handled at last", 1, true))
    shop:reload()
    await(function()
      return shop:log():find("handled at last: 12", 1, true)
    end, "the handler")
    await(function()
      return #shop:workers() == 1 and shop:workers()[1] ~= before
    end, "the end of the old worker")
  end)

  it("runs the README's first program as it stands", function()
    local program = assert(command.read("README.md"):match("```lua file=first%.lua\n(.-)```"))
    local path = os.tmpname()
    command.write(path, program)
    finally(function() os.remove(path) end)
    os.execute("chmod 644 " .. path)
    start(2, "location = /readme { content_by_lua_file " .. path .. "; }")
    local function created()
      local n = 0
      for _, entry in ipairs(box:control("log").entries) do
        n = n + (entry.path:find("room/create", 1, true) and 1 or 0)
      end
      return n
    end
    assert.equal(0, created())
    assert.equal(200, shop:get("/readme").status)
    local inside = created()
    assert.is_true(inside > 0)
    local got = command.lua(path, {}, { env = command.settings(box) })
    assert.equal(0, got.status, got.err)
    assert.equal(2 * inside, created())
  end)

  it("one worker: 200 requests wait for the platform together, and a plain one does not wait for "
    .. "them", function()
    local held = platform.start()
    finally(held.stop)
    shop = resty.start(held, { workers = 1 })
    assert.equal(200, shop:get("/rooms").status)
    held.hold()
    local good = burst_begun(200, "/rooms")
    await(function()
      return held.waiting() == 200
    end, "all of them at the platform")
    for _ = 1, 20 do
      assert.equal("ok", assert(shop:get("/plain")).body)
    end
    assert.equal(200, held.waiting())
    held.release()
    assert.equal(200, good())
  end)

  it("four workers, nothing stored: 400 requests cost one token request", function()
    start(4)
    assert.equal(400, burst(400, "/rooms"))
    assert.equal(1, count("/cgi-bin/stable_token"))
  end)

  it("ten thousand calls leave memory and connections as they were", function()
    local quick = platform.start()
    finally(quick.stop)
    shop = resty.start(quick, { workers = 1 })
    local worker = shop:workers()[1]
    local function memory()
      return tonumber(process.read("/proc/" .. worker .. "/status"):match("VmRSS:%s+(%d+)"))
    end
    assert.equal(2000, burst(2000, "/rooms", 32))
    local before = memory()
    assert.equal(10000, burst(10000, "/rooms", 32))
    local grown = memory() - before
    assert.is_true(grown < 1024, grown .. " KiB more")
    assert.is_true(connections_to(quick.base_url) <= 33)
  end)

  it("a reload under load loses no call, and the workers before it go", function()
    start(2)
    local before = table.concat(shop:workers(), " ")
    local reloaded = 0
    local good = many(600, 20, "/rooms", function(done)
      if done % 200 == 100 then
        reloaded = reloaded + 1
        shop:reload()
      end
    end)
    assert.equal(600, good)
    assert.equal(3, reloaded)
    await(function()
      local pids = shop:workers()
      for _, pid in ipairs(pids) do
        if before:find(pid, 1, true) then
          return false
        end
      end
      return #pids == 2
    end, "the end of the old workers")
    assert.is_true(connections_to(box.base_url) <= 2 * 20 + 1)
  end)
end)
