local json = require "wxlive.json"
local reader = require "wxlive.sheet.reader"
local temp = require "spec.support.temp"

-- 2026-11-29 12:00:00 in Beijing
local NOW = 1795924800

local CUP = "手作青瓷茶杯"

local directory

setup(function()
  directory = temp.directory()
  os.execute("cp spec/fixtures/sheets/* " .. directory .. " && cp -r scripts/samples/images "
    .. directory .. "/images")
end)

teardown(function()
  temp.remove(directory)
end)

local columns = {
  assistants = "add_assistant.users", rooms = { name = "rooms", wire = "rooms", type = "list",
    of = "string", separator = "|" },
}

-- The rows of a sheet, and every problem as "line: message".
local function read(name, endpoint)
  local sheet, err = reader.open(directory .. "/" .. name, endpoint or "goods_add",
    { columns = columns, now = NOW })
  local rows, problems = {}, {}
  for _, problem in ipairs(err and (err.problems or { err }) or {}) do
    problems[#problems + 1] = ("%d: %s"):format(problem.line, problem.message)
  end
  while sheet do
    local row, problem = sheet:next()
    if not row then
      if problem then
        problems[#problems + 1] = ("%d: %s"):format(problem.line, problem.message)
      end
      sheet:close()
      break
    end
    rows[#rows + 1] = row
    for _, message in ipairs(row.problems) do
      problems[#problems + 1] = ("%d: %s"):format(row.line, message)
    end
  end
  return rows, problems, sheet
end

local function write(name, text)
  temp.write(directory .. "/" .. name, text)
  return name
end

describe("a sheet of people's tools", function()
  it("is read as if it were plain", function()
    for _, name in ipairs {
      "trailcols.csv", "bom2.csv", "nbsp.csv", "ideosp.csv", "blankrows.csv", "semi.csv", "tab.csv",
      "sep.csv", "bom.jsonl", "rooms_short.csv",
    } do
      local rows, problems = read(name)
      assert.same({}, problems, name)
      assert.equal(1, #rows, name)
      local params = rows[1].params
      assert.equal(CUP, params.name, name)
      assert.equal(68, params.price, name)
      assert.equal(name == "rooms_short.csv" and "pages/goods/detail?id=8001"
        or "pages/goods/detail?id=1001", params.url, name)
      assert.is_nil(params.price2, name)
      assert.equal(directory .. "/images/cup.png", rows[1].images[1].path, name)
    end
    local rows, problems = read("short.csv")
    assert.same({}, problems)
    assert.same({ 239, nil }, { rows[1].params.price2, rows[2].params.price2 })
    rows, problems = read("crlf.jsonl")
    assert.same({}, problems)
    assert.equal(2, #rows)
  end)

  it("of rooms is read with Unicode's blanks and full-width characters", function()
    for name, wanted in pairs {
      ["rooms_blank_behind_name.csv"] = "春茶上新专场", ["nbsptime.csv"] = "春茶上新专场",
      ["rooms_full_width.csv"] = "秋茶专场壹号",
    } do
      local rows, problems = read(name, "create_room")
      assert.same({}, problems, name)
      assert.equal(wanted, rows[1].params.name)
      assert.equal(1796472000, rows[1].params.start_time)
    end
    local rows = read("rooms_full_width.csv", "create_room")
    assert.same({ { username = "chen_ops", nickname = "陈场控" },
      { username = "wu_ops", nickname = "吴客服" } }, rows[1].extra.assistants)
  end)

  it("means the same with blanks of any kind around a cell", function()
    local blanks = {
      " ", "\t", "\r\n", "\194\133", "\194\160", "\225\154\128", "\226\128\128", "\226\128\139",
      "\226\128\168", "\226\128\169", "\226\128\175", "\226\129\159", "\226\129\160",
      "\227\128\128", "\239\187\191", "\226\128\142", " \194\160\227\128\128\226\128\141",
    }
    local fields = { "name", "cover_img", "price_type", "price", "url" }
    local values = { CUP, "images/cup.png", "1", "68", "pages/goods/detail?id=1001" }
    for i, blank in ipairs(blanks) do
      local heading, cells, object = {}, {}, {}
      for j, name in ipairs(fields) do
        heading[j] = '"' .. blank .. name .. blank .. '"'
        cells[j] = '"' .. blank .. values[j] .. blank .. '"'
        object[blank .. name] = tonumber(values[j]) or blank .. values[j] .. blank
      end
      local csv = write("blank" .. i .. ".csv", table.concat(heading, ",") .. "\n"
        .. table.concat(cells, ",") .. "\n" .. blank:gsub("[\r\n]", " ") .. ",,\n")
      local jsonl = write("blank" .. i .. ".jsonl", json.encode(object) .. "\n")
      for _, name in ipairs { csv, jsonl } do
        local rows, problems = read(name)
        assert.same({}, problems, i)
        assert.equal(1, #rows)
        assert.same({
          name = CUP, url = values[5], price = 68, price_type = 1, cover_img_url = "media_id",
        }, rows[1].params)
        assert.equal(directory .. "/images/cup.png", rows[1].images[1].path)
      end
    end
  end)

  it("names what cannot be seen inside a text, and what a page path may not hold", function()
    local rows, problems, _ = read("blanks.csv")
    for i, wanted in pairs { 1001, 1002, 1003, nil, nil, 1006, nil, 1008, 1009 } do
      assert.equal("pages/goods/detail?id=" .. wanted, rows[i].params.url)
      assert.equal(CUP, rows[i].params.name)
      assert.same({}, rows[i].problems)
    end
    assert.equal(3, #problems)
    assert.is_truthy(problems[1]:find("url must not begin with a slash", 1, true), problems[1])
    assert.is_truthy(problems[2]:find('holds "？"; write ?', 1, true), problems[2])
    assert.is_truthy(problems[3]:find("must not hold U+000A", 1, true), problems[3])
    for text, wanted in pairs {
      ["pages/a\226\128\139b"] = "U+200B", ["pages/a b"] = '" "', ["pages/a?n=茶"] = '"茶"',
      ["pages/a\194\160b"] = "<U+00A0>",
    } do
      _, problems = read(write("path.jsonl", json.encode {
        name = CUP, cover_img_url = "images/cup.png", price_type = 1, price = 68, url = text,
      }))
      assert.equal(1, #problems)
      assert.is_truthy(problems[1]:find(wanted, 1, true), problems[1])
    end
  end)

  it("names the errors of a spreadsheet program for what they are", function()
    local _, problems = read("err.csv")
    local wanted = {
      { "2: name holds #VALUE!" }, { "3: name holds #NAME?" }, { "3: url holds #REF!" },
      { "4: price holds #N/A" }, { "4: url holds #N/A" }, { "5: name holds the formula" },
      { "6: price holds", "1.2E+03" }, { "6: url holds", "1.23E+11" },
    }
    assert.equal(#wanted, #problems, table.concat(problems, "\n"))
    for i, parts in ipairs(wanted) do
      for _, part in ipairs(parts) do
        assert.is_truthy(problems[i]:find(part, 1, true), problems[i])
      end
    end
    for _, text in ipairs {
      "#DIV/0!", "#NUM!", "#NULL!", "1.38E+10", "=A1", "=SUM(A1:A2)", "####", "#n/a",
    } do
      _, problems = read(write("slip.csv", "name,start_time,end_time,anchor_name,anchor_wechat,"
        .. "cover_img,share_img,feeds_img,type,close_like,close_goods,close_comment\n"
        .. "春茶上新专场,2026-12-05 20:00,2026-12-05 22:00,茶掌柜小林," .. text
        .. ",images/tea-cover.jpg,images/tea-share.jpg,images/tea-feeds.jpg,0,0,0,0\n"),
        "create_room")
      assert.equal(1, #problems, table.concat(problems, "\n"))
      assert.is_truthy(problems[1]:find("^2: anchor_wechat holds "), problems[1])
    end
  end)

  it("warns of a name that the platform may count as too long", function()
    local heading = "name,cover_img,price_type,price,url\n"
    for name, wanted in pairs {
      ["“明前龙井”——茶人之选·限量"] = 30, [("🫖"):rep(14)] = 56, [("茶"):rep(14)] = false,
      ["✨明前龙井⭐茶人之选✅"] = false, [("茶"):rep(13) .. "·é"] = 30,
    } do
      local rows, problems = read(write("long.csv", heading .. name
        .. ",images/cup.png,1,68,pages/a\n"))
      assert.same({}, problems)
      assert.equal(wanted and 1 or 0, #rows[1].warnings, name)
      local warning = tostring(rows[1].warnings[1])
      assert.is_truthy(not wanted or warning:find("may count " .. wanted, 1, true))
    end
    local _, problems = read(write("long.csv", heading .. ("茶"):rep(15)
      .. ",images/cup.png,1,68,pages/a\n"))
    assert.equal(1, #problems)
  end)

  it("with more errors and formulas names each", function()
    local heading, rest = "name,cover_img,price_type,price,url\n", ",images/cup.png,1,68,pages/a\n"
    for cell, wanted in pairs {
      ["#BUSY!"] = "holds #BUSY!", ["#error!"] = "holds #ERROR!", ["Err:502"] = "holds Err:502",
      ["=A1&B1"] = "the formula", ["=SUM(A1:B2)*2"] = "the formula", ["=-B2"] = "the formula",
      ["手作\239\191\189青瓷"] = "U+FFFD",
    } do
      local _, problems = read(write("slip.csv", heading .. cell .. rest))
      assert.equal(1, #problems, cell)
      assert.is_truthy(problems[1]:find(wanted, 1, true), problems[1])
    end
    for _, cell in ipairs { "=手作=青瓷", "Err:手作", "#双11#茶杯" } do
      local _, problems = read(write("slip.csv", heading .. cell .. rest))
      assert.same({}, problems)
    end
  end)

  it("without rows, with full-width commas, or with pictures on the web is one problem", function()
    local heading = "name,cover_img,price_type,price,url\n"
    for name, case in pairs {
      ["none.csv"] = { heading, "1: the sheet has no rows" },
      ["none.jsonl"] = { "", "1: the sheet has no rows" },
      ["array.JSONL"] = { '[{"name":1},\n{}]', "1: the file is a JSON array" },
      ["wide.csv"] = { heading:gsub(",", "，") .. "a，b，c，d，e\n", "1: full-width commas" },
      ["web.csv"] = { heading .. CUP .. ",https://shop.example/a.png,1,68,pages/a\n",
        "2: cover_img_url must be the path of a file, not a web address" },
    } do
      local _, problems = read(write(name, case[1]))
      assert.equal(1, #problems, name)
      assert.equal(1, problems[1]:find(case[2], 1, true), problems[1])
    end
  end)

  it("with a title above its heading is one problem", function()
    local _, problems = read("title.csv")
    assert.equal(1, #problems)
    assert.is_truthy(problems[1]:find("^1: the first row must be the heading, which is in line 2"))
    assert.is_truthy(problems[1]:find("秋季商品导入表", 1, true))
  end)

  it("in another encoding is named", function()
    for name, wanted in pairs {
      ["gbk.csv"] = "seems to be GBK", ["gb18030.csv"] = "seems to be GBK",
      ["big5.csv"] = "not UTF-8", ["utf-16be.csv"] = "UTF-16", ["utf-16le.csv"] = "UTF-16",
      ["utf16.jsonl"] = "UTF-16", ["gbk.jsonl"] = "UTF-8",
    } do
      local _, problems = read(name)
      assert.equal(1, #problems, name)
      assert.is_truthy(problems[1]:find(wanted, 1, true), problems[1])
    end
  end)

  it("with headings of its own names each of them", function()
    local _, problems = read("zh.csv")
    assert.is_truthy(problems[1]:find('there is no column called "商品名称"', 1, true))
    _, problems = read("case.csv")
    assert.is_truthy(problems[1]:find("did you mean name?", 1, true))
  end)
end)

describe("the width of a row", function()
  it("counts only up to its last cell with text", function()
    local _, problems = read(write("wide.csv", "name,cover_img,price_type,price,url\n" .. CUP
      .. ",images/cup.png,1,68,pages/a?id=1,,\227\128\128,\n"))
    assert.same({}, problems)
    _, problems = read(write("wide.csv", "name,cover_img,price_type,price,url\n" .. CUP
      .. ",images/cup.png,1,68,pages/a?id=1,,x\n"))
    assert.same({ "2: the row has 7 cells where the heading has 5; quote cells that hold a comma" },
      problems)
    _, problems = read(write("wide.csv", "name,,cover_img,price_type,price,url\n" .. CUP
      .. ",,images/cup.png,1,68,pages/a?id=1\n" .. CUP
      .. ",note,images/cup.png,1,68,pages/a?id=2\n"))
    assert.same({ '3: "note" stands in column 2, which has no name' }, problems)
  end)
end)

describe("what a sheet may hold", function()
  it("is bounded, and so is what is said of it", function()
    local names = {}
    for i = 1, 16000 do
      names[i] = "column" .. i .. ("x"):rep(40)
    end
    local _, problems = read(write("many.csv", table.concat(names, ",") .. "\n"))
    assert.is_true(#problems <= 12)
    assert.is_true(#table.concat(problems, "\n") < 2000)
    local object = {}
    for i = 1, 20000 do
      object[i] = ('"key%d":%d'):format(i, i)
    end
    _, problems = read(write("many.jsonl", "{" .. table.concat(object, ",") .. "}\n"))
    assert.is_true(#problems <= 12, #problems)
    assert.is_truthy(table.concat(problems, "\n"):find("19995 more fields are not known"))
    for _, name in ipairs { "huge.csv", "huge.jsonl" } do
      _, problems = read(write(name, ("x"):rep(8 * 1048576)))
      assert.equal(1, #problems)
      assert.is_truthy(problems[1]:find("1 MB"), problems[1])
    end
    local _, err = reader.read(directory .. "/" .. write("bad.csv",
      "name,cover_img,price_type,price,url\n"
      .. (CUP .. ",images/cup.png,1,x,pages/a\n"):rep(1000)),
      "goods_add", nil, NOW)
    assert.is_true(#err.problems < 210)
    assert.is_truthy(err.problems[#err.problems].message:find("not read"))
  end)

  it("is read in flat memory, in either form", function()
    local function rows_of(name, line)
      local file = assert(io.open(directory .. "/" .. name, "wb"))
      file:write(name:find("csv$") and "name,cover_img,price_type,price,url\n" or "")
      for _ = 1, 8000 do
        file:write(line, "\n")
      end
      file:close()
      local sheet = assert(reader.open(directory .. "/" .. name, "goods_add", { now = NOW }))
      collectgarbage()
      local before, most, n = collectgarbage("count"), 0, 0
      for row in function() return sheet:next() end do
        n = n + 1
        assert.same({}, row.problems)
        if n % 2000 == 0 then
          collectgarbage()
          most = math.max(most, collectgarbage("count") - before)
        end
      end
      assert.equal(8000, n)
      assert.is_true(most < 300, most)
    end
    rows_of("big.csv", CUP .. ",images/cup.png,1,68,pages/goods/detail?id=1")
    rows_of("big.jsonl", json.encode {
      name = CUP, cover_img_url = "images/cup.png", price_type = 1, price = 68, url = "pages/a",
    })
  end)

  it("is chosen by its columns, out of a file that is opened once", function()
    local opened = 0
    local open = io.open
    io.open = function(path, ...) -- luacheck: ignore 122
      opened = opened + (path:find("%.csv$") and 1 or 0)
      return open(path, ...)
    end
    local seen
    local sheet = reader.open(directory .. "/nbsp.csv", function(names)
      seen = names
      return "goods_add", {}
    end, { now = NOW })
    sheet:close()
    io.open = open -- luacheck: ignore 122
    assert.equal(1, opened)
    assert.is_true(seen.cover_img and seen.price_type)
  end)
end)
