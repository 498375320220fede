-- luacheck: ignore 122 (functions of ngx are replaced for a moment)
-- Inside nginx only: spec/nginx/run spec/full/nginx/callback_nginx_spec.lua
if not require("wxlive.base.compat").in_nginx() then
  return
end

local cosocket = require "wxlive.transport.cosocket"
local deliveries = require "spec.support.deliveries"
local endpoint = require "wxlive.callback.nginx"
local once = require "wxlive.callback.once"
local peer = require "spec.nginx.peer"
local shdict = require "wxlive.store.shdict"

local case = deliveries.case("follow, XML, encrypted")
local address = "http://127.0.0.1:" .. os.getenv("WXLIVE_SPEC_PORT") .. "/wechat"

describe("the callback endpoint of nginx", function()
  local transport

  before_each(function()
    peer.reset()
    ngx.shared.wxlive:flush_all()
    transport = assert(cosocket.new())
  end)

  after_each(function()
    transport:close()
  end)

  -- A receiver of its own, as each worker has one; they share the dictionary.
  local function receiver(mode)
    return deliveries.receiver(mode or "encrypted", { store = assert(shdict.new("wxlive")) })
  end

  local function serve(one, options)
    peer.on("/wechat", function()
      endpoint.serve(one, options)
    end)
  end

  local function send(method, query, body)
    return assert(transport:send {
      method = method, url = address .. "?" .. query, body = body, resend = false,
      content_type = body and "text/xml" or nil, timeout = 5,
    })
  end

  local function query_of(one)
    local query = one.query
    if type(query) == "string" then
      return query
    end
    local parts = {}
    for name, value in pairs(query) do
      parts[#parts + 1] = name .. "=" .. ngx.escape_uri(value)
    end
    return table.concat(parts, "&")
  end

  local function wait_for(holds)
    local deadline = ngx.now() + 60
    while not holds() do
      assert(ngx.now() < deadline, "waited for a minute")
      ngx.sleep(0.005)
    end
  end

  it("answers first and runs the handlers behind", function()
    local events, order = {}, {}
    local one = receiver():on("follow", function(event)
      ngx.sleep(0.1)
      order[#order + 1] = "handled"
      events[#events + 1] = event
    end)
    serve(one)
    local response = send("POST", query_of(case), case.body)
    order[#order + 1] = "answered"
    assert.equal(200, response.status)
    assert.equal("success", response.body)
    wait_for(function() return events[1] end)
    assert.same({ "answered", "handled" }, order)
    assert.equal("add_follow", events[1].action)
  end)

  it("lets an event through once, whichever worker it comes to", function()
    local count = 0
    for _ = 1, 3 do
      serve(receiver():on("*", function() count = count + 1 end))
      assert.equal("success", send("POST", query_of(case), case.body).body)
    end
    wait_for(function() return count == 1 end)
    ngx.sleep(0.05)
    assert.equal(1, count)
  end)

  it("runs them before the answer when asked to, and then they may fail or reply", function()
    local fail = true
    serve(receiver():on("follow", function()
      if fail then
        error("no")
      end
    end), { wait = true })
    assert.equal(500, send("POST", query_of(case), case.body).status)
    fail = false
    -- a failed event is let through again
    assert.equal(200, send("POST", query_of(case), case.body).status)
  end)

  -- Everything that is logged while f runs.
  local function logged(f)
    local log, lines = ngx.log, {}
    ngx.log = function(level, ...)
      lines[#lines + 1] = table.concat { ... }
      return log(level, ...)
    end
    local ok, err = pcall(f)
    ngx.log = log
    assert(ok, err)
    return table.concat(lines, "\n")
  end

  describe("with wait", function()
    local lease = once.LEASE

    before_each(function()
      once.LEASE = 0.4
    end)

    after_each(function()
      once.LEASE = lease
    end)

    it("holds a second delivery until the handlers of the first are through", function()
      for _, fails in ipairs { false, true } do
        ngx.shared.wxlive:flush_all()
        local runs = 0
        serve(receiver():on("follow", function()
          runs = runs + 1
          ngx.sleep(0.2)
          assert(not fails or runs > 1, "no")
        end), { wait = true })
        local first = ngx.thread.spawn(send, "POST", query_of(case), case.body)
        wait_for(function() return runs == 1 end)
        local second = send("POST", query_of(case), case.body)
        local _, answered = ngx.thread.wait(first)
        assert.same({ fails and 500 or 200, 200, "success", fails and 2 or 1 },
          { answered.status, second.status, second.body, runs })
      end
    end)

    it("does not say success for handlers that are not through, and runs them once", function()
      local runs, through = 0, false
      serve(receiver():on("follow", function()
        runs = runs + 1
        ngx.sleep(1) -- longer than a lease and than the patience
        through = true
      end), { wait = true, patience = 0.2 })
      while not through do
        local status = send("POST", query_of(case), case.body).status
        assert.is_true(through or status == 503)
      end
      wait_for(function() return send("POST", query_of(case), case.body).status == 200 end)
      assert.equal(1, runs)
    end)

    it("keeps a handler from answering or ending the request", function()
      for name, act in pairs {
        exit = function() ngx.exit(200) end, ok = function() ngx.exit(ngx.OK) end,
        redirect = function() ngx.redirect("/elsewhere") end,
        exec = function() ngx.exec("/elsewhere") end,
        say = function() ngx.say("success") end,
        status = function() ngx.status = 200 end,
        header = function() ngx.header.x = "y" end,
      } do
        ngx.shared.wxlive:flush_all()
        local healed, runs = false, 0
        serve(receiver():on("follow", function()
          runs = runs + 1
          if not healed then
            act()
            error("not reached by ngx.exit")
          end
        end), { wait = true, patience = 0.2 })
        local response = send("POST", query_of(case), case.body)
        assert.is_true(response.status >= 500, name .. ": " .. response.status)
        assert.equal("refused", response.body)
        healed = true
        wait_for(function() return send("POST", query_of(case), case.body).status == 200 end)
        assert.equal(2, runs, name)
      end
    end)

    it("lets the event come again when nginx has no timer for its handlers", function()
      local ran = false
      serve(receiver():on("follow", function() ran = true end), { wait = true })
      local at = ngx.timer.at
      ngx.timer.at = function()
        return nil, "too many pending timers"
      end
      local status = send("POST", query_of(case), case.body).status
      ngx.timer.at = at
      assert.same({ 503, false }, { status, ran })
      assert.equal(200, send("POST", query_of(case), case.body).status)
      assert.is_true(ran)
    end)
  end)

  it("handles events although the dictionary is full, and says so in the log", function()
    local small = ngx.shared.wxlive_small
    for _, wait in ipairs { false, true } do
      small:flush_all()
      small:flush_expired()
      local filled = 0
      while small:safe_set("filler" .. filled, ("x"):rep(20)) do
        filled = filled + 1
      end
      local count = 0
      serve(deliveries.receiver("encrypted", { store = assert(shdict.new("wxlive_small")) })
        :on("*", function() count = count + 1 end), { wait = wait })
      local text = logged(function()
        assert.equal(200, send("POST", query_of(case), case.body).status)
        wait_for(function() return count == 1 end)
      end)
      assert.truthy(text:find("lua_shared_dict wxlive_small 10m", 1, true), text)
    end
    small:flush_all()
    small:flush_expired()
  end)

  it("names the events that a worker which ends may cut off", function()
    local every, at_the_end = ngx.timer.every, nil
    ngx.timer.every = function(_, f)
      at_the_end = f
      return true
    end
    package.loaded["wxlive.callback.nginx"] = nil
    local fresh = require "wxlive.callback.nginx"
    package.loaded["wxlive.callback.nginx"] = endpoint
    local go_on, through = false, false
    local one = receiver():on("follow", function()
      wait_for(function() return go_on end)
      through = true
    end)
    peer.on("/wechat", function()
      fresh.serve(one)
    end)
    assert.equal(200, send("POST", query_of(case), case.body).status)
    wait_for(function() return at_the_end end)
    ngx.timer.every = every
    assert.truthy(logged(function() at_the_end(true) end):find("wxalive_follow_notify", 1, true))
    go_on = true
    wait_for(function() return through end)
    ngx.sleep(0)
    assert.equal("", logged(function() at_the_end(true) end))
  end)

  it("a handler that fails behind is logged, and disturbs nobody", function()
    local ran = false
    serve(receiver():on("follow", function()
      ran = true
      error("no")
    end))
    assert.equal(200, send("POST", query_of(case), case.body).status)
    wait_for(function() return ran end)
  end)

  it("refuses what is forged, of another method, or too large", function()
    local called = false
    serve(receiver():on("*", function() called = true end), { max_body = 100000 })
    local forged = query_of(case):gsub("(msg_signature=)(%x)", function(name, digit)
      return name .. (digit == "0" and "1" or "0")
    end)
    assert.equal(403, send("POST", forged, case.body).status)
    assert.equal(400, send("GET", query_of(case)).status)
    local text = logged(function()
      assert.equal(413, send("POST", query_of(case), ("x"):rep(100001)).status)
    end)
    assert.truthy(text:find("the body is longer than max_body, 100000 bytes", 1, true), text)
    -- larger than nginx keeps in memory: read back from the file
    assert.equal(400, send("POST", query_of(case), ("x"):rep(90000)).status)
    assert.is_false(called)
  end)

  it("reads a body that nginx has put into a file", function()
    local plain = deliveries.receiver("plain", { window = false, store = false })
    local got
    serve(plain:on("*", function(event) got = event end))
    local long = ("茶"):rep(20000)
    local query = "timestamp=1&nonce=2&signature="
      .. require("wxlive.core").message.sha1(deliveries.fixture().token, "1", "2")
    assert.equal(200, send("POST", query, "<xml><MsgType>text</MsgType><Content>" .. long
      .. "</Content></xml>").status)
    wait_for(function() return got end)
    assert.equal(long, got.content)
  end)

  it("answers the console's check of the address", function()
    serve(deliveries.receiver("encrypted", { window = false }))
    local signature = require("wxlive.core").message.sha1(deliveries.fixture().token, "1", "2")
    local response = send("GET", "timestamp=1&nonce=2&echostr=hello&signature=" .. signature)
    assert.equal(200, response.status)
    assert.equal("hello", response.body)
  end)

  it("names an option that it does not know", function()
    assert.error_matches(function() endpoint.serve(receiver(), { max_bdy = 1 }) end, "max_body")
  end)
end)
