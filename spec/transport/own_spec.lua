local fake = require "spec.support.fake"

local room = fake.room

describe("a transport of the caller's own", function()
  local function client(send)
    return (fake.client({}, {
      transport = { send = send }, retry = { attempts = 1 }, lookup = false,
    }))
  end

  -- A read gives bad_transport, and a write that must not be repeated is ambiguous.
  local function refuses(send, where)
    local none, err = client(send):get_live_info(0, 1)
    assert.is_nil(none, where)
    assert.equal("bad_transport", err.name, where)
    none, err = client(send):push_message(2, { "openid" })
    assert.is_nil(none, where)
    assert.is_true(err.ambiguous, where)
  end

  it("relies on nothing that it returns", function()
    local good = { status = 200, body = "{}", content_type = "application/json" }
    local function with(field, value)
      local response = {}
      for name, inner in pairs(good) do
        response[name] = inner
      end
      response[field] = value
      return { response }
    end
    for i, given in ipairs {
      {}, { nil, "no network" }, { nil, 5 }, { true }, { "text" }, { 200 }, { {} },
      with("status", "200"), with("body", {}), with("headers", "a: b"),
      with("content_type", 5), with("retry_after", {}), with("size", "5"), with("saved", true),
      { setmetatable({}, { __index = function() error("no field") end }) },
      { nil, setmetatable({}, { __index = function() error("no field") end }) },
    } do
      refuses(function() return given[1], given[2] end, i)
    end
  end)

  it("takes what it raises for a failure after which the work may have been done", function()
    refuses(function() error("socket: boom") end)
    refuses(function() error({}) end)
    local _, err = client(function() error("socket: boom", 0) end):create_room(room())
    assert.is_true(err.ambiguous)
    assert.is_truthy(err.message:find("socket: boom", 1, true))
  end)

  it("goes on when it cannot sleep", function()
    local sent = 0
    local live = fake.client({}, {
      transport = {
        send = function()
          sent = sent + 1
          return { status = 503 }
        end,
        sleep = function() error "no clock" end,
      },
      retry = { attempts = 3 },
    })
    local none, err = live:get_live_info(0, 1)
    assert.is_nil(none)
    assert.same({ "http_503", 3 }, { err.name, sent })
  end)

  it("takes a response without a body, and a Retry-After as it came", function()
    local _, err = client(function() return { status = 503, retry_after = "7" } end)
      :get_live_info(0, 1)
    assert.same({ "http_503", 7 }, { err.name, err.retry_after })
    _, err = client(function() return { status = 200, retry_after = "soon" } end)
      :create_room(room())
    assert.same({ "bad_answer", true }, { err.name, err.ambiguous })
  end)

  it("gives an error object for a plain table with a kind", function()
    local _, err = client(function() return nil, { kind = "transport", name = "off" } end)
      :get_live_info(0, 1)
    assert.is_true(require("wxlive.error").is(err))
    assert.equal("get_live_info: off (off)", tostring(err))
  end)
end)
