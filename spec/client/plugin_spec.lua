local wxlive = require "wxlive"

local PAGE = "plugin-private://wx2b03c6e691cd7370/pages/live-player-plugin"

describe("the page of a room", function()
  it("is built from the room's id in either form", function()
    assert.equal(PAGE .. "?room_id=8", wxlive.room_path(8))
    assert.equal(PAGE .. "?room_id=8", wxlive.room_path("8", {}))
    assert.equal(PAGE .. "?room_id=100000000000000", wxlive.room_path(1e14))
  end)

  it("carries a scene and own parameters, encoded once", function()
    assert.equal(PAGE .. "?room_id=8&type=10", wxlive.room_path(8, { type = 10 }))
    assert.equal(PAGE .. "?room_id=8&custom_params="
      .. "%7B%22path%22%3A%22pages%2Fa%22%2C%22pid%22%3A1%7D",
      wxlive.room_path(8, { custom_params = { pid = 1, path = "pages/a" } }))
  end)

  it("is not built from what cannot be meant", function()
    for field, given in pairs {
      room_id = { 0 }, type = { 8, { type = 1.5 } },
      custom_params = { 8, { custom_params = { a = ("直"):rep(70) } } },
    } do
      local path, err = wxlive.room_path(given[1], given[2])
      assert.is_nil(path)
      assert.equal(field, err.field)
    end
    assert.equal("room_id", select(2, wxlive.room_path()).field)
    assert.is_truthy(tostring(select(2, wxlive.room_path(8, { kind = 1 })))
      :find("is not an option"))
    local _, err = wxlive.room_path(8, { custom_params = { print } })
    assert.is_truthy(err.message:find("no JSON form"))
    assert.is_truthy(err.message_zh:find("function 没有 JSON 形式", 1, true))
    assert.is_truthy(select(2, wxlive.room_path(8, 5)))
  end)
end)
