-- The column `account`: whose shop each row of a sheet is for.
local command = require "spec.support.command"
local owners = require "wxlive.shop.owners"
local rows = require "wxlive.shop.rows"

-- 2026-11-29 12:00:00 in Beijing
local NOW = 1795924800

describe("the column account of a sheet", function()
  local folder

  before_each(function()
    folder = command.directory()
    os.execute("cp -r scripts/samples/images " .. folder)
  end)

  after_each(function()
    command.remove(folder)
  end)

  local function sheet(name, lines)
    local path = folder .. "/" .. name
    command.write(path, table.concat(lines, "\n") .. "\n")
    return path
  end

  local function csv(heading, ...)
    local lines = { "name,cover_img,price_type,price,url" .. (heading and "," .. heading or "") }
    for n, account in ipairs { ... } do
      lines[n + 1] = ("茶杯%d号,images/cup.png,1,9.50,pages/%d%s"):format(n, n,
        heading and "," .. account or "")
    end
    return sheet("goods.csv", lines)
  end

  local function jsonl(...)
    local lines = {}
    for n, account in ipairs { ... } do
      lines[n] = ('{"name":"茶杯%d号","cover_img":"images/cup.png","price_type":1,"price":9.5,'
        .. '"url":"pages/%d"%s}'):format(n, n, account and ',"account":' .. account or "")
    end
    return sheet("goods.jsonl", lines)
  end

  -- The numbers of the goods that are read for an account; "!": with what is wrong.
  local function read(path, account)
    local reader, list = assert(rows.open(path, nil, NOW, account)), {}
    for row in reader.next, reader do
      list[#list + 1] = row.params.name:match("%d") .. (row.problems[1] and "!" or "")
      for _, problem in ipairs(row.problems) do
        assert.truthy(tostring(problem):find("^account"), tostring(problem))
      end
    end
    reader:close()
    return table.concat(list, " ")
  end

  local function named(path)
    local reader, out = assert(rows.open(path, nil, NOW)), {}
    local list = owners.read(reader)
    reader:close()
    for i, one in ipairs(list or {}) do
      out[i] = one.line .. " " .. one.name
    end
    return list and out
  end

  it("decides which rows are read: of an account, by its name or its groups", function()
    for _, heading in ipairs { "account", "账号" } do
      local path = csv(heading, "tea", "pot", '"pot, tea"', "north、tea", "north|cup", " tea ")
      assert.equal("1 3 4 6", read(path, "tea"))
      assert.equal("1 3 4 5 6", read(path, { "tea", "north" }))
      assert.equal("", read(path, "lid"))
      assert.equal("", read(path, {}))
    end
    assert.equal("1 3 4", read(jsonl('"tea"', '"pot"', '["pot","tea"]', '"pot;tea"'), "tea"))
    assert.equal("1 3", read(jsonl("7", "8", "[8,7]"), "7"))
    assert.equal("1", read(sheet("zh.jsonl", { '{"账号":"tea","name":"茶杯1号","cover_img":'
      .. '"images/cup.png","price_type":1,"price":9.5,"url":"pages/1"}' }), "tea"))
  end)

  it("has something in every row, or the row is a mistake", function()
    assert.equal("1 2!", read(csv("account", "tea", ""), "tea"))
    assert.equal("1 2!", read(jsonl('"tea"', false), "tea"))
    assert.equal("1!", read(jsonl('[]'), "tea"))
  end)

  it("is never ignored: rows of a sheet with it are for no shop that is not named", function()
    assert.equal("1! 2!", read(csv("account", "tea", "pot")))
    assert.equal("1 2!", read(jsonl(false, '"pot"')))
  end)

  it("need not be there: then all rows are for each account", function()
    assert.equal("1 2", read(csv(nil, "", ""), "tea"))
    assert.equal("1 2", read(jsonl(false, false), "tea"))
    assert.equal("1 2", read(csv(nil, "", ""), {}))
    assert.is_nil(named(csv(nil, "", "")))
    assert.is_nil(named(jsonl(false, false)))
  end)

  it("says which accounts a sheet names, each with its first line", function()
    assert.same({ "2 tea", "3 pot", "4 north", "5 " }, named(csv("账号", "tea", "pot", "tea;north",
      "")))
    assert.same({ "1 tea", "2 pot", "3 " }, named(jsonl('"tea"', '["tea","pot"]', false)))
    assert.is_nil(named(jsonl(false, '"pot"'))) -- its second row is a mistake, see above
  end)
end)
