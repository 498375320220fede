-- What the commands of many accounts print, put together.
local merge = require "wxlive.cli.output.merge"

describe("the output of several accounts", function()
  local tea, pot, cup = { name = "tea" }, { name = "pot" }, { name = "cup" }
  local merged, printed

  before_each(function()
    merged, printed = merge.new { tea, pot, cup }, {}
  end)

  local function print_as(args)
    local stdout = io.stdout
    io.stdout = { write = function(_, ...) -- luacheck: ignore 122
      for _, text in ipairs { ... } do
        printed[#printed + 1] = text
      end
    end }
    local fine, why = pcall(merged.print, merged, args)
    io.stdout = stdout -- luacheck: ignore 122
    assert(fine, why)
    return table.concat(printed)
  end

  local function fill()
    -- In the order in which they ended.
    merged:rows(cup, { { id = 3 } }, { "id", "name" }, "nothing")
    merged:record(cup, { total = 1, none = 0 })
    merged:rows(tea, { { id = 1, name = "a" }, { id = 2 } }, { "id", "name" }, "nothing")
    merged:record(tea, { total = 2, none = 0, inner = { deep = "x" } })
    merged:rows(pot, {}, { "id", "name" }, "nothing")
  end

  it("is one list of JSON in the order of the accounts", function()
    fill()
    assert.equal('[{"account":"tea","id":1,"name":"a"},{"account":"tea","id":2},'
      .. '{"account":"tea","inner":{"deep":"x"},"none":0,"total":2},'
      .. '{"account":"cup","id":3},{"account":"cup","none":0,"total":1}]\n',
      print_as { json = true })
  end)

  it("is one table for each place in the output, without columns that have nothing", function()
    fill()
    local text = print_as { table = true }
    assert.truthy(text:find("^account  id  name\n[─ ]+\ntea      1   a\ntea      2\n"
      .. "cup      3\n"), text)
    assert.truthy(text:find("\naccount  inner.deep  total\n[─ ]+\ntea      x           2\n"
      .. "cup                  1\n$"), text)
  end)

  it("has the columns that were asked for, behind the account", function()
    merged:rows(tea, { { id = 1, name = "a" } }, { "id" })
    merged:record(tea, { total = 1 })
    local text = print_as { table = true, columns = "name" }
    assert.truthy(text:find("^account  name\n[─ ]+\ntea      a\naccount  total\n"), text)
  end)

  it("says once that there is nothing, and text under the account's name", function()
    merged:rows(tea, {}, { "id" }, "nothing here")
    merged:rows(pot, {}, { "id" }, "nothing here")
    merged:text(cup, "a text\n")
    assert.equal("cup:\na text\n\nnothing here\n", print_as { table = true })
  end)

  it("gives what was done for an error, and nothing when nothing was", function()
    assert.is_false(merged:has_any())
    merged:record(pot, { goods_id = 7 })
    assert.is_true(merged:has_any())
    assert.is_nil(merged:result()) -- of a call that only reads
    merged:keep(pot, { goods_id = 7 })
    assert.same({ { account = "pot", goods_id = 7 } }, merged:result())
  end)
end)
