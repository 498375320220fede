local curl = require "spec.support.curl"
local httpd = require "wxlive.httpd"
local stream = require "wxlive.curl".stream
local system = require "wxlive.core".system

describe("httpd", function()
  local server, url

  before_each(function()
    server = assert(httpd.listen { port = 0, max_body = 4096 })
    url = ("http://127.0.0.1:%d"):format(server:port())
  end)

  after_each(function()
    server:close()
  end)

  local function take()
    local exchange, request = server:poll(60)
    assert(exchange, request)
    return exchange, request
  end

  -- Lets the server work until the client has what it waits for.
  local function settle(seconds)
    local deadline = system.monotonic() + (seconds or 0.05)
    repeat
      server:poll(0.01)
    until system.monotonic() > deadline
  end

  local function finish(client)
    settle()
    local answers, code = client()
    return answers[1], code
  end

  it("hands over a request as it came", function()
    local client = curl.start { {
      method = "POST", url = url .. "/a%20b?x=%31&y", content_type = "text/x", body = "h\0llo",
    } }
    local exchange, request = take()
    assert.same({ "POST", "/a%20b", "x=%31&y", "h\0llo", 1, "127.0.0.1", false }, {
      request.method, request.path, request.query, request.body, request.nth, request.remote,
      request.too_large,
    })
    assert.equal("text/x", request.headers["content-type"])
    assert.is_true(exchange:respond {
      status = 201, headers = { ["X-One"] = "1" }, body = "d\0ne",
    })
    local answer, code = finish(client)
    assert.same({ 201, "d\0ne", "1", 0 },
      { answer.status, answer.body, answer.headers["x-one"], code })
  end)

  it("counts the requests of a connection", function()
    local client = curl.start { { url = url .. "/1" }, { url = url .. "/2" } }
    for n = 1, 2 do
      local exchange, request = take()
      assert.same({ "/" .. n, n }, { request.path, request.nth })
      exchange:respond {}
    end
    assert.equal(0, select(2, finish(client)))
  end)

  it("holds many at once and answers in any order", function()
    local clients, held = {}, {}
    for i = 1, 8 do
      clients[i] = curl.start { { url = url .. "/" .. i } }
    end
    for _ = 1, 8 do
      local exchange, request = take()
      held[tonumber(request.path:sub(2))] = exchange
    end
    for i = 8, 1, -1 do
      held[i]:respond { body = "answer " .. i }
    end
    settle()
    for i = 1, 8 do
      assert.equal("answer " .. i, clients[i]()[1].body)
    end
  end)

  -- Exit codes of curl: 18 cut short, 52 nothing came, 56 reset.
  it("closes without an answer", function()
    local client = curl.start { { url = url } }
    assert.is_true(take():close())
    assert.equal(52, select(2, finish(client)))
  end)

  it("resets", function()
    local client = curl.start { { url = url } }
    assert.is_true(take():reset())
    assert.equal(56, select(2, finish(client)))
  end)

  it("cuts an answer short", function()
    local client = curl.start { { url = url } }
    local exchange = take()
    assert.is_true(exchange:respond { body = "abc", length = 100 })
    exchange:close()
    local answer, code = finish(client)
    assert.same({ 18, "abc", "100" }, { code, answer.body, answer.headers["content-length"] })
  end)

  it("resets in the middle of an answer", function()
    local client = curl.start { { url = url } }
    local exchange = take()
    exchange:respond { body = "abc", length = 100 }
    settle()
    exchange:reset()
    assert.equal(56, select(2, finish(client)))
  end)

  it("sends an answer piece by piece", function()
    local client = curl.start { { url = url } }
    local exchange = take()
    exchange:respond { body = "", length = 9 }
    for _, piece in ipairs { "abc", "def", "ghi" } do
      settle(0.02)
      assert.is_true(exchange:send(piece))
    end
    local answer, code = finish(client)
    assert.same({ 0, "abcdefghi" }, { code, answer.body })
    assert.is_false(exchange:send("more"))
  end)

  it("closes what Lua drops", function()
    local client = curl.start { { url = url } }
    take()
    collectgarbage()
    collectgarbage()
    assert.equal(52, select(2, finish(client)))
  end)

  it("closes what is held when the server closes; the exchange outlives it", function()
    local client = curl.start { { url = url } }
    local exchange = take()
    server:close()
    assert.equal(52, select(2, client()))
    assert.is_false(exchange:respond { body = "late" })
    assert.is_false(exchange:close())
    assert.has_error(function() server:poll(0) end)
    server:close()
  end)

  it("reads a body over the ceiling away, so that the client gets an answer", function()
    for size, large in pairs { [4096] = false, [4097] = true, [16384] = true } do
      local client = curl.start { curl.post(url, ("x"):rep(size)) }
      local exchange, request = take()
      assert.equal(large, request.too_large)
      assert.equal(large and 0 or size, #request.body)
      exchange:respond { status = large and 413 or 200 }
      assert.equal(large and 413 or 200, finish(client).status)
    end
  end)

  it("cuts off a body that is many times over it", function()
    local client = curl.start { curl.post(url, ("x"):rep(100000)) }
    assert.same({ nil, "timeout" }, { server:poll(0.3) })
    assert.truthy(select(2, finish(client)) > 0)
  end)

  it("can be reached from this machine only", function()
    -- The kernel's list of sockets: local address and port in hexadecimal, state 0A is listening.
    local bound = {}
    for line in io.lines("/proc/net/tcp") do
      local address, port, state = line:match(": (%x+):(%x+) %x+:%x+ (%x+) ")
      if state == "0A" and tonumber(port, 16) == server:port() then
        bound[#bound + 1] = address
      end
    end
    assert.same({ "0100007F" }, bound)
  end)

  it("listens on another address when it is told to", function()
    local other = assert(httpd.listen { address = "::1" })
    local client = curl.start { { url = ("http://[::1]:%d/x"):format(other:port()) } }
    local exchange, request = other:poll(60)
    assert.equal("/x", request.path)
    exchange:respond { body = "six" }
    for _ = 1, 5 do
      other:poll(0.01)
    end
    assert.equal("six", client()[1].body)
    other:close()
    local none, err = httpd.listen { address = "shop.example" }
    assert.is_nil(none)
    assert.is_truthy(err.message:find("shop.example", 1, true))
  end)

  it("refuses a request line that is too long", function()
    local client = curl.start { { url = url .. "/" .. ("x"):rep(9000) } }
    assert.same({ nil, "timeout" }, { server:poll(0.3) })
    assert.truthy(select(2, finish(client)) > 0)
  end)

  it("survives a client that goes away", function()
    local client = assert(stream.connect { host = "127.0.0.1", port = server:port() })
    assert(client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 60))
    local exchange = take()
    client:close()
    exchange:respond { body = ("x"):rep(1000000) }
    settle()
    local after = curl.start { { url = url } }
    take():respond { body = "alive" }
    assert.equal("alive", finish(after).body)
  end)

  it("answers once", function()
    local client = curl.start { { url = url } }
    local exchange = take()
    exchange:respond { body = "once" }
    local ok, reason = pcall(exchange.respond, exchange, { body = "twice" })
    assert.is_false(ok)
    assert.truthy(reason:find("answered already", 1, true))
    assert.equal("once", finish(client).body)
  end)

  it("checks an answer before it acts on it", function()
    local client = curl.start { { url = url } }
    local exchange = take()
    for _, bad in ipairs {
      { status = 99 }, { status = 600 }, { body = 5 }, { body = "long", length = 3 },
      { headers = { "x" } }, { headers = { a = 5 } },
    } do
      assert.has_error(function() exchange:respond(bad) end)
    end
    local ok, err = exchange:respond { headers = { ["X-Split"] = "a\r\nb: c" } }
    assert.is_nil(ok)
    assert.equal("bad_argument", err.status)
    assert.equal(52, select(2, finish(client)))
  end)

  it("says why it cannot listen", function()
    local other, err = httpd.listen { port = server:port() }
    assert.is_nil(other)
    assert.equal("io", err.status)
    assert.equal(("cannot listen on 127.0.0.1:%d: Address already in use"):format(server:port()),
      err.message)
    assert.has_error(function() httpd.listen { port = 70000 } end)
    assert.has_error(function() httpd.listen { max_body = 0 } end)
  end)

  it("lets go of its port when it is closed", function()
    local port = server:port()
    server:close()
    server = assert(httpd.listen { port = port })
    assert.equal(port, server:port())
  end)

  it("waits no longer than it is told to", function()
    local before = system.monotonic()
    assert.same({ nil, "timeout" }, { server:poll(0.05) })
    assert.truthy(system.monotonic() - before < 60)
  end)
end)
