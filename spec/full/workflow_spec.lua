-- The workflow scripts as users meet them: processes, against the sandbox.
local await = require "spec.support.await"
local json = require "wxlive.json"
local command = require "spec.support.command"
local sandbox = require "wxlive.sandbox"

local HOUR = 3600

describe("workflows", function()
  local box, home

  before_each(function()
    box = assert(sandbox.start { audit_seconds = 0 })
    home = command.directory()
    os.execute("cp -r scripts/samples/images " .. home)
  end)

  after_each(function()
    box:stop()
    command.remove(home)
  end)

  local function run(script, arguments, more)
    local env = command.settings(box, { XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home })
    for name, value in pairs(more or {}) do
      env[name] = value
    end
    return command.lua("scripts/" .. script .. ".lua", arguments, { env = env })
  end

  local function sheet(name, ...)
    local path = home .. "/" .. name
    command.write(path, table.concat({ ... }, "\n") .. "\n")
    return path
  end

  local function calls(path)
    local list = {}
    for _, entry in ipairs(box:control("log").entries) do
      if not path or entry.path == path then
        list[#list + 1] = entry
      end
    end
    return list
  end

  local function ask(name, params)
    local env = command.settings(box, { XDG_CACHE_HOME = home })
    local got = command.lua("scripts/wxlive", { "call", name, json.encode(params) }, { env = env })
    assert.equal(0, got.status, got.err)
    return json.decode(got.out)
  end

  -- One line on standard error that matches, beside those of the progress.
  local function one_line(err, pattern)
    local told = ("\n" .. err):gsub("\n[%l ]+: %d+/%d+[^\n]*", "")
    assert.is_truthy(told:find("^\n[^\n]+\n$"), "not one line: " .. told)
    assert.is_truthy(told:find(pattern), told)
    assert.is_nil(told:find("traceback"))
  end

  -- A run that must end with this status and such a line.
  local function fails(status, pattern, ...)
    local got = run(...)
    assert.equal(status, got.status, got.err .. got.out)
    one_line(got.err, pattern)
    return got
  end

  local goods_heading = "name,cover_img,price_type,price,price2,url"
  local function goods_row(n)
    return ("茶杯%d号,images/%s,1,%d.50,,pages/goods/index?id=%d"):format(n, "cup.png", n, n)
  end

  local room_heading = "name,start_time,end_time,anchor_name,anchor_wechat,cover_img,share_img,"
    .. "feeds_img,type,close_like,close_goods,close_comment,assistants"
  local function room_row(name, assistants)
    local start = os.time() + 24 * HOUR
    return table.concat({ name, start, start + 2 * HOUR, "小叶老师", "xiaoye_tea",
      "images/tea-cover.jpg", "images/tea-share.jpg", "images/tea-feeds.jpg", 0, 0, 0, 0,
      assistants or "" }, ",")
  end

  describe("schedule_rooms", function()
    it("does the sample sheet: rooms are there, with their assistants", function()
      local got = run("schedule_rooms", { "scripts/samples/rooms.csv" })
      assert.equal(0, got.status, got.err)
      local rooms = ask("get_live_info", { start = 0, limit = 50 }).room_info
      assert.is_true(#rooms >= 3)
      for _, room in ipairs(rooms) do
        assert.is_truthy(got.out:find(room.name, 1, true))
      end
      assert.is_truthy(#calls("/wxaapi/broadcast/room/addassistant") > 0)
    end)

    it("reads UTF-8 with BOM, CRLF, quoted commas and line breaks, words for numbers", function()
      local row = room_row("茶器专场", '"walle1:小助手,walle2:二号"')
        :gsub(",0,0,0,0,", ",手机直播,开启,closed,0,")
      local path = home .. "/bom.csv"
      command.write(path, "\239\187\191" .. room_heading .. "\r\n" .. row .. "\r\n")
      local got = run("schedule_rooms", { path })
      assert.equal(0, got.status, got.err)
      local room = ask("get_live_info", { start = 0, limit = 50 }).room_info[1]
      assert.equal("茶器专场", room.name)
      assert.equal(1, room.close_goods)
      assert.equal(2, #ask("get_assistant_list", { room_id = room.room_id }).list)
    end)

    it("uploads a picture once, whatever the number of rooms and copies of it", function()
      os.execute(("cp %s/images/tea-cover.jpg %s/images/copy.jpg"):format(home, home))
      local path = sheet("rooms.csv", room_heading, room_row("茶器专场一"), room_row("茶器专场二"),
        (room_row("茶器专场三"):gsub("tea%-cover.jpg", "copy.jpg")))
      assert.equal(0, run("schedule_rooms", { path }).status)
      assert.equal(3, #calls("/cgi-bin/media/upload"))
      assert.equal(3, #calls("/wxaapi/broadcast/room/create"))
    end)

    it("shows with --dry-run what it would do, and sends nothing, without an account", function()
      local got = run("schedule_rooms", { "scripts/samples/rooms.csv", "--dry-run" },
        { WXLIVE_APPID = false, WXLIVE_SECRET = false })
      assert.equal(0, got.status, got.err)
      assert.is_truthy(got.out:find("rooms.csv:2  create_room  {", 1, true))
      assert.equal(0, #calls())
    end)

    it("names every problem of a sheet with its line before anything is sent", function()
      local path = sheet("rooms.csv", room_heading, room_row("短"), room_row("茶器专场"),
        "too,few", (room_row("茶器专场"):gsub(",xiaoye_tea,", ",,")))
      local got = run("schedule_rooms", { path })
      assert.equal(2, got.status)
      assert.is_truthy(got.err:find("rooms.csv:2: name must be 6 to 34 wide", 1, true), got.err)
      assert.is_truthy(got.err:find("rooms.csv:4: ", 1, true), got.err)
      assert.is_truthy(got.err:find("rooms.csv:5: anchor_wechat is missing", 1, true), got.err)
      assert.is_truthy(got.err:find("nothing was sent", 1, true))
      assert.equal(0, #calls())
    end)

    it("goes on after a room that is refused, and says so: status 3", function()
      box:control("fault",
        { on = "create_room", kind = "errcode_before", code = 300036, times = 1 })
      local path = sheet("rooms.csv", room_heading, room_row("茶器专场一"), room_row("茶器专场二"))
      local got = run("schedule_rooms", { path })
      assert.equal(3, got.status)
      assert.is_truthy(got.err:find("rooms.csv:2: create_room: .*300036"), got.err)
      assert.is_truthy(got.out:find("茶器专场二"))
      assert.equal(1, #ask("get_live_info", { start = 0, limit = 50 }).room_info)
    end)
  end)

  describe("import_goods", function()
    local function room()
      local path = sheet("room.csv", room_heading, room_row("茶器专场"))
      assert.equal(0, run("schedule_rooms", { path }).status)
    end

    it("does the sample sheet: goods are on sale, in the sheet's order, ids on file", function()
      room()
      local out = home .. "/ids.csv"
      local got = run("import_goods",
        { "scripts/samples/goods.csv", "--room-name", "茶器专场", "--out", out })
      assert.equal(0, got.status, got.err)
      local ids = command.read(out)
      local listed = ask("get_live_info", { start = 0, limit = 50 }).room_info[1].goods
      assert.is_true(#listed >= 5)
      local line = 0
      for id, name in ids:gmatch("%.csv,%d+,(%d+),%d+,([^\n]+)") do
        line = line + 1
        assert.equal(id, tostring(listed[line].goods_id))
        assert.is_truthy(name:find(listed[line].name, 1, true))
        assert.is_truthy(got.out:find("goods_id " .. id, 1, true))
      end
      assert.equal(#listed, line)
      assert.equal(#listed, #calls("/wxaapi/broadcast/goods/onsale"))
    end)

    it("adds to the file of ids that is already there", function()
      local out = home .. "/ids.csv"
      local path = sheet("goods.csv", goods_heading, goods_row(1))
      for _ = 1, 2 do
        assert.equal(0, run("import_goods", { path, "--out", out }).status)
      end
      local _, lines = command.read(out):gsub("\n", "")
      assert.equal(3, lines)
      fails(2, "cannot be written", "import_goods", { path, "--out", home .. "/no/ids.csv" })
    end)

    it("writes ids as the sheet is written", function()
      local out = home .. "/ids.csv"
      local path = sheet("goods.csv", "\239\187\191" .. goods_heading .. "\r", goods_row(1) .. "\r")
      for _ = 1, 2 do
        assert.equal(0, run("import_goods", { path, "--out", out }).status)
      end
      local text = command.read(out)
      assert.is_truthy(text:find("^\239\187\191sheet,line,goods_id,audit_id,name\r\n"))
      assert.equal(3, select(2, text:gsub("\r\n", "")))
      assert.is_nil(text:find("\239\187\191", 2, true))
    end)

    it("sends nothing with --dry-run", function()
      local path = sheet("goods.csv", goods_heading, goods_row(1))
      local got = run("import_goods", { path, "--room", "3", "--dry-run", "--out", home .. "/ids" })
      assert.equal(0, got.status, got.err)
      for call in ("upload_media goods_add add_goods goods_sale goods_sort"):gmatch("%S+") do
        assert.is_truthy(got.out:find("  " .. call .. "  {", 1, true), call)
      end
      assert.equal(0, #calls())
      assert.is_nil(io.open(home .. "/ids"))
    end)

    it("tells of goods that the audit rejects or does not judge in time: status 3", function()
      box:control("audit", { manual = true })
      local path = sheet("goods.csv", goods_heading, goods_row(1), goods_row(2))
      local got = run("import_goods", { path, "--wait", "0" })
      assert.equal(3, got.status)
      assert.is_truthy(got.err:find("goods.csv:3: goods %d+: under audit.*do not import"), got.err)
    end)

    it("ends when the sandbox dies in the middle, with what was done", function()
      local path = sheet("goods.csv", goods_heading, goods_row(1), goods_row(2), goods_row(3))
      box:control("fault",
        { on = "goods_add", kind = "delay", seconds = 5, skip = 1, when = "before" })
      local env = command.settings(box, { XDG_CACHE_HOME = home })
      local running = command.start("scripts/import_goods.lua", { path }, { env = env })
      assert.is_truthy(running:line():find("goods.csv:2  goods_id %d+"))
      await(function() return box:control("faults").faults[1].fired == 1 end)
      box:stop()
      local got = running:finish()
      assert.equal(4, got.status, got.err)
      one_line(got.err, "^\nimport_goods: %S+goods.csv:3: goods_add: ")
      assert.is_truthy(got.out:find("not tried"), got.out)
    end)

    it("stops before anything is added when the room does not exist", function()
      local path = sheet("goods.csv", goods_heading, goods_row(1))
      fails(1, "no room 99999 .*check the room id", "import_goods", { path, "--room", "99999" })
      fails(1, "no room is called 没有", "import_goods", { path, "--room-name", "没有" })
      assert.equal(0, #calls("/wxaapi/broadcast/goods/add"))
      assert.equal(0, #calls("/cgi-bin/media/upload"))
    end)

    it("takes no room that is over, also of several with one name", function()
      local path, now = sheet("goods.csv", goods_heading, goods_row(1)), os.time()
      local rooms = {}
      for id = 71, 73 do
        rooms[#rooms + 1] = { id = id, name = id == 73 and "昨日专场" or "周五专场",
          start_time = now + 3600, end_time = now + 7200 }
      end
      assert(box:control("plant", { rooms = rooms }))
      for _, id in ipairs { 71, 73 } do
        assert(box:control("live", { room_id = id, status = 103 }))
      end
      fails(1, "room 73 takes no goods any more: ended", "import_goods", { path, "--room", "73" })
      fails(1, "room 73 takes no goods", "import_goods", { path, "--room-name", "昨日专场" })
      assert.equal(0, #calls("/wxaapi/broadcast/goods/add"))
      assert.equal(0, run("import_goods", { path, "--room-name", "周五专场" }).status)
    end)

    it("says in Chinese, too, what is wrong with a command line", function()
      for pattern, arguments in pairs {
        ["缺少参数 sheet；参见 %-%-help"] = {}, ["没有选项 %-%-nosuch"] = { "a.csv", "--nosuch" },
      } do
        local got = run("import_goods", arguments, { WXLIVE_LANG = "zh" })
        assert.equal(2, got.status)
        assert.is_truthy(got.err:find(pattern), got.err)
      end
    end)

    it("stops at the daily quota: status 6", function()
      box:control("quota", { path = "audit", per_day = 1 })
      local path = sheet("goods.csv", goods_heading, goods_row(1), goods_row(2), goods_row(3))
      local got = fails(6, "goods.csv:3: goods_add: ", "import_goods", { path })
      assert.is_truthy(got.out:find("not tried"), got.out)
    end)
  end)

  describe("failures end in one clear line:", function()
    local function goods(row)
      return { sheet("goods.csv", goods_heading, row or goods_row(1)) }
    end

    it("a wrong secret", function()
      fails(5, "secret_wrong.*40125", "import_goods", goods(), { WXLIVE_SECRET = "wrong" })
    end)

    it("a missing environment", function()
      fails(5, "appid is missing.*WXLIVE_APPID", "import_goods", goods(),
        { WXLIVE_APPID = false, WXLIVE_SECRET = false })
    end)

    it("an unreachable host", function()
      fails(1, "127%.0%.0%.1", "import_goods", goods(), { WXLIVE_BASE_URL = "http://127.0.0.1:1" })
    end)

    it("a missing file", function()
      fails(2, "nowhere.csv.*No such file", "import_goods", { home .. "/nowhere.csv" })
    end)

    it("wrong usage", function()
      fails(2, "missing argument 'sheet'", "import_goods", {})
      fails(2, "%-%-room must be a whole number", "import_goods", { "x.csv", "--room", "x" })
    end)

    it("a malformed line", function()
      local got = run("import_goods", goods('茶杯,"images/cup.png,1,5,,pages/x'))
      assert.equal(2, got.status)
      assert.is_truthy(got.err:find("goods.csv:2: .*quote"), got.err)
      assert.equal(0, #calls())
    end)

    it("a picture of 12 MB", function()
      os.execute(("head -c 12000000 /dev/zero | cat %s/images/cup.png - >%s/images/big.png")
        :format(home, home))
      local got = run("import_goods", goods((goods_row(1):gsub("cup%.png", "big.png"))))
      assert.equal(2, got.status)
      assert.is_truthy(got.err:find("goods.csv:2: .*big.png"), got.err)
      assert.equal(0, #calls())
    end)
  end)
end)
