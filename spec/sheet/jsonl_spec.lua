local command = require "spec.support.command"
local reader_of = require "wxlive.sheet.reader"

local NOW = 1631836000

describe("JSON lines", function()
  local directory

  before_each(function()
    directory = command.directory()
  end)

  after_each(function()
    command.remove(directory)
  end)

  local function rows(...)
    local path = directory .. "/goods.jsonl"
    command.write(path, table.concat({ ... }, "\n") .. "\n")
    local reader = assert(reader_of.open(path, "goods_add", { now = NOW }))
    local list = {}
    for row in function() return reader:next() end do
      list[#list + 1] = row
    end
    reader:close()
    return list
  end

  local cup = "scripts/samples/images/cup.png"
  local plain = '{"cover_img_url":"%s","name":"手作青瓷","price_type":1,"price":9.5,'
    .. '"url":"pages/a"%s}'

  it("may name fields that are null: they are not there", function()
    os.execute(("mkdir -p '%s/scripts/samples/images' && cp '%s' '%s/%s'"):format(directory, cup,
      directory, cup))
    local list = rows(plain:format(cup, ""), plain:format(cup, ',"price2":null,"goodsId":null'))
    assert.equal(2, #list)
    for _, row in ipairs(list) do
      assert.same({}, row.problems)
    end
    assert.same(list[1].params, list[2].params)
    list = rows((plain:format(cup, ""):gsub('"手作青瓷"', "null")))
    assert.equal(1, tostring(list[1].problems[1]):find("name is missing", 1, true))
  end)

  it("may begin with a byte order mark, and say where they are no JSON", function()
    local list = rows("\239\187\191{}", '{"name":"a\\x"}', "[1]", '{"name":"\\ud83d"}')
    assert.is_nil(tostring(list[1].problems[1]):find("not a JSON object", 1, true))
    for i = 2, 4 do
      assert.is_truthy(list[i].problems[1].message:find("^the line is not a JSON object"))
    end
    local message = list[2].problems[1].message
    assert.is_truthy(message:find("invalid escape code at byte 11", 1, true), message)
  end)
end)
