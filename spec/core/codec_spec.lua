local codec = require("wxlive.core").codec

local function exchange()
  return assert(codec.exchange())
end

describe("the HTTP codec", function()
  it("writes the head of a request", function()
    assert.equal("POST /a?b=c HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\n"
      .. "Content-Length: 2\r\n\r\n",
      exchange():start("POST", "/a?b=c", "h:1", { "Content-Type", "application/json" }, 100, 2))
    assert.equal("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      exchange():start("GET", "/", "h", nil, 100, nil, true))
  end)

  it("refuses what would end a line", function()
    for _, case in ipairs {
      { "GET", "/\r\nX: y", "h" }, { "GET", "/", "h\n" }, { "G\0T", "/", "h" },
      { "GET", "/", "h", { "X", "a\r\nY: b" } }, { "GET", "/", "h", { "X\n", "a" } },
      { "GET", "/", "h", { "Host", "other" } }, { "GET", "/ x", "h" },
    } do
      local head, err = exchange():start(case[1], case[2], case[3], case[4], 100)
      assert.is_nil(head)
      assert.equal("bad_argument", err.status)
    end
  end)

  it("reads a response in pieces", function()
    local x = exchange()
    assert(x:start("GET", "/", "h", nil, 100))
    assert.is_false(x:touched())
    assert.is_nil(x:status())
    assert.equal("head", x:feed("HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Len"))
    assert.is_true(x:touched())
    assert.equal("body", x:feed("gth: 6\r\n\r\n{}"))
    assert.same({ 200, "1.1" }, { x:status() })
    assert.equal("{}", x:body())
    assert.equal("done", x:feed("[]()x"))
    assert.equal("[]()", x:body())
    assert.equal("", x:body())
    assert.equal(6, x:received())
    assert.equal("x", x:leftover())
    assert.is_false(x:reusable())
    assert.equal("x-a: 1\r\nx-a: 2\r\ncontent-length: 6\r\n", (select(7, x:take())))
  end)

  it("serves one exchange after another, also after a failure", function()
    local x = exchange()
    for _ = 1, 3 do
      assert(x:start("GET", "/", "h", nil, 100))
      local state, err = x:feed("nonsense")
      assert.is_nil(state)
      assert.equal("bad_protocol", err.status)
      assert(x:start("GET", "/", "h", nil, 100))
      assert.equal("done", x:feed("HTTP/1.1 204 No\r\n\r\n"))
      assert.is_true(x:reusable())
    end
    assert(x:start("GET", "/", "h", nil, 3))
    local state, err = x:feed("HTTP/1.1 200 OK\r\n"
      .. "Content-Length: 4\r\n\r\n")
    assert.is_nil(state)
    assert.equal("too_large", err.status)
  end)

  it("tells an end from a break", function()
    local x = exchange()
    assert(x:start("GET", "/", "h", nil, 100))
    x:feed("HTTP/1.1 200 OK\r\n\r\nall")
    assert.equal("done", x:eof())
    assert.equal("all", x:body())
    assert(x:start("GET", "/", "h", nil, 100))
    local state, err = x:eof()
    assert.is_nil(state)
    assert.equal("connection_lost", err.status)
  end)

  it("is closed once and for all", function()
    local x = exchange()
    x:close()
    x:close()
    assert.error_matches(function() x:feed("x") end, "handle is closed")
    assert.has_error(function() exchange():start("GET", "/", "h", { "X", 1 }, 1) end)
    assert.has_error(function() exchange():start("GET", "/", "h", nil, 0) end)
  end)
end)
