-- The examples that go with the ledger's commands, run as their first lines say.
local command = require "spec.support.command"
local json = require "wxlive.json"
local shops = require "spec.support.shop"

describe("example", function()
  local shop, room

  before_each(function()
    shop = shops.open { seed = "demo", audit_seconds = 0 }
    for _, one in ipairs(shop:state().room) do
      room = one.live_status == 102 and one.close_replay == 0 and one.id or room
    end
  end)

  after_each(function()
    shop:close()
  end)

  local function run(script, arguments, more)
    local got = command.lua("scripts/examples/" .. script .. ".lua", arguments,
      { env = shop:settings(more) })
    assert.equal(0, got.status, got.err .. got.out)
    return got.out
  end

  it("nightly_prices sends only what differs", function()
    shop:run { "apply", shop:sheet("goods.csv", shops.goods_lines(1, 2)) }
    local ids = {}
    for _, goods in ipairs(shop:state().goods) do
      ids[goods.url:match("pages/goods/index%?id=(%d+)$") or ""] = goods.id
    end
    local sheet = shop:sheet("prices.csv", { "goods_id,price_type,price",
      ("%d,1,1.50"):format(ids["1"]), ("%d,1,9.90"):format(ids["2"]) })
    local out = run("nightly_prices", { sheet })
    assert.is_truthy(out:find("unchanged", 1, true))
    assert.equal(1, shop:calls("/wxaapi/broadcast/goods/update"))
    assert.is_truthy(run("nightly_prices", { sheet }):find("unchanged.*unchanged"))
    assert.equal(1, shop:calls("/wxaapi/broadcast/goods/update"))
  end)

  it("staff_room makes a room's assistants those of the roster", function()
    local sheet = shop:sheet("roster.csv", { "username,nickname", "chen_ops,陈场控", "li_ops,李场控" })
    run("staff_room", { ("%d"):format(room), sheet })
    shop:sheet("roster.csv", { "username,nickname", "li_ops,李导播" })
    assert.is_truthy(run("staff_room", { ("%d"):format(room), sheet }):find("1 assistants, 0 of"))
    local got = shop:run { "call", "get_assistant_list", json.encode { room_id = room }, "--json" }
    local list = json.decode(got.out).list
    assert.same({ 1, "li_ops", "李导播" }, { #list, list[1].alias, list[1].nickname })
  end)

  it("export_followers writes one line for each", function()
    local before = select(2, run("export_followers", {}):gsub("\n", ""))
    shop.box:control("follow", { openids = { "oONE", "oTWO" } })
    local out = run("export_followers", {})
    assert.is_truthy(out:find("^openid,subscribed,room_id\n"))
    assert.equal(before + 2, select(2, out:gsub("\n", "")))
    assert.is_truthy(out:find("\noTWO,", 1, true))
  end)

  it("fetch_replays fetches a show's videos when they are there", function()
    local new = "scripts/examples/fetch_replays.lua"
    local more = { REPLAYS = shop.home .. "/replays",
      WXLIVE_LUA = rawget(_G, "jit") and "luajit" or "lua5.4" }
    assert.equal(0, shop:run({ "watch", "--once", "--kind", "rooms", "--hook", new }, more).status)
    -- A show of the demo becomes live, ends, and its replay is made.
    for _, status in ipairs { 101, 103 } do
      assert(shop.box:control("live", { room_id = room, status = status }))
    end
    shop.box:control("clock", { advance = 3600 })
    local got = shop:run({ "watch", "--once", "--kind", "rooms", "--hook", new, "--json" }, more)
    assert.equal(0, got.status, got.err)
    local pipe = io.popen("ls " .. shop.home .. "/replays/*.mp4 2>/dev/null")
    assert.is_truthy(pipe:read("*l"), got.err .. got.out)
    pipe:close()
  end)
end)
