--- A list that contradicts itself: what it shows is shown, and the run does not end well.
local broadcast = require "wxlive.broadcast"
local command = require "spec.support.command"
local memory = require "wxlive.store.memory"
local sandbox = require "wxlive.sandbox"

describe("a list that is not whole", function()
  local box

  -- In the middle of a week: a room that began on Sunday is not in the calendar of Monday.
  setup(function() box = assert(sandbox.start { seed = "demo", clock = 1795579200 }) end)
  teardown(function() box:stop() end)

  before_each(function()
    assert(box:control("reset"))
    for _, list in ipairs { "get_live_info", "goods_list" } do
      assert(box:control("fault", { on = list, kind = "wrong_total", times = 1000 }))
    end
  end)

  it("gives its rows with the error", function()
    local live = assert(broadcast.new {
      appid = box.appid, secret = box.secret, base_url = box.base_url, token_store = memory.new(),
      retry = { attempts = 2, base = 0.01, max = 0.01 },
    })
    for _, list in ipairs { live:rooms(), live:goods() } do
      local rows, err = list:all()
      assert.is_nil(rows)
      assert.equal("list_not_whole", err.name)
      assert.equal(3, #err.rows)
    end
    local _, err = live:rooms { live_status = 101 }:all()
    assert.equal(1, #err.rows)
  end)

  for name, shown in pairs {
    ["rooms"] = "茶器上新直播", ["goods"] = "后台录入的茶壶", ["calendar"] = "秋冬围巾",
  } do
    it("is printed by wxlive " .. name .. ", with an error and a status of failure", function()
      local got = command.hasty({ name }, {
        env = command.settings(box, { WXLIVE_TOKEN_STORE = "memory" }),
      })
      assert.equal(1, got.status, got.err)
      assert.is_truthy(got.out:find(shown, 1, true), got.out)
      assert.is_truthy(got.err:find("list_not_whole", 1, true), got.err)
    end)
  end
end)
