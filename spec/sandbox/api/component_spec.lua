-- The bare sandbox as the platform behind a third-party platform: its calls.
local catalogue = require "wxlive.catalogue"
local components = require "spec.support.sandbox.component"
local json = require "wxlive.json"

local SHOP, OTHER = components.SHOP, components.OTHER
local OVERLAP, LIFE, HALF_DAY = 300, 7200, 12 * 3600

describe("sandbox, third-party platform:", function()
  local c

  before_each(function()
    c = components.new()
  end)

  local function advance(seconds)
    c.bare:advance(seconds)
  end

  it("from a ticket to a shop's rooms", function()
    local ticket = c:run("ticket").ticket
    local token = c:call("get_component_token", { component_verify_ticket = ticket })
    assert.equal(LIFE, token.expires_in)
    assert.is_nil(token.errcode)
    c.last = token.component_access_token
    local code = c:call("create_preauth_code")
    assert.same({ 600, nil }, { code.expires_in, code.errcode })
    local consent = c:run("consent", {
      appid = SHOP, pre_auth_code = code.pre_auth_code, sets = { 19, 52 },
      redirect_uri = "https://example.com/bound?shop=7",
    })
    assert.equal("authorized", consent.event)
    assert.is_truthy(consent.redirect:find("^https://example%.com/bound%?shop=7&auth_code=.+"
      .. "&expires_in=600$"))
    local info = c:call("query_auth", { authorization_code = consent.auth_code }).authorization_info
    assert.same({ SHOP, LIFE, 19, 52 }, {
      info.authorizer_appid, info.expires_in, info.func_info[1].funcscope_category.id,
      info.func_info[2].funcscope_category.id,
    })
    assert.equal(9410000, c:code("get_live_info", info.authorizer_access_token,
      { start = 0, limit = 10 }))
    local more = c:refresh(SHOP, info.authorizer_refresh_token)
    assert.equal(info.authorizer_refresh_token, more.authorizer_refresh_token)
    assert.not_equal(info.authorizer_access_token, more.authorizer_access_token)
  end)

  describe("tokens of the component", function()
    it("stand in the query under either name", function()
      for _, name in ipairs { "component_access_token", "access_token" } do
        assert.is_string(c:call("create_preauth_code", {}, { [name] = c:token() }).pre_auth_code)
      end
    end)

    it("replace the former after five minutes, and expire", function()
      local first = c:token()
      c.last = nil
      local second = c:token()
      local function code(token)
        return c:call("create_preauth_code", {}, { component_access_token = token }).errcode or 0
      end
      advance(OVERLAP - 1)
      assert.same({ 0, 0 }, { code(first), code(second) })
      advance(1)
      assert.same({ 40001, 0 }, { code(first), code(second) })
      advance(LIFE - OVERLAP)
      assert.equal(42001, code(second))
    end)

    it("are told from others", function()
      local function code(token)
        return c:call("create_preauth_code", {}, { component_access_token = token }).errcode
      end
      local shop = c:shop(SHOP)
      assert.equal(61014, code(shop.authorizer_access_token))
      assert.equal(40001, code(c.bare:token()))
      assert.equal(40014, code("short"))
      assert.equal(41001, c:call("create_preauth_code", {}, {}).errcode)
      assert.equal(40001, c:code("get_live_info", c:token(), { start = 0, limit = 1 }))
      c:run("quirk", { wrong_kind_61015 = true })
      assert.equal(61015, c:code("get_live_info", c:token(), { start = 0, limit = 1 }))
    end)

    it("are counted, and limited by the day", function()
      c:token()
      assert.equal(1, c:run("tokens")[c.own.appid].component)
      c:run("quota", { appid = c.own.appid, path = "/cgi-bin/component/api_component_token",
        used = 10000 })
      local ticket = c:run("ticket").ticket
      assert.equal(45009, c:call("get_component_token",
        { component_verify_ticket = ticket }).errcode)
    end)
  end)

  describe("a ticket", function()
    local function code(ticket)
      return c:call("get_component_token", { component_verify_ticket = ticket }).errcode or 0
    end

    it("works for 12 hours, whatever came after it", function()
      local first = c:run("ticket").ticket
      c:run("ticket")
      advance(HALF_DAY - 1)
      assert.equal(0, code(first))
      advance(1)
      assert.equal(61005, code(first))
      assert.equal(61006, code("ticket@@@of-another"))
      assert.equal(61006, code(false))
      assert.equal(61006, code(json.null))
    end)

    it("can be made to expire", function()
      local ticket = c:run("ticket").ticket
      c:run("ticket", { expire = true })
      assert.equal(61005, code(ticket))
    end)
  end)

  it("the component must be the right one, with its secret", function()
    local function code(params)
      params.component_verify_ticket = "ticket@@@any"
      return c:call("get_component_token", params).errcode
    end
    assert.equal(41018, code { component_appid = false })
    assert.equal(61011, code { component_appid = SHOP })
    assert.equal(40013, code { component_appid = "nobody" })
    assert.equal(41004, code { component_appsecret = false })
    assert.equal(40125, code { component_appsecret = "wrong" })
    local function with_token(appid)
      return c:call("create_preauth_code", { component_appid = appid }).errcode
    end
    assert.same({ 41018, 61011, 40013 }, { with_token(false), with_token(SHOP),
      with_token("nobody") })
    assert.equal(40013, c:call("start_push_ticket", { component_appid = "nobody" }).errcode)
    assert.equal(40125, c:call("start_push_ticket", { component_secret = "wrong" }).errcode)
    assert.equal(0, c:call("start_push_ticket").errcode)
  end)

  it("an authorization code works once, for ten minutes", function()
    local function code(text)
      return c:call("query_auth", { authorization_code = text }).errcode or 0
    end
    local first = c:run("consent", { appid = SHOP }).auth_code
    local second = c:run("consent", { appid = OTHER }).auth_code
    assert.same({ 0, 61010, 61009, 61009 }, { code(first), code(first), code("other"),
      code(false) })
    advance(600)
    assert.equal(61010, code(second))
  end)

  it("a pre_auth_code opens the page of consent for ten minutes", function()
    local code = c:call("create_preauth_code").pre_auth_code
    assert.is_true(c.own:knows_preauth(code))
    advance(600)
    assert.is_false(c.own:knows_preauth(code))
    assert.equal("the pre_auth_code is unknown or has expired",
      c:denial("consent", { appid = SHOP, pre_auth_code = code }))
  end)

  describe("a shop's token", function()
    it("opens what the shop granted, and no more", function()
      local live = c:shop(SHOP, { sets = { 52 } }).authorizer_access_token
      local media = c:shop(OTHER, { sets = { 30 } }).authorizer_access_token
      for _, entry in ipairs(catalogue.list) do
        if entry.auth == "token" then
          local set = entry.sets[1]
          assert.equal(set ~= nil and set ~= 52, c:code(entry.name, live) == 61007, entry.name)
          assert.equal(set == 52, c:code(entry.name, media) == 61007, entry.name)
        end
      end
    end)

    it("opens nothing while the component has not confirmed a set", function()
      local token = c:shop(SHOP, { sets = { 19, 52 }, unconfirmed = { 52 } })
        .authorizer_access_token
      assert.equal(61016, c:code("goods_list", token))
      assert.equal(41006, c:code("get_media", token))
    end)

    it("is about this shop and no other", function()
      local one, two = c:shop(SHOP), c:shop(OTHER)
      local body = { username = "WalleAI", role = 2 }
      assert.equal(0, c:code("add_role", one.authorizer_access_token, body))
      assert.equal(0, c:code("add_role", two.authorizer_access_token, body))
      assert.equal(1, #c.bare.platform:account(SHOP):sorted("role"))
      assert.equal(1, c:run("tokens")[SHOP].authorizer)
    end)

    it("is replaced after five minutes, and expires", function()
      local shop = c:shop(SHOP)
      local second = c:refresh(SHOP, shop.authorizer_refresh_token).authorizer_access_token
      local function code(token)
        return c:code("get_api_domain_ip", token)
      end
      advance(OVERLAP)
      assert.same({ 40001, 0 }, { code(shop.authorizer_access_token), code(second) })
      advance(LIFE)
      assert.equal(42001, code(second))
    end)

    it("is not there when the shop granted nothing", function()
      local shop = c:shop(SHOP, { sets = {} })
      assert.same({ SHOP, nil, nil }, {
        shop.authorizer_appid, shop.authorizer_access_token, shop.authorizer_refresh_token,
      })
    end)
  end)

  describe("consent", function()
    it("that is withdrawn ends calls, questions and refreshes", function()
      local shop = c:shop(SHOP)
      c:run("withdraw", { appid = SHOP })
      assert.equal(61003, c:code("get_live_info", shop.authorizer_access_token))
      assert.equal(61003, c:call("get_authorizer_info", { authorizer_appid = SHOP }).errcode)
      assert.equal(61003, c:call("get_authorizer_info", { authorizer_appid = OTHER }).errcode)
      assert.equal(61023, c:refresh(SHOP, shop.authorizer_refresh_token).errcode)
      assert.equal(0, c:call("get_authorizer_list", { offset = 0, count = 10 }).total_count)
      local again = c:shop(SHOP)
      assert.not_equal(shop.authorizer_refresh_token, again.authorizer_refresh_token)
      assert.equal(61023, c:refresh(SHOP, shop.authorizer_refresh_token).errcode)
    end)

    it("ends with a changed password", function()
      local shop = c:shop(SHOP)
      c:run("withdraw", { appid = SHOP, password_changed = true })
      assert.equal(42007, c:code("get_live_info", shop.authorizer_access_token))
      assert.equal(42007, c:refresh(SHOP, shop.authorizer_refresh_token).errcode)
    end)

    it("can be changed: sets are ticked and unticked", function()
      local shop = c:shop(SHOP, { sets = { 52 } })
      local change = c:run("consent", { appid = SHOP, sets = { 19, 52 } })
      assert.equal("updateauthorized", change.event)
      assert.is_nil(c:run("consent", { appid = SHOP, sets = { 52, 19 } }).event)
      assert.equal(41006, c:code("get_media", shop.authorizer_access_token))
      assert.is_nil(c:refresh(SHOP, shop.authorizer_refresh_token).errcode)
      c:run("consent", { appid = SHOP, sets = { 19 } })
      assert.equal(61007, c:code("goods_list", shop.authorizer_access_token))
    end)

    it("given again may bring another refresh token", function()
      c:run("quirk", { reconsent_rotates = true })
      local shop = c:shop(SHOP)
      local again = c:shop(SHOP)
      assert.not_equal(shop.authorizer_refresh_token, again.authorizer_refresh_token)
    end)

    it("can leave the shop's own secret without tokens", function()
      local function code(appid)
        return c.bare:send("POST", "/cgi-bin/stable_token", nil, json.encode {
          grant_type = "client_credential", appid = appid, secret = c.bare.platform.options.secret,
        }).errcode or 0
      end
      c:shop(SHOP, { managed = true })
      c:shop(OTHER)
      assert.same({ 61024, 0 }, { code(SHOP), code(OTHER) })
    end)

    it("is for accounts and sets that exist", function()
      assert.equal("there is no account nobody", c:denial("consent", { appid = "nobody" }))
      assert.equal("the component has no permission set 7",
        c:denial("consent", { appid = SHOP, sets = { 7 } }))
      assert.equal("the account has given no consent", c:denial("withdraw", { appid = SHOP }))
    end)
  end)

  describe("a refresh token", function()
    it("that was replaced works until the new one was used", function()
      local first = c:shop(SHOP).authorizer_refresh_token
      c:run("quirk", { refresh_rotates = true })
      local second = c:refresh(SHOP, first).authorizer_refresh_token
      assert.not_equal(first, second)
      -- The answer may have been lost: the former opens the same once more.
      assert.equal(second, c:refresh(SHOP, first).authorizer_refresh_token)
      local third = c:refresh(SHOP, second).authorizer_refresh_token
      assert.not_equal(second, third)
      assert.equal(61023, c:refresh(SHOP, first).errcode)
    end)

    it("that was replaced may die at once", function()
      local first = c:shop(SHOP).authorizer_refresh_token
      c:run("quirk", { refresh_rotates = true, former_refresh_token_dies = true })
      local second = c:refresh(SHOP, first).authorizer_refresh_token
      assert.equal(61023, c:refresh(SHOP, first).errcode)
      assert.is_string(c:refresh(SHOP, second).authorizer_access_token)
    end)

    it("can be replaced behind the component's back; the list has the new one", function()
      local first = c:shop(SHOP).authorizer_refresh_token
      c:run("quirk", { former_refresh_token_dies = true })
      c:run("rotate", { appid = SHOP })
      assert.equal(61023, c:refresh(SHOP, first).errcode)
      local listed = c:call("get_authorizer_list", { offset = 0, count = 10 }).list[1]
      assert.is_string(c:refresh(SHOP, listed.refresh_token).authorizer_access_token)
    end)

    it("must be there", function()
      c:shop(SHOP)
      for _, value in ipairs { false, json.null, "" } do
        assert.equal(61023, c:refresh(SHOP, value).errcode)
      end
    end)
  end)

  describe("the list of shops", function()
    before_each(function()
      for i = 1, 5 do
        c:shop(("wx%016x"):format(i))
        advance(1)
      end
    end)

    it("comes in pages, oldest consent first", function()
      local page = c:call("get_authorizer_list", { offset = 2, count = 2 })
      assert.same({ 5, 2, "wx0000000000000003", c.bare.platform:now() - 3 },
        { page.total_count, #page.list, page.list[1].authorizer_appid, page.list[1].auth_time })
      assert.equal(0, #c:call("get_authorizer_list", { offset = 5, count = 2 }).list)
      assert.equal(40170, c:call("get_authorizer_list", { offset = 0, count = 501 }).errcode)
    end)

    it("may lack the refresh tokens", function()
      c:run("quirk", { list_without_refresh_tokens = true })
      local page = c:call("get_authorizer_list", { offset = 0, count = 500 })
      assert.same({ 5, nil }, { #page.list, page.list[1].refresh_token })
    end)
  end)

  it("says who a shop is", function()
    local shop = c:shop(SHOP, { nick_name = "茶叶店", sets = { 52 } })
    local info = c:call("get_authorizer_info", { authorizer_appid = SHOP })
    assert.same({ "茶叶店", "gh_111111111111", 1 }, {
      info.authorizer_info.nick_name, info.authorizer_info.user_name,
      info.authorizer_info.account_status,
    })
    assert.equal(shop.authorizer_refresh_token, info.authorization_info.authorizer_refresh_token)
    assert.equal(52, info.authorization_info.func_info[1].funcscope_category.id)
  end)

  it("may leave the wrapper of a consent out", function()
    c:run("quirk", { bare_query_auth = true })
    local code = c:run("consent", { appid = SHOP }).auth_code
    local answer = c:call("query_auth", { authorization_code = code })
    assert.same({ nil, SHOP }, { answer.authorization_info, answer.authorizer_appid })
    assert.is_string(answer.authorizer_access_token)
  end)

  it("may refuse the caller's address", function()
    local shop, token = c:shop(SHOP), c:token()
    c:run("quirk", { component_ip_refused = true })
    assert.equal(61004, c:call("create_preauth_code", {},
      { component_access_token = token }).errcode)
    assert.equal(61004, c:code("goods_list", shop.authorizer_access_token))
    assert.equal(61004, c:call("get_component_token",
      { component_verify_ticket = "any" }).errcode)
  end)

  it("has quotas of its own", function()
    local shop = c:shop(SHOP)
    local function ask(token, path)
      return c.bare:send("POST", "/cgi-bin/openapi/quota/get", { access_token = token },
        json.encode { cgi_path = path }, { ["content-type"] = "application/json" })
    end
    local own, live = "/cgi-bin/component/api_component_token", "/wxaapi/broadcast/room/create"
    assert.equal(1, ask(c:token(), own).quota.used)
    assert.equal(10000, ask(c:token(), own).quota.daily_limit)
    assert.equal(76022, ask(c:token(), live).errcode)
    assert.equal(76022, ask(shop.authorizer_access_token, own).errcode)
    assert.equal(10000, ask(shop.authorizer_access_token, live).quota.daily_limit)
  end)

  it("keeps secrets out of what rid/get shows", function()
    local rid = c:call("query_auth", { authorization_code = "a-code-to-hide" }).errmsg
      :match("rid: (%S+)")
    local kept = c.bare.platform:account(c.own.appid).rid[rid]
    assert.is_nil((kept.request_url .. kept.request_body):find("a-code-to-hide", 1, true))
    assert.is_nil((kept.request_url .. kept.request_body):find(c:token(), 1, true))
    assert.equal("component_access_token=***", kept.request_url)
  end)

  it("is not there unless it was asked for", function()
    local without = components.new { component = false }
    assert.is_nil(without.own)
    local answer = without.bare:send("POST", "/cgi-bin/component/api_component_token", nil,
      json.encode { component_appid = "wxc0123456789abcde", component_appsecret = "x",
        component_verify_ticket = "y" }, { ["content-type"] = "application/json" })
    assert.equal(61011, answer.errcode)
  end)
end)
