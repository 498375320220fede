local bare_sandbox = require "spec.support.sandbox.bare"

describe("sandbox, rooms", function()
  local bare

  before_each(function()
    bare = bare_sandbox.new()
  end)

  local function row(id)
    for _, room in ipairs(bare:call("get_live_info", { start = 0, limit = 50 }).room_info) do
      if room.roomid == id then
        return room
      end
    end
    return nil
  end

  local function status(id)
    return row(id).live_status
  end

  local function set(id, live_status)
    local control = require "wxlive.sandbox.server.control"
    assert(control.run(bare.platform, "live", { room_id = id, status = live_status }))
  end

  describe("by the clock", function()
    it("a phone room starts and ends as planned", function()
      local id = bare:room { type = 0 }
      assert.equal(102, status(id))
      bare:advance(3600)
      assert.equal(101, status(id))
      bare:advance(3599)
      assert.equal(101, status(id))
      bare:advance(1)
      assert.equal(103, status(id))
    end)

    it("a phone room has ended even when nobody looked in between", function()
      local id = bare:room { type = 0 }
      bare:advance(86400)
      assert.equal(103, status(id))
    end)

    it("a push-stream room waits for its stream, and expires", function()
      local id = bare:room { type = 1 }
      bare:advance(7199)
      assert.equal(102, status(id))
      bare:advance(1)
      assert.equal(107, status(id))
    end)

    it("a push-stream room runs from its stream to its planned end", function()
      local id = bare:room { type = 1 }
      set(id, 101)
      assert.equal(101, status(id))
      bare:advance(7200)
      assert.equal(103, status(id))
    end)

    it("an anchor who dropped out has 15 minutes to come back", function()
      local id = bare:room { type = 1 }
      set(id, 106)
      bare:advance(899)
      assert.equal(106, status(id))
      set(id, 101)
      set(id, 106)
      bare:advance(900)
      assert.equal(103, status(id))
    end)

    it("a banned room stays banned", function()
      local id = bare:room { type = 0 }
      set(id, 104)
      bare:advance(86400)
      assert.equal(104, status(id))
    end)
  end)

  describe("what is refused in which state", function()
    local function calls(id, goods)
      return {
        edit = function()
          local params = bare:room_params()
          params.id, params.type = id, nil
          return bare:code("edit_room", params)
        end,
        delete = function() return bare:code("delete_room", { id = id }) end,
        add_goods = function() return bare:code("add_goods", { ids = { goods }, roomId = id }) end,
        push_url = function() return bare:code("get_push_url", { roomId = id }) end,
        shared_code = function() return bare:code("get_shared_code", { roomId = id }) end,
        replay = function() return bare:code("update_replay", { roomId = id, closeReplay = 0 }) end,
        comment = function()
          return bare:code("update_comment", { roomId = id, banComment = 1 })
        end,
        push = function() return bare:code("goods_push", { roomId = id, goodsId = goods }) end,
        sort = function()
          return bare:code("goods_sort", { roomId = id, goods = { { goodsId = goods } } })
        end,
        video = function() return bare:code("goods_video", { roomId = id, goodsId = goods }) end,
        message = function()
          return bare:code("push_message", { room_id = id, user_openid = { "o1" } })
        end,
      }
    end

    -- The reference's inferred matrix: call -> state -> errcode.
    local x = 300023
    local matrix = {
      edit = { [101] = 300042, [102] = 0, [103] = x, [104] = x, [105] = 300042, [106] = 300042,
        [107] = x },
      delete = { [101] = x, [102] = 0, [103] = 0, [104] = x, [105] = x, [106] = x, [107] = 0 },
      add_goods = { [101] = 0, [102] = 0, [103] = x, [104] = x, [105] = 0, [106] = 0, [107] = x },
      push_url = { [101] = 0, [102] = 0, [103] = x, [104] = x, [105] = 0, [106] = 0, [107] = x },
      shared_code = { [101] = 0, [102] = 0, [103] = 0, [104] = x, [105] = 0, [106] = 0, [107] = x },
      replay = { [101] = 0, [102] = 0, [103] = 0, [104] = x, [105] = 0, [106] = 0, [107] = x },
      comment = { [101] = 0, [102] = 0, [103] = x, [104] = x, [105] = 0, [106] = 0, [107] = x },
      push = { [101] = 0, [102] = x, [103] = x, [104] = x, [105] = x, [106] = x, [107] = x },
      sort = { [101] = 0, [102] = 0, [103] = x, [104] = x, [105] = 0, [106] = 0, [107] = x },
      video = { [101] = 300044, [102] = x, [103] = 300044, [104] = x, [105] = 300044,
        [106] = 300044, [107] = x },
      message = { [101] = 0, [102] = 9410006, [103] = 9410006, [104] = 9410006, [105] = 9410006,
        [106] = 9410006, [107] = 9410006 },
    }
    for name, states in pairs(matrix) do
      it(name, function()
        for state, code in pairs(states) do
          bare = bare_sandbox.new()
          local goods = bare:approved_goods()
          local id = bare:room()
          assert.equal(0, bare:code("add_goods", { ids = { goods }, roomId = id }))
          assert.equal(0, bare:code("goods_sale", { roomId = id, goodsId = goods, onSale = 1 }))
          set(id, state)
          assert.equal(code, calls(id, goods)[name](), name .. " in " .. state)
        end
      end)
    end

    it("an unknown room is 300022 everywhere", function()
      bare:room()
      for name, call in pairs(calls(99, bare:approved_goods())) do
        assert.equal(name == "message" and 9410006 or 300022, call(), name)
      end
    end)
  end)

  describe("list", function()
    it("is 9410000 without rooms, and past the end", function()
      assert.equal(9410000, bare:code("get_live_info", { start = 0, limit = 10 }))
      bare:room()
      assert.equal(9410000, bare:code("get_live_info", { start = 10, limit = 10 }))
    end)

    it("has the latest start first, in pages of at most 50, from the start of a page", function()
      for i = 1, 60 do
        local from = bare.platform:now() + 600 + i * 60
        bare:room { startTime = from, endTime = from + 3600 }
      end
      local answer = bare:call("get_live_info", { start = 0, limit = 100 })
      assert.equal(50, #answer.room_info)
      assert.equal(60, answer.total)
      assert.equal(60, answer.room_info[1].roomid)
      assert.equal(11, answer.room_info[50].roomid)
      assert.equal(10, bare:call("get_live_info", { start = 50, limit = 50 }).room_info[1].roomid)
      assert.equal(60, bare:call("get_live_info", { start = 6, limit = 10 }).room_info[1].roomid)
    end)

    it("ignores room_id, which only the replay call reads", function()
      local first, second = bare:room(), bare:room()
      local answer = bare:call("get_live_info", { start = 0, limit = 10, room_id = first })
      assert.equal(2, answer.total)
      assert.equal(second, answer.room_info[1].roomid)
    end)

    it("shows prices in fen, spells ids its own way, leaves out what is never told", function()
      local goods = bare:approved_goods { priceType = 3, price = 19.99, price2 = 10 }
      local id = bare:room()
      bare:call("add_goods", { ids = { goods }, roomId = id })
      local room = row(id)
      assert.same({ 1999, 1000 }, { room.goods[1].price, room.goods[1].price2 })
      assert.equal(goods, room.goods[1].goods_id)
      assert.is_nil(room.roomId)
      assert.is_nil(room.closeShare)
      assert.is_nil(room.anchorWechat)
    end)

    it("quirks: wrong total, a deleted room that stays, mixed prices", function()
      local quirks = bare.platform.quirks
      local id = bare:room()
      local goods = bare:approved_goods { price = 5 }
      set(id, 101)
      bare:call("add_goods", { ids = { goods }, roomId = id })
      quirks.mixed_prices = true
      assert.equal(5, row(id).goods[1].price)
      bare:room()
      quirks.wrong_total = true
      assert.equal(1, bare:call("get_live_info", { start = 0, limit = 1 }).total)
      quirks.deleted_listed = true
      set(id, 103)
      assert.equal(0, bare:code("delete_room", { id = id }))
      assert.equal(102, status(id))
      assert.equal(300022, bare:code("delete_room", { id = id }))
    end)
  end)

  describe("replay", function()
    local function replay(id)
      return bare:call("get_live_replay",
        { action = "get_replay", room_id = id, start = 0, limit = 10 })
    end

    it("is there ten minutes after the end, when it is open", function()
      local id = bare:room { type = 0, closeReplay = 0 }
      bare:advance(7200 + 599)
      assert.equal(0, #replay(id).live_replay)
      bare:advance(1)
      local rows = replay(id).live_replay
      assert.equal(2, #rows)
      assert.truthy(rows[1].media_url:find("%.m3u8$"))
      assert.truthy(rows[2].media_url:find("%.mp4$"))
      assert.truthy(rows[1].create_time:find("^2026%-11%-23T06:10:00Z$"))
    end)

    it("appears when it is opened afterwards", function()
      local id = bare:room { type = 0 }
      bare:advance(9000)
      assert.equal(0, replay(id).total)
      assert.equal(0, bare:code("update_replay", { roomId = id, closeReplay = 0 }))
      assert.equal(2, replay(id).total)
    end)
  end)

  it("an edit replaces everything", function()
    local id = bare:room { closeReplay = 0, closeKf = 0 }
    local params = bare:room_params { name = "改名之后的房间" }
    params.id, params.type = id, nil
    assert.equal(0, bare:code("edit_room", params))
    local room = row(id)
    assert.same({ "改名之后的房间", 1, 1 }, { room.name, room.close_replay, room.close_kf })
  end)

  it("a phone room has no push address, a push-stream room keeps its own", function()
    assert.equal(300023, bare:code("get_push_url", { roomId = bare:room { type = 0 } }))
    local id = bare:room { type = 1 }
    local first = bare:call("get_push_url", { roomId = id }).pushAddr
    assert.truthy(first:find("^rtmp://.*%?txSecret=%x+&txTime=%x+$"))
    assert.equal(32, #first:match("txSecret=(%x+)"))
    assert.equal(first, bare:call("get_push_url", { roomId = id }).pushAddr)
  end)

  it("customer service cannot be opened where none is set up", function()
    bare.platform.quirks.no_customer_service = true
    assert.equal(300038, bare:code("update_kf", { roomId = bare:room(), closeKf = 0 }))
    assert.equal(300038, bare:code("create_room", bare:room_params { closeKf = 0 }))
  end)

  describe("goods on the shelf", function()
    local id, cup, pot

    before_each(function()
      id = bare:room()
      cup, pot = bare:goods(), bare:approved_goods()
      assert.equal(0, bare:code("add_goods", { ids = { cup, pot }, roomId = id }))
    end)

    local function order()
      local ids = {}
      for i, goods in ipairs(row(id).goods) do
        ids[i] = goods.goods_id
      end
      return ids
    end

    it("are added once, whatever is repeated", function()
      assert.equal(0, bare:code("add_goods", { ids = { pot, cup, cup }, roomId = id }))
      assert.same({ cup, pot }, order())
    end)

    it("must be approved and known", function()
      assert.equal(300025, bare:code("add_goods", { ids = { bare:goods() }, roomId = id }))
      assert.equal(300024, bare:code("add_goods", { ids = { 99 }, roomId = id }))
    end)

    it("have a cap per room", function()
      bare.platform.options.goods_cap = 3
      local more, last = bare:goods(), bare:approved_goods()
      assert.equal(300033, bare:code("add_goods", { ids = { more, last }, roomId = id }))
      assert.equal(0, bare:code("add_goods", { ids = { more }, roomId = id }))
      assert.equal(300026, bare:code("add_goods", { ids = { last }, roomId = id }))
    end)

    it("are sorted as named, the others behind", function()
      assert.equal(0, bare:code("goods_sort", { roomId = id, goods = { { goodsId = pot } } }))
      assert.same({ pot, cup }, order())
      assert.equal(300050, bare:code("goods_sort",
        { roomId = id, goods = require("wxlive.json").array {} }))
      assert.equal(300053, bare:code("goods_sort", { roomId = id, goods = { { goodsId = 99 } } }))
    end)

    it("leave the room alone, or with the library", function()
      assert.equal(0, bare:code("goods_delete_in_room", { roomId = id, goodsId = cup }))
      assert.equal(300053, bare:code("goods_delete_in_room", { roomId = id, goodsId = cup }))
      assert.equal(0, bare:code("goods_delete", { goodsId = pot }))
      assert.same({}, order())
      assert.equal(300024, bare:code("goods_sale", { roomId = id, goodsId = pot, onSale = 1 }))
    end)

    it("are pushed while on sale, one card at a time, and explained in a clip", function()
      local function push(goods)
        return bare:code("goods_push", { roomId = id, goodsId = goods })
      end
      local function video()
        return bare:code("goods_video", { roomId = id, goodsId = cup })
      end
      set(id, 101)
      assert.equal(300052, push(cup))
      bare:call("goods_sale", { roomId = id, goodsId = cup, onSale = 1 })
      bare:call("goods_sale", { roomId = id, goodsId = pot, onSale = 1 })
      assert.equal(300044, video())
      assert.equal(0, push(cup))
      assert.equal(300047, push(pot))
      assert.equal(300049, bare:code("goods_sale", { roomId = id, goodsId = cup, onSale = 0 }))
      assert.equal(300047, bare:code("goods_delete_in_room", { roomId = id, goodsId = cup }))
      assert.equal(300045, video())
      bare:advance(3)
      assert.equal(0, push(pot))
      bare:advance(57)
      assert.equal(0, video())
    end)

    it("have key names for the pendant", function()
      assert.same({}, bare:call("goods_get_key").vendorGoodsKey)
      assert.equal(0, bare:code("goods_set_key", { goodsKey = { "sid", "pid" } }))
      assert.same({ "sid", "pid" }, bare:call("goods_get_key").vendorGoodsKey)
    end)
  end)
end)
