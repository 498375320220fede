local control = require "wxlive.sandbox.server.control"
local bare_sandbox = require "spec.support.sandbox.bare"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

describe("sandbox, tokens and quotas", function()
  local bare

  before_each(function()
    bare = bare_sandbox.new()
  end)

  local function stable(changes)
    local body = {
      grant_type = "client_credential", appid = sandbox.APPID, secret = sandbox.SECRET,
    }
    for name, value in pairs(changes or {}) do
      body[name] = value
    end
    return bare:send("POST", "/cgi-bin/stable_token", nil, assert(json.encode(body)))
  end

  local function plain(changes)
    local query = {
      grant_type = "client_credential", appid = sandbox.APPID, secret = sandbox.SECRET,
    }
    for name, value in pairs(changes or {}) do
      query[name] = value
    end
    return bare:send("GET", "/cgi-bin/token", query)
  end

  local function works(token)
    local answer = bare:send("GET", "/cgi-bin/getcallbackip", { access_token = token })
    return answer.errcode or 0
  end

  describe("plain", function()
    it("a new one replaces the former after five minutes", function()
      local first = plain().access_token
      local second = plain().access_token
      assert.not_equal(first, second)
      bare:advance(299)
      assert.same({ 0, 0 }, { works(first), works(second) })
      bare:advance(1)
      assert.same({ 40001, 0 }, { works(first), works(second) })
    end)

    it("expires after two hours", function()
      local answer, whole = plain()
      assert.equal(7200, answer.expires_in)
      assert.is_nil(answer.errcode)
      assert.equal("text/plain", whole.content_type)
      bare:advance(7199)
      assert.equal(0, works(answer.access_token))
      bare:advance(1)
      assert.equal(42001, works(answer.access_token))
    end)
  end)

  describe("stable", function()
    it("is the same for everybody until its last five minutes", function()
      local first = stable()
      bare:advance(6899)
      local again = stable()
      assert.same({ first.access_token, 301 }, { again.access_token, again.expires_in })
      bare:advance(1)
      local next_one = stable()
      assert.not_equal(first.access_token, next_one.access_token)
      assert.same({ 0, 0 }, { works(first.access_token), works(next_one.access_token) })
      bare:advance(300)
      assert.same({ 42001, 0 }, { works(first.access_token), works(next_one.access_token) })
    end)

    it("a forced refresh kills the former at once, every 30 s, 20 times a day", function()
      local first = stable().access_token
      local forced = stable({ force_refresh = true }).access_token
      assert.not_equal(first, forced)
      assert.same({ 40001, 0 }, { works(first), works(forced) })
      assert.equal(forced, stable({ force_refresh = true }).access_token)
      for _ = 2, 20 do
        bare:advance(30)
        local newer = stable({ force_refresh = true }).access_token
        assert.not_equal(forced, newer)
        forced = newer
      end
      bare:advance(30)
      assert.equal(forced, stable({ force_refresh = true }).access_token)
      bare:advance(12 * 3600)
      assert.not_equal(forced, stable({ force_refresh = true }).access_token)
    end)

    it("and plain live side by side", function()
      local one, other = stable().access_token, plain().access_token
      bare:advance(400)
      assert.same({ 0, 0 }, { works(one), works(other) })
    end)
  end)

  it("a token opens its own account only", function()
    local other = "wxaaaaaaaaaaaaaaaa"
    bare:room()
    local token = stable({ appid = other }).access_token
    local answer = bare:send("POST", "/wxa/business/getliveinfo", { access_token = token },
      '{"start":0,"limit":10}')
    assert.equal(9410000, answer.errcode)
    assert.same({ plain = 0, stable = 1, forced = 0 },
      control.run(bare.platform, "tokens", {})[other])
  end)

  it("accounts may be given by name, with secrets of their own", function()
    bare = bare_sandbox.new { accounts = { wxcccccccccccccccc = "own" } }
    assert.equal(40125, stable({ appid = "wxcccccccccccccccc" }).errcode)
    assert.truthy(stable({ appid = "wxcccccccccccccccc", secret = "own" }).access_token)
  end)

  it("refusals", function()
    for _, fetch in ipairs { stable, plain } do
      assert.equal(40002, fetch({ grant_type = "password" }).errcode)
      assert.equal(40013, fetch({ appid = "wx0123" }).errcode)
      assert.equal(40013, fetch({ appid = "WX0123456789ABCDEF" }).errcode)
      assert.equal(40125, fetch({ secret = "wrong" }).errcode)
      assert.equal(41002, fetch({ appid = "" }).errcode)
      assert.equal(41004, fetch({ secret = "" }).errcode)
    end
    assert.equal(43002, bare:send("GET", "/cgi-bin/stable_token").errcode)
  end)

  describe("quotas", function()
    local path = "/wxaapi/broadcast/room/getassistantlist"

    local function ask()
      return bare:code("get_assistant_list", { roomId = 1 })
    end

    it("a day's calls are counted, refused past the limit, and start again in Beijing", function()
      bare:room()
      assert(control.run(bare.platform, "quota", { path = path, per_day = 3 }))
      assert.same({ 0, 0, 0, 45009 }, { ask(), ask(), ask(), ask() })
      local answer = bare:call("get_api_quota", { cgi_path = path })
      assert.same({ daily_limit = 3, used = 3, remain = 0 }, answer.quota)
      bare:advance(12 * 3600 - 1)
      assert.equal(45009, ask())
      bare:advance(1)
      assert.equal(0, ask())
    end)

    it("refused calls count as well", function()
      assert.equal(300022, ask())
      assert.equal(1, bare:call("get_api_quota", { cgi_path = path }).quota.used)
    end)

    it("a minute's calls are 45011", function()
      bare:room()
      assert(control.run(bare.platform, "quota", { path = path, per_minute = 2 }))
      assert.same({ 0, 0, 45011 }, { ask(), ask(), ask() })
      bare:advance(60)
      assert.equal(0, ask())
    end)

    it("the token call has one, too", function()
      assert(control.run(bare.platform, "quota", { path = "/cgi-bin/token", per_day = 1 }))
      assert.truthy(plain().access_token)
      assert.equal(45009, plain().errcode)
    end)

    it("are reset ten times a month, with a token or without", function()
      bare:room()
      assert(control.run(bare.platform, "quota", { path = path, per_day = 1 }))
      for i = 1, 10 do
        assert.same({ 0, 45009 }, { ask(), ask() })
        if i % 2 == 0 then
          assert.equal(0, bare:code("clear_quota", { appid = sandbox.APPID }))
        else
          assert.equal(0, bare:send("POST", "/cgi-bin/clear_quota/v2", nil,
            json.encode { appid = sandbox.APPID, appsecret = sandbox.SECRET }).errcode)
        end
      end
      assert.equal(48006, bare:code("clear_quota", { appid = sandbox.APPID }))
      assert.equal(40013, bare:code("clear_quota", { appid = "wxaaaaaaaaaaaaaaaa" }))
    end)

    it("quota/get refuses paths that are none", function()
      assert.equal(76003, bare:code("get_api_quota", { cgi_path = "wxaapi/x" }))
      assert.equal(76021, bare:code("get_api_quota", { cgi_path = "/wxaapi/x" }))
      assert.equal(76021, bare:code("clear_api_quota", { cgi_path = path }))
    end)
  end)

  describe("rid", function()
    it("ends every errmsg, begins with the time, and is found again for a week", function()
      local answer = bare:call("delete_room", { id = 77 })
      local rid = answer.errmsg:match(" rid: (%x+%-%x+%-%x+)$")
      assert.equal(("%08x"):format(bare_sandbox.NOW), rid:sub(1, 8))
      local found = bare:call("get_rid_info", { rid = rid }).request
      assert.equal('{"id":77}', found.request_body)
      assert.equal("access_token=***", found.request_url)
      assert.equal(300022, json.decode(found.response_body).errcode)
      bare:advance(7 * 86400)
      assert.equal(0, bare:code("get_rid_info", { rid = rid }))
      bare:advance(1)
      assert.equal(76004, bare:code("get_rid_info", { rid = rid }))
    end)

    it("refusals: malformed, unknown, of another account", function()
      assert.equal(76002, bare:code("get_rid_info", { rid = "what" }))
      assert.equal(76001, bare:code("get_rid_info", { rid = "6b000000-00000000-00000000" }))
      local rid = bare:call("delete_room", { id = 77 }).errmsg:match("rid: (%S+)$")
      bare.appid = "wxaaaaaaaaaaaaaaaa"
      assert.equal(76003, bare:code("get_rid_info", { rid = rid }))
    end)

    it("keeps the latest two thousand", function()
      local first
      for i = 1, 4000 do
        local answer = bare:call("delete_room", { id = 77 })
        first = first or answer.errmsg:match("rid: (%S+)$")
        assert.equal(300022, answer.errcode, i)
      end
      assert.equal(76001, bare:code("get_rid_info", { rid = first }))
    end)
  end)

  it("addresses and the callback check", function()
    assert.truthy(bare:call("get_api_domain_ip").ip_list[1])
    assert.truthy(bare:call("get_callback_ip").ip_list[1])
    local params = { action = "dns", check_operator = "DEFAULT" }
    assert.is_nil(bare:call("check_callback", params).ping)
    params.action = "all"
    local answer = bare:call("check_callback", params)
    assert.truthy(answer.dns[1].ip and answer.ping[1].package_loss)
    assert.equal(40202, bare:code("check_callback", { action = "x", check_operator = "CAP" }))
    assert.equal(40203, bare:code("check_callback", { action = "all", check_operator = "x" }))
    bare.platform.quirks.no_callback_url = true
    assert.equal(40201, bare:code("check_callback", params))
  end)
end)
