local catalogue = require "wxlive.catalogue"
local core = require "wxlive.core"
local json = require "wxlive.json"
local validate = require "wxlive.validate"

-- Values of all sorts, right for some field and wrong for others.
local values = {
  0, 1, 2, 3, -1, 1.5, 99, 100, 101, 1e9, 1800000000, 1e11, 1e11 + 1, 2 ^ 53, 2 ^ 53 + 2, 0 / 0,
  1 / 0,
  "", "1", "a", "abcdef", "直播间", ("直"):rep(17), ("直"):rep(18), "a b", "a\0b", "\255", "media-id_1",
  "http://x/y", "/pages/x", "pages/index/index", "image", "cursor", true, false, {}, { 1 }, print,
}

describe("the short cut through the checks", function()
  local function never()
    return nil
  end

  it("takes nothing that the checks would refuse or change", function()
    local taken = 0
    for _, entry in ipairs(catalogue.list) do
      for _, field in ipairs(entry.params) do
        local accept = core.record.acceptor({ field }, never)
        for _, value in ipairs(values) do
          local got = accept({ [field.name] = value }, {})
          if got then
            taken = taken + 1
            local wire, wrong = validate.field(field, value)
            assert.equal(wire, got[field.name],
              ("%s.%s = %s: %s"):format(entry.name, field.name, tostring(value), tostring(wrong)))
          end
        end
      end
    end
    assert.is_true(taken > 500, taken)
  end)

  it("asks the checks for what is not plain, and gives up where they do", function()
    local field = { name = "ids", wire = "ids", type = "list", of = "id" }
    local accept = core.record.acceptor({ field }, function(asked, value)
      assert.equal(field, asked)
      return value[1] == 1 and json.array { 1 } or nil
    end)
    assert.same({ ids = { 1 } }, accept({ ids = { 1 } }, {}))
    assert.is_nil(accept({ ids = { 2 } }, {}))
  end)

  it("takes either spelling once, and nothing that is left over", function()
    local room = { name = "room_id", wire = "roomId", type = "id", required = true }
    local accept = core.record.acceptor({ room }, validate.field)
    assert.same({ room_id = 7 }, accept({ room_id = 7 }, {}))
    assert.same({ room_id = 7 }, accept({ roomId = "7" }, {}))
    assert.is_nil(accept({ room_id = 7, roomId = 7 }, {}))
    assert.is_nil(accept({ room_id = 7, other = 1 }, {}))
    assert.is_nil(accept({}, {}))
  end)

  it("fills in the client's own and the defaults", function()
    local fields = {
      { name = "appid", wire = "appid", type = "string", fill = "appid" },
      { name = "limit", wire = "limit", type = "integer", default = 50 },
      { name = "rest", wire = "rest", type = "integer" },
    }
    local accept = core.record.acceptor(fields, validate.field)
    assert.same({ appid = "wx1", limit = 50 }, accept({}, { appid = "wx1" }))
    assert.same({ appid = "wx2", limit = 3, rest = 0 },
      accept({ appid = "wx2", limit = 3, rest = 0 }, { appid = "wx1" }))
  end)
end)
