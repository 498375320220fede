-- The sandbox as the platform behind a third-party platform, over HTTP: pushes to both URLs,
-- faults, and what a restart leaves.
local callback = require "wxlive.callback"
local curl = require "spec.support.curl"
local httpd = require "wxlive.httpd"
local json = require "wxlive.json"
local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"

local SHOP, OTHER = "wx1111111111111111", "wx2222222222222222"

describe("sandbox, third-party platform, over HTTP:", function()
  local box, server, base, opener

  before_each(function()
    server = assert(httpd.listen { port = 0 })
    base = ("http://127.0.0.1:%d"):format(server:port())
    local own = sandbox.COMPONENT
    opener = assert(callback.new {
      token = own.token, aes_key = own.aes_key, appid = own.appid, window = false, store = false,
    })
  end)

  after_each(function()
    server:close()
    if box then
      box:stop()
      box = nil
    end
  end)

  local function start(component, more)
    local options = { transport = curl.transport(), component = component }
    for name, value in pairs(more or {}) do
      options[name] = value
    end
    box = assert(sandbox.start(options))
    return box
  end

  -- The next push: the event in it, its path and its body. It is answered as it should be.
  local function take()
    local exchange, request = server:poll(10)
    assert(exchange, request)
    exchange:respond { status = 200, body = "success" }
    server:poll(0)
    return assert(opener:open(request.query, request.body)), request.path, request.body
  end

  local function post(path, body)
    local response = assert(curl.send { method = "POST", url = box.base_url .. path,
      content_type = "application/json", body = assert(json.encode(body)), timeout = 10 })
    return json.decode(response.body), response
  end

  local function call(name, params, token)
    params.component_appid = box.component.appid
    return post("/cgi-bin/component/" .. name
      .. (token and "?component_access_token=" .. token or ""), params)
  end

  local function component_token(ticket)
    return call("api_component_token", {
      component_appsecret = box.component.secret, component_verify_ticket = ticket,
    }).component_access_token
  end

  it("a ticket comes at the start, and every so many seconds of the sandbox's clock", function()
    start { url = base .. "/events", ticket_seconds = 600 }
    local event, path, body = take()
    assert.same({ "component_verify_ticket", box.component.appid, "/events" },
      { event.info_type, event.app_id, path })
    -- The envelope names the component, not a receiver.
    assert.truthy(body:find("^<xml><AppId><!%[CDATA%[" .. box.component.appid .. "%]%]></AppId>"))
    assert.is_string(component_token(event.component_verify_ticket))
    box:control("component", { tickets = false })
    box:control("clock", { frozen = true })
    box:control("component", { tickets = true })
    local second = take()
    box:control("clock", { advance = 599 })
    box:control("clock", { advance = 1 })
    local third = take()
    assert.equal("component_verify_ticket", third.info_type)
    assert.not_equal(second.component_verify_ticket, third.component_verify_ticket)
    assert.equal(600, third.create_time - second.create_time)
    assert.equal(3, box:control("deliveries").last)
  end)

  it("a push that is not taken comes again", function()
    start { url = base .. "/events" }
    for _ = 1, 2 do
      local exchange = assert(server:poll(10))
      exchange:respond { status = 500, body = "busy" }
      server:poll(0)
    end
    assert.equal("component_verify_ticket", take().info_type)
    assert.equal(1, box:control("deliveries").last)
  end)

  it("tickets can stay away, and come back when they are asked for", function()
    start { url = base .. "/events" }
    local ticket = take().component_verify_ticket
    box:control("component", { tickets = false })
    box:control("clock", { advance = 13 * 3600 })
    assert.equal(61005, call("api_component_token", {
      component_appsecret = box.component.secret, component_verify_ticket = ticket,
    }).errcode)
    assert.equal(1, box:control("deliveries").last)
    assert.equal(0, call("api_start_push_ticket", { component_secret = box.component.secret })
      .errcode)
    assert.is_string(component_token(take().component_verify_ticket))
    box:control("ticket")
    assert.equal("component_verify_ticket", take().info_type)
  end)

  it("consent, its changes and its end are pushed", function()
    start { url = base .. "/events" }
    take()
    local given = box:control("consent", { appid = SHOP, sets = { 52 } })
    local event = take()
    assert.same({ "authorized", SHOP, given.auth_code }, {
      event.info_type, event.authorizer_appid, event.authorization_code,
    })
    assert.equal(600, tonumber(event.authorization_code_expired_time) - event.create_time)
    box:control("consent", { appid = SHOP, sets = { 52 } }) -- nothing changed: no push
    box:control("consent", { appid = SHOP, sets = { 19, 52 } })
    event = take()
    assert.same({ "updateauthorized", SHOP }, { event.info_type, event.authorizer_appid })
    box:control("withdraw", { appid = SHOP })
    event = take()
    assert.same({ "unauthorized", SHOP, nil },
      { event.info_type, event.authorizer_appid, event.authorization_code })
  end)

  it("the administrator is sent to redirect_uri with the code", function()
    start { url = base .. "/events" }
    take()
    local ticket = box:control("ticket").ticket
    take()
    local pre = call("api_create_preauthcode", {}, component_token(ticket)).pre_auth_code
    -- The visit waits for its answer: it and the push come to the server in either order.
    local finish = curl.start { { method = "POST", url = box.base_url .. "/_sandbox/consent",
      content_type = "application/json", timeout = 10, body = json.encode {
        appid = SHOP, pre_auth_code = pre, redirect_uri = base .. "/bound?shop=7", visit = true,
      } } }
    local visited, pushed
    repeat
      local exchange, request = server:poll(10)
      assert(exchange, request)
      exchange:respond { status = 200, body = "success" }
      if request.path == "/bound" then
        visited = request.query
      else
        pushed = assert(opener:open(request.query, request.body))
      end
    until visited and pushed
    server:poll(0.2)
    local answer = json.decode(finish()[1].body)
    assert.equal(200, answer.visited)
    assert.same({ "authorized", pre }, { pushed.info_type, pushed.pre_auth_code })
    assert.truthy(visited:find("^shop=7&auth_code=queryauthcode") and visited:find("expires_in=600",
      1, true))
  end)

  it("a shop's own events come to the message URL with its appid", function()
    start { message_url = base .. "/shops/$APPID$/push?appid=$APPID$" }
    box:control("consent", { appid = SHOP })
    box:control("follow", { appid = SHOP, openids = { "o1" } })
    local event, path, body = take()
    assert.same({ "follow", "o1", "/shops/" .. SHOP .. "/push" },
      { event.kind, event.user_openid, path })
    assert.truthy(body:find("<ToUserName>", 1, true))
    box:control("follow", { appid = OTHER, openids = { "o1" } }) -- has not given its consent
    box:control("withdraw", { appid = SHOP })
    box:control("follow", { appid = SHOP, openids = { "o2" } })
    assert.equal(1, box:control("deliveries").last)
  end)

  it("a shop whose administrator agrees to live is announced there, once", function()
    start { url = base .. "/events", message_url = base .. "/shop?appid=$APPID$" }
    take()
    local code = box:control("consent", { appid = SHOP }).auth_code
    take()
    local ticket = box:control("ticket").ticket
    take()
    local token = call("api_query_auth", { authorization_code = code }, component_token(ticket))
      .authorization_info.authorizer_access_token
    assert.is_nil(box:control("open_live", { appid = SHOP }))
    assert.equal(0, post("/wxa/business/applyliveinfo?access_token=" .. token,
      { action = "apply" }).errcode)
    assert(box:control("open_live", { appid = SHOP }))
    local event = take()
    assert.same({ "apply_result", SHOP, event.create_time },
      { event.kind, event.appid, event.open_time })
    assert.is_nil(box:control("open_live", { appid = SHOP }))
    box:control("clock", { frozen = true })
    post("/wxa/business/applyliveinfo?access_token=" .. token, { action = "apply" })
    box:control("component", { tickets = false })
    box:control("clock", { advance = 86401 })
    assert.is_nil(box:control("open_live", { appid = SHOP }))
  end)

  it("200 shops that consent within one second are 200 pushes", function()
    start { url = base .. "/events" }
    take()
    box:control("clock", { frozen = true })
    local seen, times = {}, {}
    for i = 1, 200 do
      assert(box:control("consent", { appid = ("wx%016x"):format(i) }))
      local event = take()
      assert.is_nil(seen[event.authorizer_appid])
      seen[event.authorizer_appid], times[event.create_time] = true, true
    end
    local second = next(times)
    assert.is_nil(next(times, second))
    assert.equal(200, #box:control("consents").consents)
  end)

  it("faults strike the component's calls", function()
    start {}
    local ticket = box:control("ticket").ticket
    local function tried(fault)
      assert(box:control("fault", fault))
      return call("api_component_token", {
        component_appsecret = box.component.secret, component_verify_ticket = ticket,
      })
    end
    assert.equal(45035, tried({ on = "component", kind = "errcode_before", code = 45035 }).errcode)
    assert.equal(-1, tried({ on = "get_component_token", kind = "errcode_after" }).errcode)
    assert.is_nil(tried({ on = "component", kind = "no_field" }).component_access_token)
    assert.equal(5, tried({ on = "component", kind = "wrong_field" }).component_access_token)
    assert.equal("", tried({ on = "/cgi-bin/component/api_component_token",
      kind = "empty_field" }).component_access_token)
    local token = component_token(ticket)
    box:control("fault", { on = "component", kind = "expire_token" })
    assert.equal(42001, call("api_create_preauthcode", {}, token).errcode)
    token = component_token(ticket)
    box:control("fault", { on = "component", kind = "steal_token" })
    assert.equal(40001, call("api_create_preauthcode", {}, token).errcode)
  end)

  it("a restart leaves consents, codes, tickets and tokens as they were", function()
    local directory = process.directory()
    local state = { state = directory .. "/state.sqlite" }
    start({}, state)
    local ticket = box:control("ticket").ticket
    local token = component_token(ticket)
    local first = box:control("consent", { appid = SHOP, sets = { 52 } }).auth_code
    local info = call("api_query_auth", { authorization_code = first }, token).authorization_info
    box:control("quirk", { refresh_rotates = true })
    local rotated = call("api_authorizer_token", { authorizer_appid = SHOP,
      authorizer_refresh_token = info.authorizer_refresh_token }, token)
    local second = box:control("consent", { appid = OTHER, sets = {} }).auth_code
    box:stop()
    start({}, state)
    assert.equal(61010, call("api_query_auth", { authorization_code = first }, token).errcode)
    assert.equal(OTHER, call("api_query_auth", { authorization_code = second }, token)
      .authorization_info.authorizer_appid)
    assert.is_string(component_token(ticket))
    local list = call("api_get_authorizer_list", { offset = 0, count = 9 }, token)
    assert.same({ 2, rotated.authorizer_refresh_token },
      { list.total_count, list.list[1].refresh_token })
    -- The former still works, as before: the new one has not been used.
    for _, refresh in ipairs { info.authorizer_refresh_token, rotated.authorizer_refresh_token } do
      assert.is_string(call("api_authorizer_token", { authorizer_appid = SHOP,
        authorizer_refresh_token = refresh }, token).authorizer_access_token)
    end
    assert.equal(9410000, post("/wxa/business/getliveinfo?access_token="
      .. rotated.authorizer_access_token, { start = 0, limit = 1 }).errcode)
    box:control("reset")
    assert.equal(0, #box:control("consents").consents)
    box:stop()
    box = nil
    process.remove(directory)
  end)

  it("options that make no sense are refused", function()
    local function reason(component)
      local started, err = sandbox.start { component = component }
      assert.is_nil(started)
      return tostring(err)
    end
    assert.truthy(reason({ urls = "x" }):find("urls", 1, true))
    assert.truthy(reason({ url = 5 }):find("url must be a string", 1, true))
    assert.truthy(reason({ url = "ftp://x" }):find("http", 1, true))
    assert.truthy(reason({ aes_key = "short" }):find("43", 1, true))
    assert.truthy(reason({ ticket_seconds = 0 }):find("ticket_seconds", 1, true))
    start {}
    local result, err = box:control("component", { message_url = "nowhere" })
    assert.is_nil(result)
    assert.truthy(tostring(err):find("message_url", 1, true))
    box:stop()
    start(nil)
    result, err = box:control("ticket")
    assert.is_nil(result)
    assert.truthy(tostring(err):find("component", 1, true))
  end)
end)
