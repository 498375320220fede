-- Inside nginx only: spec/nginx/run spec/full/nginx/callback_nginx_spec.lua
if not require("wxlive.compat").in_nginx() then
  return
end

local cosocket = require "wxlive.transport.cosocket"
local deliveries = require "spec.support.deliveries"
local endpoint = require "wxlive.callback.nginx"
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
    local deadline = ngx.now() + 5
    while not holds() do
      assert(ngx.now() < deadline, "waited for 5 seconds")
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
    assert.equal(413, send("POST", query_of(case), ("x"):rep(100001)).status)
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
