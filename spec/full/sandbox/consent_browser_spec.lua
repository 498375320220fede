-- A shop's consent to a third-party platform, given in a real Chromium: on the page that the
-- platform sends an administrator to, and in the console.
local browsers = require "spec.support.servers.browser"
local curl = require "spec.support.curl"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

local SHOP, OTHER = "wx1111111111111111", "wx2222222222222222"

local function escape(text)
  return (text:gsub("[^%w]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

describe("consent, in Chromium:", function()
  local box, browser, back

  setup(function()
    box = assert(sandbox.start { component = true, transport = curl.transport() })
      back = assert(sandbox.start { transport = curl.transport() })
    browser = browsers.start()
  end)

  teardown(function()
    browser:stop()
    back:stop()
    box:stop()
  end)

  before_each(function()
    box:control("reset")
  end)

  after_each(function()
    assert.equal("", browser:complaints())
    browser:run "localStorage.clear()"
  end)

  local function post(path, body)
    body.component_appid = box.component.appid
    return json.decode(curl.send(curl.post(box.base_url .. path, body)).body)
  end

  local function token()
    return post("/cgi-bin/component/api_component_token", {
      component_appsecret = box.component.secret,
      component_verify_ticket = box:control("ticket").ticket,
    }).component_access_token
  end

  local function address(path, changes)
    local query = {
      component_appid = box.component.appid, redirect_uri = back.base_url .. "/console?shop=7",
      auth_type = "2",
    }
    for name, value in pairs(changes) do
      query[name] = value or nil
    end
    local parts = {}
    for name, value in pairs(query) do
      parts[#parts + 1] = name .. "=" .. escape(value)
    end
    return box.base_url .. path .. "?" .. table.concat(parts, "&")
  end

  local function consents()
    local list = {}
    for _, one in ipairs(box:control("consents").consents) do
      list[#list + 1] = table.concat({ one.appid, table.concat(one.sets, "+"), one.lost }, " ")
    end
    return table.concat(list, ", ")
  end

  it("the administrator unticks a set, agrees, and comes back with the code", function()
    local own = token()
    for _, path in ipairs { "/cgi-bin/componentloginpage", "/wxaopen/safe/bindcomponent" } do
      local code = post("/cgi-bin/component/api_create_preauthcode?access_token=" .. own, {})
      browser:open(address(path, { pre_auth_code = code.pre_auth_code, biz_appid = SHOP,
        category_id_list = "52|19" }))
      assert.equal("19 52", browser:run [=[return [...document.querySelectorAll("#sets input")]
        .map((box) => box.value).join(" ")]=])
      assert.equal(SHOP, browser:run [[return document.querySelector("#shop").value]])
      browser:click "#sets input[value='19']"
      browser:click "#agree"
      browser:await [[location.search.includes("&auth_code=")]]
      local query = browser:run "return location.search"
      assert.truthy(query:find("^%?shop=7&auth_code=.+&expires_in=600$"), query)
      local auth_code = query:match("auth_code=([^&]+)"):gsub("%%40", "@")
      local answer = post("/cgi-bin/component/api_query_auth?access_token=" .. own,
        { authorization_code = auth_code })
      assert.equal(SHOP, answer.authorization_info.authorizer_appid)
      assert.equal(SHOP .. " 52", consents())
    end
  end)

  it("an address that is wrong says so, and has no button", function()
    local code = post("/cgi-bin/component/api_create_preauthcode?access_token=" .. token(), {})
      .pre_auth_code
    for text, changes in pairs {
      ["component_appid"] = { component_appid = SHOP, pre_auth_code = code },
      ["pre_auth_code"] = { pre_auth_code = "another" },
      ["redirect_uri"] = { pre_auth_code = code, redirect_uri = "javascript:alert(1)" },
      ["auth_type"] = { pre_auth_code = code, auth_type = "1" },
    } do
      browser:open(address("/cgi-bin/componentloginpage", changes))
      browser:await("document.querySelector('#problem').innerText.includes(arguments[0])", text)
      assert.is_true(browser:run [[return document.querySelector("#consent").hidden]])
    end
  end)

  it("in the console: given, changed, withdrawn; and a ticket is pushed", function()
    browser:open(box.base_url .. "/console")
    browser:await [[!document.querySelector("#s-component").hidden]]
    browser:run("document.querySelector('#shop').value = arguments[0]", OTHER)
    browser:click "#sets input[value='30']"
    browser:click "#consent button"
    browser:await [[document.querySelector("#consents .item")?.innerText.includes("granted")]]
    assert.equal(OTHER .. " 19+52", consents())
    browser:click "#consents [data-act=change]"
    browser:click "#sets input[value='19']"
    browser:click "#consent button"
    browser:await [[!document.querySelector("#consents").innerText.includes("customer")]]
    assert.equal(OTHER .. " 52", consents())
    browser:click "#consents [data-act=withdraw]"
    browser:await [[document.querySelector("#consents").innerText.includes("withdrawn")]]
    assert.equal(OTHER .. " 52 withdrawn", consents())
    box:control("component", { url = back.base_url .. "/" })
    browser:await("document.querySelector('#component').innerText.includes(arguments[0])",
      back.base_url)
    browser:click "#ticket"
    browser:await [[document.querySelector("#deliveries").innerText
      .includes("component_verify_ticket")]]
    box:control("component", { url = "" })
  end)

  it("in the console, with the redirect", function()
    browser:open(box.base_url .. "/console")
    browser:await [[!document.querySelector("#s-component").hidden]]
    browser:run([[document.querySelector("#shop").value = arguments[0];
      document.querySelector("#redirect").value = arguments[1];]], SHOP,
      back.base_url .. "/console")
    browser:click "#consent button"
    browser:await [[location.search.includes("auth_code")]]
    assert.equal(SHOP .. " 19+30+52", consents())
  end)
end)
