local await = require "spec.support.await"
local curl = require "spec.support.curl"
local bare_sandbox = require "spec.support.sandbox.bare"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"
local system = require "wxlive.core".system

local function alive(pid)
  local pipe = io.popen(("kill -0 %d 2>/dev/null && echo yes"):format(pid))
  local text = pipe:read("*a")
  pipe:close()
  return text ~= ""
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

describe("sandbox, process", function()
  local box

  after_each(function()
    if box then
      box:stop()
      box = nil
    end
  end)

  local function start(options)
    options = options or {}
    options.transport = curl.transport()
    local started, err = sandbox.start(options)
    box = started
    return started, err
  end

  it("says what it is", function()
    start()
    local answer = curl.send { url = box.base_url .. "/" }
    assert.equal(200, answer.status)
    assert.truthy(answer.body:find("127.0.0.1 only", 1, true))
    assert.truthy(answer.body:find(box.appid, 1, true))
  end)

  it("is gone after stop, which may be called again", function()
    local pid = start().pid
    assert.is_true(alive(pid))
    box:stop()
    assert.is_false(alive(pid))
    box:stop()
    local result, err = box:control("state")
    assert.is_nil(result)
    assert.truthy(tostring(err):find("stopped", 1, true))
  end)

  it("stops though it was killed before", function()
    local pid = start().pid
    os.execute("kill -9 " .. pid)
    box:stop()
    assert.is_false(alive(pid))
  end)

  it("stops though it hangs", function()
    local pid = start().pid
    os.execute("kill -STOP " .. pid)
    box:stop()
    assert.is_false(alive(pid))
  end)

  it("stops though another process has inherited its pipe", function()
    local pid = start().pid
    local note = os.tmpname()
    os.execute("sleep 600 </dev/null >/dev/null 2>&1 & echo $! >" .. note)
    local before = system.monotonic()
    box:stop()
    assert.truthy(system.monotonic() - before < 300)
    assert.is_false(alive(pid))
    os.execute("kill $(cat " .. note .. ")")
    os.remove(note)
  end)

  it("dies with its parent", function()
    -- A parent of our kind that starts a sandbox, tells its ids and waits to be killed.
    local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
    local code = [[
      local box = assert(require("wxlive.sandbox").start())
      print(box.pid, require("wxlive.core").system.pid())
      io.stdout:flush()
      require("wxlive.core").system.sleep(60)]]
    local pipe = io.popen(("exec %s -e %s"):format(interpreter, quote(code)))
    local child, parent = pipe:read("*l"):match("(%d+)%s+(%d+)")
    assert.is_true(alive(child))
    os.execute("kill -9 " .. parent)
    pipe:close()
    await(function() return not alive(child) end, "the end of the sandbox")
  end)

  it("says why it does not start", function()
    local function reason(options)
      local started, err = start(options)
      assert.is_nil(started)
      return tostring(err)
    end
    assert.truthy(reason { seed = "none" }:find('no seed none', 1, true))
    assert.truthy(reason { sate = "x" }:find("sate", 1, true))
    assert.truthy(reason { port = "80" }:find("port", 1, true))
    assert.truthy(reason { state = "/nonexistent/dir/x" }:find("/nonexistent/dir/x", 1, true))
    local first = start()
    local port = math.floor(tonumber(first.base_url:match("(%d+)$")))
    assert.truthy(reason { port = port }:find("in use", 1, true))
    first:stop()
  end)

  it("has a demo to begin with, again after a reset", function()
    start { seed = "demo" }
    for _ = 1, 2 do
      local state = box:control("state")
      assert.same({ 3, 4, 25 }, { state.counts.room, state.counts.goods, state.counts.follower })
      assert.same({ 103, 101, 102 }, {
        state.room[1].live_status, state.room[2].live_status, state.room[3].live_status,
      })
      assert(box:control("reset"))
    end
    local cover = box:control("state").room[1].cover_img
    local picture = curl.send {
      url = ("%s/_sandbox/media/%s/%s"):format(box.base_url, box.appid, cover),
    }
    assert.same({ 200, "GIF89a" }, { picture.status, picture.body:sub(1, 6) })
  end)

  it("controls: refuses what it does not know", function()
    start()
    local function reason(op, params)
      local result, err = box:control(op, params)
      assert.is_nil(result)
      return tostring(err)
    end
    assert.truthy(reason("explode"):find("explode", 1, true))
    assert.truthy(reason("live", { room_id = 1 }):find("no such room", 1, true))
    assert.truthy(reason("live", { room = 1 }):find("live: room is not an option", 1, true))
    assert.truthy(reason("clock", { set = "now" }):find("clock: set must be a number", 1, true))
    assert.truthy(reason("quirk", { odd = true }):find("odd", 1, true))
    local answer = curl.send(curl.post(box.base_url .. "/_sandbox/state", "{"))
    assert.equal(400, answer.status)
  end)

  it("the clock is set, moved and stopped", function()
    start { clock = bare_sandbox.NOW }
    assert.truthy(math.abs(box:control("clock").now - bare_sandbox.NOW) < 60)
    box:control("clock", { set = 2000000000, frozen = true })
    assert.equal(2000000000, box:control("clock").now)
    assert.equal(2000000060, box:control("clock", { advance = 60 }).now)
    box:control("clock", { frozen = false })
    assert.truthy(box:control("clock").now > 2000000060)
  end)

  describe("state file", function()
    local path

    before_each(function()
      path = os.tmpname()
      os.remove(path)
    end)

    after_each(function()
      for _, ending in ipairs { "", "-wal", "-shm" } do
        os.remove(path .. ending)
      end
    end)

    local function token()
      return json.decode(curl.send(curl.post(box.base_url .. "/cgi-bin/stable_token", {
        grant_type = "client_credential", appid = box.appid, secret = box.secret,
      })).body).access_token
    end

    local bytes = bare_sandbox.png(120, 90) .. "\0\1\2\255" .. ("tail"):rep(50)

    local function upload(with)
      local body, headers = bare_sandbox.upload(bytes)
      return json.decode(curl.send {
        method = "POST", body = body, content_type = headers["content-type"],
        url = box.base_url .. "/cgi-bin/media/upload?type=image&access_token=" .. with,
      }.body).media_id
    end

    local function add_goods(with, media_id)
      return json.decode(curl.send(curl.post(
        box.base_url .. "/wxaapi/broadcast/goods/add?access_token=" .. with, {
          goodsInfo = {
            coverImgUrl = media_id, name = "茶\"杯'", priceType = 1, price = 9.9,
            url = "pages/index/index",
          },
        })).body)
    end

    for _, way in ipairs { "stop", "kill -9" } do
      it("keeps everything over a " .. way, function()
        start { state = path, seed = "demo", clock = bare_sandbox.NOW }
        local first = token()
        local media_id = upload(first)
        local added = add_goods(first, media_id)
        assert.equal(0, added.errcode)
        box:control("clock", { set = bare_sandbox.NOW + 100, frozen = true })
        local refused = json.decode(curl.send(curl.post(
          box.base_url .. "/wxaapi/broadcast/room/deleteroom?access_token=" .. first,
          { id = 99 })).body)
        local before = box:control("state")
        if way ~= "stop" then
          os.execute("kill -9 " .. box.pid)
        end
        box:stop()

        start { state = path, seed = "demo" }
        local after = box:control("state")
        assert.same(before, after)
        assert.equal(first, token())
        assert.equal(bare_sandbox.NOW + 100, box:control("clock").now)
        local kept = curl.send {
          url = box.base_url .. "/cgi-bin/media/get?media_id=" .. media_id .. "&access_token="
            .. first,
        }
        assert.equal(bytes, kept.body)
        local rid = refused.errmsg:match("rid: (%S+)")
        local found = json.decode(curl.send(curl.post(
          box.base_url .. "/cgi-bin/openapi/rid/get?access_token=" .. first, { rid = rid })).body)
        assert.equal('{"id":99}', found.request.request_body)
        -- Numbers go on where they were.
        local again = add_goods(first, media_id)
        assert.equal(tonumber(added.goodsId) + 1, tonumber(again.goodsId))
        assert.equal(added.auditId + 1, again.auditId)
      end)
    end

    it("a reset empties it", function()
      start { state = path }
      add_goods(token(), upload(token()))
      assert(box:control("reset"))
      box:stop()
      start { state = path }
      assert.equal(0, box:control("state").counts.goods)
    end)

    it("is held by one sandbox at a time", function()
      local first = start { state = path }
      local second, err = start { state = path }
      assert.is_nil(second)
      assert.truthy(tostring(err):find("another sandbox", 1, true))
      first:stop()
    end)

    it("that is no state file is refused", function()
      local file = assert(io.open(path, "w"))
      file:write(("this is not a database\n"):rep(100))
      file:close()
      local started, err = start { state = path }
      assert.is_nil(started)
      assert.truthy(tostring(err):find("not a database", 1, true))
    end)
  end)
end)
