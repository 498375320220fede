local csv = require "wxlive.sheet.csv"
local temp = require "spec.support.temp"

-- Reads text in chunks of n bytes.
local function read(text, n)
  local at = 1
  local reader = csv.reader(function()
    local chunk = text:sub(at, at + n - 1)
    at = at + n
    return chunk ~= "" and chunk or nil
  end, "sheet.csv")
  local rows, lines = {}, {}
  while true do
    local cells, line = reader:read()
    if not cells then
      return rows, lines, line
    end
    rows[#rows + 1], lines[#lines + 1] = cells, line
  end
end

local cases = {
  { "a,b\nc,d\n", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
  { "a,b\r\nc,d", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
  { "a,b\rc,d\r", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
  { "\239\187\191名,b\n直播,\"x\"\n", { { "名", "b" }, { "直播", "x" } }, { 1, 2 } },
  { 'a,"x, y\nz",c\r\nd,e,f', { { "a", "x, y\nz", "c" }, { "d", "e", "f" } }, { 1, 3 } },
  { '"say ""hi""",""\n"",x', { { 'say "hi"' }, { "", "x" } }, { 1, 2 } },
  { '"a"\r\n"b"', { { "a" }, { "b" } }, { 1, 2 } },
  { "\n\n a \n,,\nb", { { " a " }, { "b" } }, { 3, 5 } },
  { '"x\r\ny"\nz', { { "x\r\ny" }, { "z" } }, { 1, 3 } },
  { "", {}, {} },
  { "\239\187\191", {}, {} },
  { "a,", { { "a" } }, { 1 } },
  { "a,b,,,\r\n\227\128\128,c, ,\194\160", { { "a", "b" }, { "\227\128\128", "c" } }, { 1, 2 } },
  { "a\n\194\160,\226\128\139\n,\239\187\191,\nb", { { "a" }, { "b" } }, { 1, 4 } },
  { "\239\187\191\239\187\191a,b\n", { { "a", "b" } }, { 1 } },
  { "a|b\nc|d,e", { { "a", "b" }, { "c", "d,e" } }, { 1, 2 } },
  { "a;b\nc;d,e", { { "a", "b" }, { "c", "d,e" } }, { 1, 2 } },
  { "a\tb\n\"c\td\"\te", { { "a", "b" }, { "c\td", "e" } }, { 1, 2 } },
  { '"a,b";c;d\ne', { { "a,b", "c", "d" }, { "e" } }, { 1, 2 } },
  { "title\na;b;c;d\n", { { "title" }, { "a", "b", "c", "d" } }, { 1, 2 } },
  { "name\nx;y\n", { { "name" }, { "x;y" } }, { 1, 2 } },
  { "sep=,\r\na,b;c\r\n", { { "a", "b;c" } }, { 2 } },
  { '\239\187\191"sep=;"\na;b,c\n', { { "a", "b,c" } }, { 2 } },
  { "SEP=\t\na\tb", { { "a", "b" } }, { 2 } },
  { "sep=,", {}, {} },
  { "sep=,x\n", { { "sep=", "x" } }, { 1 } },
}

describe("a sheet", function()
  for i, case in ipairs(cases) do
    it("is read alike however its bytes arrive, case " .. i, function()
      for n = 1, #case[1] + 1 do
        local rows, lines, err = read(case[1], n)
        assert.is_nil(err, n)
        assert.same(case[2], rows)
        assert.same(case[3], lines)
      end
    end)
  end

  it("that is damaged is refused with the line", function()
    for text, wanted in pairs {
      ['a,b\n"x,y\nz'] = { 2, "never closed" },
      ['a\n"x"y'] = { 2, "behind the closing quote" },
      ['a\nb"c'] = { 2, "middle of a cell" },
      ["a\n\178\226\202\212"] = { 2, "GBK" },
      ["\255\254a\0"] = { 1, "UTF%-16" },
      ["a\0b\0"] = { 1, "UTF%-16" },
      ["a\ncaf\233 au lait"] = { 2, "the text is not UTF%-8$" },
      ["a\n\230\157"] = { 2, "GBK" },
      ["a\n\230\157\175x\230"] = { 2, "the text is not UTF%-8$" },
      ["\255\254\0\0a\0\0\0"] = { 1, "UTF%-32" },
      [' [{"name":1}]'] = { 1, "JSON" }, ['\239\187\191{"name":1}'] = { 1, "JSON" },
      ["ab\ncd\0"] = { 2, "NUL" },
      ['name\n="0012"'] = { 2, "a formula" },
    } do
      for n = 1, #text + 1 do
        local _, _, err = read(text, n)
        assert.is_truthy(err, text)
        assert.equal(wanted[1], err.line, text)
        assert.is_truthy(err.message:find(wanted[2]), err.message)
        assert.is_truthy(err.message:find("^sheet%.csv:%d+: "))
      end
    end
    local _, _, err = read('a\n"' .. ("x"):rep(1100000), 65536)
    assert.is_truthy(err.message:find("1 MB"))
  end)

  it("is bounded in the size of a row and in the number of its cells", function()
    for text, wanted in pairs {
      [("x"):rep(3000000)] = "1 MB", ["a\n" .. ("xxxxxxx,"):rep(200000)] = "cells",
      [("y"):rep(900000) .. "," .. ("z"):rep(900000)] = "1 MB",
    } do
      local rows, _, err = read(text, 65536)
      assert.is_true(#rows <= 1)
      assert.is_truthy(err.message:find(wanted), err.message)
    end
    assert.same({ { "a" } }, (read("a" .. (","):rep(16000), 65536)))
  end)

  it("says how it is written, so that another is written alike", function()
    for text, wanted in pairs {
      ["\239\187\191a;b\r\nc;d\r\n"] = "\239\187\191x;\"y;z\"\r\n",
      ["a,b\nc,d\n"] = 'x,"y;z"\n', ["a\tb\r\n"] = 'x\t"y;z"\r\n', ["a,b"] = 'x,"y;z"\n',
      ["sep=;\r\na;b\r\n"] = 'sep=;\r\nx;"y;z"\r\n',
    } do
      local reader = csv.reader(function()
        local whole = text
        text = ""
        return whole
      end, "x.csv")
      reader:read()
      assert.equal(wanted, csv.head(reader.style) .. csv.row({ "x", "y;z" }, reader.style))
    end
    assert.equal("x\n", csv.head() .. csv.row { "x" })
  end)

  it("that was written reads back", function()
    local rows = {
      { "a", "b,c", 'd"e', "f\ng", " h ", "直播", "", "99.5" },
      { "sep=;", "x;y", "a\tb", "\239\187\191z", "p|q", "\227\128\128", "k", "1" },
      { "\r", '"', '""', ",", "x", "y", "", "z" },
    }
    local out = {}
    for i, row in ipairs(rows) do
      out[i] = csv.line(row)
    end
    assert.same(rows, (read(table.concat(out, "\n"), 7)))
    assert.equal('a,"b,c"', csv.line { "a", "b,c" })
  end)

  it("of any size is read in flat memory", function()
    local n = 0
    local reader = csv.reader(function()
      n = n + 1
      return n <= 50000 and ("row %d,\"some, text\",直播间\n"):format(n) or nil
    end, "big.csv")
    collectgarbage()
    local before, most, rows = collectgarbage("count"), 0, 0
    while reader:read() do
      rows = rows + 1
      if rows % 1000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage("count") - before)
      end
    end
    assert.equal(50000, rows)
    assert.is_true(most < 200, most)
  end)

  it("that is not there is one clear error", function()
    local reader, err = csv.open("/nonexistent/rooms.csv")
    assert.is_nil(reader)
    assert.equal("no_sheet", err.name)
    local directory = temp.directory()
    reader, err = csv.open(directory)
    assert.is_nil(reader)
    assert.equal("no_sheet", err.name)
    temp.write(directory .. "/empty.csv", "")
    reader = assert(csv.open(directory .. "/empty.csv"))
    assert.is_nil(reader:read())
    reader:close()
    reader:close()
    temp.remove(directory)
  end)

  it("names files that are no sheets", function()
    local path = os.tmpname()
    for head, what in pairs {
      ["PK\3\4\20\0\6\0"] = "an Excel workbook or another zip archive",
      ["\208\207\17\224\161\177\26\225"] = "an Excel workbook of the old format",
      ["%PDF-1.7\n"] = "a PDF document", [("\0"):rep(512)] = "begins with NUL bytes",
      ["\255\254n\0a\0"] = "UTF-16", ["n\0a\0m\0"] = "UTF-16",
    } do
      for _, module in ipairs { "csv", "jsonl" } do
        local file = assert(io.open(path, "wb"))
        file:write(head, "rest\n")
        file:close()
        local reader, err = require("wxlive.sheet." .. module).open(path)
        if reader then
          local _
          _, err = reader:read()
        end
        assert.is_truthy(tostring(err):find(what, 1, true), module .. ": " .. tostring(err))
      end
    end
    os.remove(path)
  end)
end)
