local control = require "wxlive.sandbox.server.control"
local bare_sandbox = require "spec.support.sandbox.bare"

describe("sandbox, goods", function()
  local bare

  before_each(function()
    bare = bare_sandbox.new()
  end)

  local function status(id)
    return bare:call("goods_info", { goods_ids = { id } }).goods[1].audit_status
  end

  describe("audit", function()
    it("passes by itself after its delay", function()
      local id = bare:goods()
      bare:advance(4)
      assert.equal(1, status(id))
      bare:advance(1)
      assert.equal(2, status(id))
    end)

    it("rejects a name that says so", function()
      local id = bare:goods { name = "要驳回的茶杯" }
      bare:advance(5)
      assert.equal(3, status(id))
    end)

    it("waits for a hand when it is told to", function()
      assert(control.run(bare.platform, "audit", { manual = true }))
      local good, bad = bare:goods(), bare:goods()
      bare:advance(86400)
      assert.equal(1, status(good))
      assert(control.run(bare.platform, "audit", { goods_id = good }))
      assert(control.run(bare.platform, "audit",
        { goods_id = bad, approve = false, reason = "图片模糊" }))
      assert.same({ 2, 3 }, { status(good), status(bad) })
      assert.is_nil(control.run(bare.platform, "audit", { goods_id = good }))
      assert.is_nil(control.run(bare.platform, "audit", { goods_id = 99 }))
    end)

    it("is withdrawn with its own ticket, and submitted again under a new one", function()
      local id, ticket = bare:goods()
      assert.equal(300009, bare:code("goods_reset_audit", { goodsId = id, auditId = ticket + 1 }))
      assert.equal(0, bare:code("goods_reset_audit", { goodsId = id, auditId = ticket }))
      assert.equal(300017, bare:code("goods_reset_audit", { goodsId = id, auditId = ticket }))
      assert.equal(0, status(id))
      local again = bare:call("goods_audit", { goodsId = id })
      assert.truthy(again.auditId > ticket)
      assert.equal(1, status(id))
    end)

    it("has 500 submissions a day, until Beijing's midnight", function()
      assert(control.run(bare.platform, "quota", { path = "audit", used = 499 }))
      local id, ticket = bare:goods()
      assert.equal(300012, bare:code("goods_add", bare:goods_params()))
      bare:call("goods_reset_audit", { goodsId = id, auditId = ticket })
      assert.equal(300012, bare:code("goods_audit", { goodsId = id }))
      bare:advance(12 * 3600)
      assert.equal(0, bare:code("goods_audit", { goodsId = id }))
    end)
  end)

  describe("what each state allows", function()
    local states = {
      [0] = function()
        local id, ticket = bare:goods()
        bare:call("goods_reset_audit", { goodsId = id, auditId = ticket })
        return id
      end,
      [1] = function() return (bare:goods()) end,
      [2] = function() return (bare:approved_goods()) end,
      [3] = function()
        return (bare:approved_goods { name = "要驳回的茶杯" })
      end,
    }
    local calls = {
      rename = function(id)
        return bare:code("goods_update", { goodsInfo = { goodsId = id, name = "新名字" } })
      end,
      reprice = function(id)
        return bare:code("goods_update", { goodsInfo = { goodsId = id, price = 1 } })
      end,
      audit = function(id) return bare:code("goods_audit", { goodsId = id }) end,
      delete = function(id) return bare:code("goods_delete", { goodsId = id }) end,
    }
    local expected = {
      rename = { [0] = 0, [1] = 300010, [2] = 300010, [3] = 0 },
      reprice = { [0] = 0, [1] = 300010, [2] = 0, [3] = 0 },
      audit = { [0] = 0, [1] = 300010, [2] = 300010, [3] = 0 },
      delete = { [0] = 0, [1] = 300014, [2] = 0, [3] = 0 },
    }
    for name, codes in pairs(expected) do
      for state, code in pairs(codes) do
        it(("%s in state %d -> %d"):format(name, state, code), function()
          assert.equal(code, calls[name](states[state]()))
        end)
      end
    end

    it("goods of the console are out of reach", function()
      bare = bare_sandbox.new()
      require("wxlive.sandbox.world.seed").sow(bare.platform, "demo")
      assert.equal(300011, calls.reprice(4))
      assert.equal(300011, calls.audit(4))
      assert.equal(300015, calls.delete(4))
    end)

    it("unknown goods", function()
      assert.equal(300024, calls.reprice(99))
      assert.equal(300024, calls.audit(99))
      assert.equal(300015, calls.delete(99))
    end)
  end)

  it("an update keeps what it does not name, and the rules of prices", function()
    local id = bare:goods { priceType = 3, price = 20, price2 = 10 }
    bare:advance(5)
    assert.equal(300003, bare:code("goods_update", { goodsInfo = { goodsId = id, price2 = 21 } }))
    assert.equal(0, bare:code("goods_update", { goodsInfo = { goodsId = id, price2 = 19 } }))
    local row = bare:call("goods_info", { goods_ids = { id } }).goods[1]
    assert.same({ 20, 19, 3 }, { row.price, row.price2, row.price_type })
    bare.platform.quirks.library_in_fen = true
    row = bare:call("goods_info", { goods_ids = { id } }).goods[1]
    assert.same({ 2000, 1900, 3 }, { row.price, row.price2, row.price_type })
  end)

  it("goodsId comes as text and auditId as a number, unless the quirk says otherwise", function()
    local answer = bare:call("goods_add", bare:goods_params())
    assert.same({ "string", "number" }, { type(answer.goodsId), type(answer.auditId) })
    bare.platform.quirks.goods_id_number = true
    assert.equal("number", type(bare:call("goods_add", bare:goods_params()).goodsId))
  end)

  it("300021: in the library, but not submitted", function()
    bare.platform.quirks.audit_not_submitted = true
    local answer = bare:call("goods_add", bare:goods_params())
    assert.equal(300021, answer.errcode)
    assert.equal(0, status(tonumber(answer.goodsId)))
  end)

  it("a list page holds 30 unless it says otherwise, and ignores `count`", function()
    for _ = 1, 35 do
      bare:goods()
    end
    bare:advance(5)
    local function list(params)
      params.status = params.status or 2
      local answer = bare:call("goods_list", params)
      return #answer.goods, answer.total, answer.goods[1] and answer.goods[1].goodsId
    end
    assert.same({ 30, 35, 1 }, { list { offset = 0 } })
    assert.same({ 30, 35, 1 }, { list { offset = 0, count = 2 } })
    assert.same({ 5, 35, 31 }, { list { offset = 30, limit = 100 } })
    assert.same({ 0, 35 }, { list { offset = 35 } })
    assert.same({ 0, 0 }, { list { offset = 0, status = 1 } })
    assert.equal(200002, bare:code("goods_list", { offset = 0, limit = 101, status = 2 }))
    assert.equal(200002, bare:code("goods_list", { offset = 0, status = 4 }))
    assert.equal(-1, bare:send("POST", "/wxaapi/broadcast/goods/getapproved",
      { access_token = bare:token() }, "{}").errcode)
  end)

  it("goods_info takes 20 ids and passes over unknown ones", function()
    local id = bare:goods()
    assert.equal(1, #bare:call("goods_info", { goods_ids = { 99, id } }).goods)
    local many = {}
    for i = 1, 21 do
      many[i] = i
    end
    assert.equal(40097, bare:code("goods_info", { goods_ids = many }))
  end)
end)
