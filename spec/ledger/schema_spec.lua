-- A ledger as an earlier version left it opens, and its shop goes on.
local command = require "spec.support.command"
local database = require "wxlive.database"
local ledgers = require "wxlive.ledger"
local notices = require "wxlive.ledger.notices"
local process = require "spec.support.process"
local shops = require "spec.support.shop"
local wxlive_shop = require "wxlive.shop"

-- Made by `apply`, `notify` and `watch` on a sandbox at this address: a room with an assistant,
-- three goods (two of them in the room), one that was refused and one that was looked for.
local OLD = "spec/fixtures/ledger-schema-3.db"

describe("a ledger of schema 3", function()
  local shop, account

  before_each(function()
    shop = shops.open()
    process.run("cp " .. OLD .. " " .. shop.location)
    local ledger = assert(ledgers.open(shop.location, { appid = "any" }))
    account = assert(ledger.db:one("SELECT appid FROM item"))
    ledger:close()
  end)

  after_each(function()
    shop:close()
  end)

  it("has its rows, ids, history, placements and notices", function()
    local ledger = assert(ledgers.open(shop.location, { appid = account }))
    local room = assert(ledger:item("rooms", "tea"))
    assert.same({ "1", "done", 2 }, { room.platform_id, room.state, room.line })
    assert.same({ done = 4, failed = 1 }, ledger:counts("goods", "goods.csv"))
    assert.equal("450889001", ledger:item("goods", "pages/goods/index?id=1").audit_id)
    local actions = {}
    for i, event in ipairs(ledger:history("goods", "pages/goods/index?id=1")) do
      actions[i] = event.action
    end
    assert.equal("create placed", table.concat(actions, " "))
    assert.equal("4", ledger:item("goods", "pages/goods/index?id=5").platform_id)
    local states = {}
    for i, page in ipairs(assert(notices.pages(ledger, 1))) do
      states[i] = page.state .. " " .. page.receivers
    end
    assert.same({ "queued 2", "unknown 2" }, states)
    assert.equal("101", ledger:seen("room", 1))
    ledger:close()
  end)

  it("goes on: what is done stays done, what failed is done, what is new is made", function()
    local ledger = assert(ledgers.open(shop.location, {
      appid = shop.box.appid .. "@" .. shop.box.base_url,
    }))
    for _, name in ipairs { "item", "event", "media", "notice", "notice_page", "seen",
      "placement" } do
      assert(ledger.db:change("UPDATE " .. name .. " SET appid = ?", ledger.appid))
    end
    local live = shop:client()
    -- The platform as it was then: the same goods under the same ids.
    local media = assert(live:upload_media("scripts/samples/images/cup.png")).media_id
    for _, id in ipairs { 1, 2, 3, 5 } do
      assert(live:goods_add { name = ("茶杯%d号"):format(id), cover_img_url = media, price_type = 1,
        price = id + 0.5, url = "pages/goods/index?id=" .. id })
    end
    local old = wxlive_shop.open { live = live, ledger = ledger }
    local summary = assert(old:apply(shop:sheet("goods.csv", shops.goods_lines(1, 6)),
      { prune = true }))
    assert.is_nil(summary.err)
    assert.same({ 4, 2, 0 }, { summary.unchanged, summary.created, summary.rejected })
    assert.equal(6, shop:state().counts.goods)
    assert.same({ done = 6 }, ledger:counts("goods", "goods.csv"))
    old:close()
  end)
end)

describe("a file that is not a ledger", function()
  it("is left as it is, and named", function()
    local folder = command.directory()
    local path = folder .. "/other.db"
    local function open(location)
      local ledger, err = ledgers.open(location, { appid = "any" })
      assert.is_nil(ledger)
      return err
    end
    local db = assert(database.open(path, { words = ledgers.words }))
    assert(db:run("CREATE TABLE item (name TEXT)"))
    db:close()
    local err = open(path)
    assert.is_truthy(err.message:find("other.db: it is the database of another program", 1, true))
    assert.is_truthy(err.hint:find("--ledger", 1, true))
    command.write(folder .. "/notes.txt", ("not a database\n"):rep(100))
    err = open(folder .. "/notes.txt")
    assert.is_truthy(err.message:find("not a database", 1, true), err.message)
    assert.is_truthy(err.hint:find("name another ledger", 1, true))
    -- A ledger that was cut off.
    local whole = command.read(OLD)
    command.write(folder .. "/cut.db", whole:sub(1, 4096 * 2))
    err = open(folder .. "/cut.db")
    assert.is_truthy(err.message:find("malformed", 1, true), err.message)
    assert.is_truthy(err.hint:find("restore it", 1, true))
    err = open("/dev/null")
    assert.is_nil(err.message:find("%.lua:%d"), err.message)
    local _, full = db:explained("Error preparing statement handle: disk I/O error")
    assert.is_truthy(full.hint:find("space that is left", 1, true))
    command.write(folder .. "/empty.db", "")
    assert(ledgers.open(folder .. "/empty.db", { appid = "any" })):close()
    command.remove(folder)
  end)
end)
