-- wxlive --account and --all: as processes, against a sandbox with several accounts.
local await = require "spec.support.await"
local command = require "spec.support.command"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local postgres = require "spec.support.servers.postgres"
local shops = require "spec.support.shop"
local tables = require "wxlive.base.tables"

local POT, CUP = "wxfedcba9876543210", "wxfedcba9876543211"

describe("a command for many accounts", function()
  local shop, config

  local function plant(appid, name, id)
    local now = os.time()
    assert(shop.box:control("plant", {
      appid = appid, goods = { { id = 11, name = name .. "商品" } },
      rooms = { { id = id, name = name, start_time = now + 3600, end_time = now + 7200 } },
    }))
  end

  before_each(function()
    shop = shops.open()
    plant(shop.box.appid, "tea room", 1)
    plant(POT, "pot room", 2)
    plant(CUP, "cup room", 2)
    local secret = "secret = " .. shop.box.secret
    config = shop:sheet("config", {
      "base_url = " .. shop.box.base_url, "token_store = memory",
      "[tea]", "appid = " .. shop.box.appid, secret, "groups = north",
      "[pot]", "appid = " .. POT, secret, "groups = north, south",
      "[cup]", "appid = " .. CUP, "secret_env = CUP_SECRET",
    })
    os.execute("chmod 600 " .. config)
  end)

  after_each(function()
    shop:close()
  end)

  local function run(arguments, more, input)
    local words = { "--config", config, compat.unpack(arguments) }
    local env = { WXLIVE_APPID = false, WXLIVE_SECRET = false, WXLIVE_BASE_URL = false,
      CUP_SECRET = shop.box.secret }
    for name, value in pairs(more or {}) do
      env[name] = value
    end
    return command.lua("scripts/wxlive", words, { env = shop:settings(env), input = input })
  end

  local function list(arguments, status, more)
    local got = run(arguments, more)
    assert.equal(status or 0, got.status, got.err .. got.out)
    return json.decode(got.out), got
  end

  local function fields(rows, ...)
    local names = { ... }
    return tables.map(rows, function(row)
      return table.concat(tables.map(names, function(name) return tostring(row[name]) end), " ")
    end)
  end

  it("lists with --upcoming the rooms that are not over, banned ones not either", function()
    local now = os.time()
    assert(shop.box:control("plant", { rooms = {
      { id = 5, name = "banned", start_time = now + 60, end_time = now + 7200, live_status = 104 },
      { id = 6, name = "ended", start_time = now - 7200, end_time = now - 60, live_status = 103 },
    } }))
    assert.same({ "1 tea room" },
      fields(list { "rooms", "--account", "tea", "--upcoming" }, "room_id", "name"))
  end)

  it("prints one list with a field account, and one table with a column of it", function()
    assert.same({ "tea 1 tea room", "pot 2 pot room", "cup 2 cup room" },
      fields(list { "rooms", "--all" }, "account", "room_id", "name"))
    assert.same({ "tea tea room", "pot pot room" },
      fields(list { "--account", "north", "rooms" }, "account", "name"))
    assert.same({ "pot pot room", "cup cup room" },
      fields(list { "rooms", "--account", "cup,south", "--account", "pot" }, "account", "name"))
    assert.same({ "pot" }, fields(list { "token", "--account", "pot" }, "account"))
    local got = run { "rooms", "--all", "--table" }
    assert.truthy(got.out:find("^account +room_id +name "), got.out)
    assert.truthy(got.out:find("\ncup +2 +cup room "), got.out)
    got = run { "rooms", "--all", "--table", "--columns", "name" }
    assert.truthy(got.out:find("^account +name\n"), got.out)
    got = run { "token", "--all", "--table" }
    assert.truthy(got.out:find("^account +appid +base_url"), got.out)
    assert.truthy(got.out:find("\npot +" .. POT), got.out)
  end)

  it("calls an endpoint for each, its answer with the account", function()
    local rows = list { "get_live_info", "--all" }
    assert.same({ "tea 1", "pot 1", "cup 1" }, fields(rows, "account", "total"))
    assert.equal("pot room", rows[2].room_info[1].name)
    -- Standard input is read once, for all.
    local got = run({ "call", "get_live_info", "-", "--account", "north" }, nil,
      '{"start":0,"limit":1}')
    assert.equal(2, #json.decode(got.out))
    got = run { "get_live_info", "--account", "north", "--table" }
    assert.truthy(got.out:find("\ntea +1 +tea room.*\naccount +total\n.*\npot +1\n"), got.out)
    got = run { "goods_delete", "11", "--all", "--dry-run" }
    assert.equal(3, #json.decode(got.out))
    got = run { "goods_delete", "11", "--account", "pot", "--table" }
    assert.equal("pot:\ndone\n\n", got.out)
  end)

  it("lets an account's failure be its own, and ends with the gravest status", function()
    local rows, got = list({ "rooms", "--all" }, 5, { CUP_SECRET = false })
    assert.same({ "tea tea room", "pot pot room" }, fields(rows, "account", "name"))
    assert.truthy(got.err:find("wxlive: cup: .*the environment has no CUP_SECRET"), got.err)
    assert.truthy(got.err:find("wxlive: 1 of 3 accounts failed: cup", 1, true), got.err)
    -- Room 2 is not one of tea's.
    rows, got = list({ "delete_room", "2", "--all" }, 1)
    assert.same({ "pot", "cup" }, fields(rows, "account"))
    assert.truthy(got.err:find("wxlive: tea: delete_room: ", 1, true), got.err)
    got = run({ "rooms", "--account", "cup" }, { CUP_SECRET = false })
    assert.equal(5, got.status)
    assert.equal("", got.out)
    local _, lines = got.err:gsub("\n", "")
    assert.equal(1, lines, got.err)
  end)

  it("refuses what does not fit together, before anything is sent", function()
    for pattern, words in pairs {
      ["called nort; did you mean north"] = { "rooms", "--account", "nort" },
      ["not both"] = { "rooms", "--account", "tea", "--all" },
      ["completion has no %-%-account"] = { "completion", "bash", "--all" },
      ["sandbox has no %-%-account"] = { "sandbox", "--account", "tea" },
      ["platform has no %-%-account"] = { "platform", "ticket", "--account", "tea" },
      ["callback acts for one account; these are 3"] = { "callback", "seal", "--all" },
      ["it does not go with %-%-account"] = { "listen", "--platform", "--all" },
      ["%-%-shop names a shop"] = { "rooms", "--shop", "wx1", "--all" },
      ["names no account"] = { "rooms", "--account", "," },
    } do
      local got = run(words)
      assert.equal(2, got.status, pattern .. got.err)
      assert.truthy(got.err:find(pattern), got.err)
    end
    local got = run { "rooms" }
    assert.equal(5, got.status)
    assert.truthy(got.err:find("the settings hold 3 accounts; name one", 1, true), got.err)
    assert.equal(0, shop:calls())
  end)

  it("shows no secret of any account", function()
    local got = run { "accounts", "--json" }
    assert.same({ "tea settings", "pot settings", "cup variable CUP_SECRET" },
      fields(json.decode(got.out), "account", "secret"))
    assert.same({ "north", "south" }, json.decode(got.out)[2].groups)
    assert.equal("tea\npot\ncup\nnorth\nsouth\n", run({ "accounts", "--names" }).out)
    got = run { "accounts", "--table" }
    assert.truthy(got.out:find("\npot +" .. POT .. " +settings +north, south\n"), got.out)
    for _, words in ipairs {
      { "accounts" }, { "token", "--all", "--table" }, { "rooms", "--all" },
      { "get_access_token", "--all", "--dry-run" },
    } do
      got = run(words)
      assert.is_nil((got.out .. got.err):find(shop.box.secret, 1, true), words[1])
    end
    os.execute("chmod 644 " .. config)
    got = run { "rooms", "--all" }
    assert.equal(5, got.status)
    assert.truthy(got.err:find("holds a secret and others may read it", 1, true), got.err)
  end)

  it("completes the names of accounts", function()
    command.write(shop.home .. "/complete", run({ "completion", "bash" }).out .. ([[
      wxlive() { %s scripts/wxlive --config %s "$@"; }
      COMP_WORDS=(wxlive rooms --account n) COMP_CWORD=3; _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive rooms --al) COMP_CWORD=2; _wxlive; echo "${COMPREPLY[*]}"
    ]]):format(rawget(_G, "jit") and "luajit" or "lua5.4", config))
    assert.equal("north\n--all\n", command.run { "bash", shop.home .. "/complete" }.out)
  end)

  it("draws the shows of all in one calendar", function()
    local got = run { "calendar", "--all", "--output", "shows.ics" }
    assert.equal(2, got.status)
    assert.truthy(got.err:find("let its name end in .svg, not in .ics", 1, true), got.err)
    got = run { "calendar", "--all", "--json" }
    local seen = {}
    for _, day in ipairs(json.decode(got.out)) do
      for _, room in ipairs(day.rooms) do
        seen[#seen + 1] = room.account .. " " .. room.name
      end
    end
    table.sort(seen)
    assert.same({ "cup cup room", "pot pot room", "tea tea room" }, seen)
    assert.truthy(run({ "calendar", "--account", "tea" }).out:find("tea: ", 1, true))
  end)

  it("watches all at once, each change with its account", function()
    assert.equal(0, run({ "watch", "--once", "--all" }).status)
    for appid, id in pairs { [POT] = 2, [CUP] = 2, [shop.box.appid] = 1 } do
      assert(shop.box:control("live", { appid = appid, room_id = id }))
    end
    local got = run { "watch", "--once", "--all", "--json", "--kind", "rooms" }
    local seen = {}
    for line in got.out:gmatch("[^\n]+") do
      local event = json.decode(line)
      seen[#seen + 1] = event.account .. " " .. event.name .. " " .. event.room_id
    end
    table.sort(seen)
    assert.same({ "cup room_started 2", "pot room_started 2", "tea room_started 1" }, seen)
    got = run { "watch", "--once", "--account", "tea", "--table" }
    assert.equal("", got.out)
  end)

  describe("over a sheet", function()
    local function goods(appid)
      local names = {}
      for i, one in ipairs(assert(shop.box:control("state", { appid = appid })).goods) do
        names[i] = one.name
      end
      table.sort(names)
      return names
    end

    it("puts it on each of their shops", function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
      local rows = list { "plan", sheet, "--all" }
      assert.same({ "tea 2 500", "pot 2 500", "cup 2 500" },
        fields(rows, "account", "create", "quota_left"))
      rows = list { "apply", sheet, "--account", "north" }
      assert.same({ "tea 2", "pot 2" }, fields(rows, "account", "created"))
      rows = list { "plan", sheet, "--all" }
      assert.same({ "tea 0 498", "pot 0 498", "cup 2 500" },
        fields(rows, "account", "create", "quota_left"))
      assert.equal(3, #goods(POT))
      assert.equal(1, #goods(CUP))
      assert.same({}, list { "diff", "--account", "north" })
    end)

    it("with a column account sends each row to its shop", function()
      local lines = shops.goods_lines(1, 4)
      for i, name in ipairs { "账号", "tea", "pot", "south；cup", "north|cup" } do
        lines[i] = lines[i] .. "," .. name
      end
      local sheet = shop:sheet("goods.csv", lines)
      assert.same({ "tea 2 2", "pot 3 3", "cup 2 2" },
        fields(list { "plan", sheet }, "account", "rows", "create"))
      local rows = list { "plan", sheet, "--account", "pot" }
      assert.same({ "pot 3" }, fields(rows, "account", "rows"))
      local few = shop:sheet("few.csv", { lines[1], lines[2] })
      rows = list { "plan", few, "--all" }
      assert.same({ "tea 1" }, fields(rows, "account", "rows"))
      rows = list { "plan", few, "--all", "--prune" }
      assert.same({ "tea 1", "pot 0", "cup 0" }, fields(rows, "account", "rows"))
      local got = run { "plan", few, "--account", "pot" }
      assert.equal(2, got.status)
      assert.truthy(got.err:find("the sheet has no row for these accounts", 1, true), got.err)
      rows = list { "apply", sheet }
      assert.same({ "tea 2", "pot 3", "cup 2" }, fields(rows, "account", "created"))
      assert.same({ "cup room商品", "茶杯3号", "茶杯4号" }, goods(CUP))
      assert.same({ "tea room商品", "茶杯1号", "茶杯4号" }, goods(shop.box.appid))
      rows = list { "apply", sheet }
      assert.same({ "tea 0 2", "pot 0 3", "cup 0 2" },
        fields(rows, "account", "created", "unchanged"))
    end)

    it("takes rows out of the shop whose they are no longer, with --prune", function()
      local function sheet(owner)
        return shop:sheet("goods.jsonl", {
          json.encode { account = { "tea" }, name = "青瓷茶杯", cover_img = "images/cup.png",
            price_type = 1, price = 9.9, url = "pages/a" },
          json.encode { account = owner, name = "白瓷茶杯", cover_img = "images/cup.png",
            price_type = 1, price = 9.9, url = "pages/b" },
        })
      end
      assert.same({ "tea 1", "pot 1" },
        fields(list { "apply", sheet "pot" }, "account", "created"))
      local rows = list { "apply", sheet "tea", "--prune", "--all" }
      assert.same({ "tea 1 0", "pot 0 1", "cup 0 0" },
        fields(rows, "account", "created", "removed"))
      assert.same({ "pot room商品" }, goods(POT))
    end)

    it("that names an account that is not there is refused as a whole", function()
      local lines = shops.goods_lines(1, 3)
      for i, name in ipairs { "account", "tea", "pott", "" } do
        lines[i] = lines[i] .. "," .. name
      end
      local sheet = shop:sheet("goods.csv", lines)
      for _, words in ipairs { { "apply", sheet }, { "plan", sheet, "--all" } } do
        local got = run(words)
        assert.equal(2, got.status, got.err)
        assert.truthy(got.err:find("goods.csv:3: there is no account or group called pott; did you "
          .. "mean pot?", 1, true), got.err)
        assert.truthy(got.err:find("goods.csv:4: the row names no account", 1, true), got.err)
      end
      assert.equal(0, shop:calls())
    end)

    it("that cannot be read is named once, and not the accounts that it does not say", function()
      local lines = shops.goods_lines(1, 1)
      lines[1], lines[2] = lines[1] .. ",account", lines[2] .. ",\178\232"
      local sheet = shop:sheet("goods.csv", lines)
      local named = 0
      for _, words in ipairs { { "apply", sheet }, { "submit", sheet, "--all" } } do
        local got = run(words)
        assert.equal(2, got.status, got.err)
        assert.is_nil(got.err:find("--account", 1, true), got.err)
        named = named + select(2, got.err:gsub("the text is not UTF%-8", ""))
      end
      assert.equal(2, named)
    end)

    it("keeps the rejects of each account apart", function()
      local lines = shops.goods_lines(1, 2)
      lines[3] = lines[3]:gsub(",1,", ",9,")
      for i, name in ipairs { "account", "north", "north" } do
        lines[i] = lines[i] .. "," .. name
      end
      local sheet = shop:sheet("goods.csv", lines)
      local rows = list({ "apply", sheet }, 3)
      assert.same({ "tea 1 " .. shop.home .. "/goods.tea.rejects.csv",
        "pot 1 " .. shop.home .. "/goods.pot.rejects.csv" },
        fields(rows, "account", "rejected", "rejects"))
      local text = command.read(shop.home .. "/goods.pot.rejects.csv")
      assert.truthy(text:find("^name,cover_img,price_type,price,url,account,reason\n"), text)
      -- Corrected, it is a sheet of this account.
      command.write(shop.home .. "/goods.pot.rejects.csv", (text:gsub(",9,", ",1,")))
      rows = list { "apply", shop.home .. "/goods.pot.rejects.csv", "--account", "pot" }
      assert.same({ "pot 1" }, fields(rows, "account", "created"))
      assert.is_nil(io.open(shop.home .. "/goods.pot.pot.rejects.csv"))
      -- With a name of one's own, one file for each account, too.
      rows = list({ "apply", sheet, "--rejects", shop.home .. "/out.csv" }, 3)
      assert.same({ shop.home .. "/out.tea.csv", shop.home .. "/out.pot.csv" },
        fields(rows, "rejects"))
    end)

    it("keeps all of them in one PostgreSQL ledger", function()
      local server = postgres.start()
      local lines = shops.goods_lines(1, 3)
      for i, name in ipairs { "account", "tea", "north", "north;cup" } do
        lines[i] = lines[i] .. "," .. name
      end
      local sheet = shop:sheet("goods.csv", lines)
      local more = { WXLIVE_LEDGER = server.url() }
      local fine, why = pcall(function()
        local rows = list({ "apply", sheet }, 0, more)
        assert.same({ "tea 3", "pot 2", "cup 1" }, fields(rows, "account", "created"))
        rows = list({ "plan", sheet, "--all" }, 0, more)
        assert.same({ "tea 3", "pot 2", "cup 1" }, fields(rows, "account", "unchanged"))
      end)
      server.stop()
      assert(fine, why)
    end)

    it("does nothing twice when it is killed, in no shop", function()
      assert(shop.box:control("fault", { on = "goods_add", kind = "delay", seconds = 1 }))
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 40))
      local child = shop:start({ "apply", sheet, "--all", "--config", config, "--json" }, {
        WXLIVE_APPID = false, WXLIVE_SECRET = false, WXLIVE_BASE_URL = false,
        CUP_SECRET = shop.box.secret,
      })
      await(function() return shop:calls("/wxaapi/broadcast/goods/add") > 3 end)
      child:signal("KILL")
      child:finish()
      assert(shop.box:control("faults", { clear = true }))
      local rows = list { "apply", sheet, "--all", "--settle", "2" }
      for _, row in ipairs(rows) do
        assert.equal(40, row.created + row.unchanged + row.adopted, row.account)
      end
      for _, appid in ipairs { shop.box.appid, POT, CUP } do
        assert.equal(41, #goods(appid))
      end
    end)

    it("finishes what is under way on Ctrl-C, and goes on later", function()
      assert(shop.box:control("fault", { on = "goods_add", kind = "delay", seconds = 1 }))
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 200))
      local child = shop:start({ "apply", sheet, "--all", "--config", config, "--json" }, {
        WXLIVE_APPID = false, WXLIVE_SECRET = false, WXLIVE_BASE_URL = false,
        CUP_SECRET = shop.box.secret,
      })
      await(function() return shop:calls("/wxaapi/broadcast/goods/add") > 3 end)
      child:signal("INT")
      local got = child:finish()
      assert.equal(130, got.status, got.err)
      assert(shop.box:control("faults", { clear = true }))
      local rows = list { "apply", sheet, "--all" }
      for _, row in ipairs(rows) do
        assert.equal(200, row.created + row.unchanged, row.account)
      end
      assert.equal(201, #goods(POT))
      assert.equal(201, #goods(CUP))
    end)

    it("without accounts in the settings is refused where it has the column", function()
      local lines = shops.goods_lines(1, 1)
      lines[1], lines[2] = lines[1] .. ",account", lines[2] .. ",tea"
      local sheet = shop:sheet("goods.csv", lines)
      local got = shop:run { "plan", sheet }
      assert.equal(2, got.status, got.err)
      assert.truthy(got.err:find("there is no account or group called tea", 1, true), got.err)
    end)
  end)
end)
