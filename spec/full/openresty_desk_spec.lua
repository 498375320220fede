-- The desk of scripts/examples/openresty: the page in a real nginx with several workers, and in a
-- real Chromium.
local await = require "spec.support.await"
local browsers = require "spec.support.servers.browser"
local curl = require "spec.support.curl"
local json = require "wxlive.json"
local process = require "spec.support.process"
local resty = require "spec.support.servers.resty"
local sandbox = require "wxlive.sandbox"

describe("the desk inside nginx", function()
  local box, shop

  before_each(function()
    box = assert(sandbox.start { seed = "demo", audit_seconds = false })
    shop = resty.start(box, { workers = 2 })
  end)

  after_each(function()
    shop:stop()
    box:stop()
  end)

  -- Each request has a connection of its own, and so comes to any of the workers.
  local function post(name, body, headers)
    local all = { Origin = shop.url, ["Sec-Fetch-Site"] = "same-origin" }
    for key, value in pairs(headers or {}) do
      all[key] = value
    end
    local response = curl.send {
      method = "POST", url = shop.url .. "/desk/" .. name, headers = all,
      content_type = "application/json", body = json.encode(body or {}),
    }
    return response.status, json.decode(response.body), response.body
  end

  local function view(asked)
    local status, answer, text = post("view", asked)
    assert.equal(200, status, text)
    return answer
  end

  local function pushes()
    return box:control("state").room[2].goods[1].pushes or 0
  end

  it("has the page, for its own hosts and origins alone", function()
    local page = curl.send { url = shop.url .. "/desk/" }
    assert.equal(200, page.status)
    assert.truthy(page.body:find("<title>wxlive desk</title>", 1, true))
    assert.truthy(page.headers["content-security-policy"]:find("default-src 'none'", 1, true))
    assert.is_nil(page.body:find(box.secret, 1, true))
    local evil = { Host = "evil.example" }
    assert.equal(403, curl.send { url = shop.url .. "/desk/", headers = evil }.status)
    local card = { op = "push", room_id = "2", goods_id = "1" }
    for _, headers in ipairs {
      evil, { Origin = "http://evil.example" }, { Origin = "null" },
      { ["Sec-Fetch-Site"] = "cross-site" },
    } do
      assert.equal(403, (post("act", card, headers)))
      assert.equal(403, (post("view", {}, headers)))
    end
    assert.equal(415, curl.send { method = "POST", url = shop.url .. "/desk/act",
      content_type = "text/plain", body = json.encode(card) }.status)
    assert.equal(413, (post("act", { op = ("x"):rep(70000) })))
    assert.equal(404, curl.send { url = shop.url .. "/desk/other" }.status)
    assert.equal(0, pushes())
    -- A server before this one may speak HTTPS.
    assert.equal(200, (post("view", {}, { Origin = (shop.url:gsub("^http", "https")) })))
  end)

  it("shows what the platform has, and cards when the platform has answered", function()
    local seen = await(function()
      local answer = view { room_id = "2" }
      return answer.rooms_at and answer.audits_at and answer.goods[1] and answer
    end)
    assert.same({ "茶器上新直播", 101 }, { seen.rooms[2].name, seen.rooms[2].status })
    assert.same({ "青瓷茶杯", 2 }, { seen.goods[1].name, seen.goods[1].status })
    assert.equal("龙井新茶", seen.audits[1].name)
    local _, outcome = post("act", { op = "push", room_id = "2", goods_id = "1" })
    assert.same({ state = "done" }, outcome)
    assert.equal(1, pushes())
    _, outcome = post("act", { op = "push", room_id = "99", goods_id = "1" })
    assert.equal("failed", outcome.state)
    assert.truthy(#outcome.error.hint_zh > 3)
  end)

  it("shows the calls and cards of all workers, each once, and no secret", function()
    for i = 1, 12 do
      box:control("clock", { advance = 60 })
      local _, outcome = post("act", { op = "push", room_id = "2", goods_id = i % 2 == 0 and "1"
        or "2" })
      assert.equal("done", outcome.state)
    end
    local answer = view()
    local numbers, cards = {}, 0
    for _, call in ipairs(answer.log) do
      assert.is_nil(numbers[call.n])
      numbers[call.n] = true
      cards = cards + (call.endpoint == "goods_push" and 1 or 0)
    end
    assert.equal(12, cards)
    assert.equal(12, #answer.done)
    for _ = 1, 6 do
      local text = json.encode(view { room_id = "2" })
      assert.is_nil(text:find(box.secret, 1, true))
    end
    assert.is_nil(shop:log():find("%[error%]"))
  end)

  it("works in Chromium: rooms, a card, and how it looks while the platform is slow", function()
    local browser = browsers.start()
    local fine, why = pcall(function()
      browser:open(shop.url .. "/desk/")
      browser:await [[document.querySelectorAll("#goods .item").length === 2]]
      browser:await [[document.querySelector("#audits").innerText.includes("龙井新茶")]]
      process.run("kill -STOP " .. box.pid)
      browser:click '#goods [data-key="1"] button'
      browser:await [[document.querySelector('#goods [data-key="1"] button').innerText ===
        "Asking…"]]
      assert.is_nil(browser:run("return document.getElementById('goods').innerText")
        :find("newest card", 1, true))
      process.run("kill -CONT " .. box.pid)
      browser:await [[document.querySelector("#news").innerText.includes("done")]]
      browser:await [[document.querySelector('#goods').innerText.includes("newest card")]]
      browser:await [[document.querySelector("#e-shows").innerText.includes("No rundown runs")]]
      assert.equal("", browser:complaints())
    end)
    process.run("kill -CONT " .. box.pid)
    browser:stop()
    assert(fine, why)
    assert.equal(1, pushes())
  end)
end)
