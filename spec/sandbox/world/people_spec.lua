local control = require "wxlive.sandbox.server.control"
local bare_sandbox = require "spec.support.sandbox.bare"

describe("sandbox, people", function()
  local bare, room

  before_each(function()
    bare = bare_sandbox.new()
    room = bare:room()
  end)

  describe("assistants", function()
    local function add(...)
      local users = {}
      for i, username in ipairs { ... } do
        users[i] = { username = username, nickname = "n" .. i }
      end
      return bare:code("add_assistant", { roomId = room, users = users })
    end

    local function list()
      return bare:call("get_assistant_list", { roomId = room })
    end

    it("are added, renamed and removed", function()
      assert.equal(0, add("walle1", "walle2"))
      assert.equal(0, bare:code("modify_assistant",
        { roomId = room, username = "walle1", nickname = "robot3" }))
      local answer = list()
      assert.same({ 2, 10 }, { answer.count, answer.maxCount })
      assert.same({ "walle1", "robot3" }, { answer.list[1].alias, answer.list[1].nickname })
      assert.equal(0, bare:code("remove_assistant", { roomId = room, username = "walle1" }))
      assert.equal(1, list().count)
    end)

    it("refusals: again, unknown, all or none, ten at most", function()
      assert.equal(0, add("walle1"))
      assert.equal(600001, add("walle1"))
      assert.equal(600001, add("walle9", "walle9"))
      assert.equal(600002, add("walle3", "no"))
      assert.equal(600002, add("nobody_x"))
      assert.equal(1, list().count)
      assert.equal(600002, bare:code("remove_assistant", { roomId = room, username = "walle7" }))
      for i = 2, 10 do
        assert.equal(0, add("helper" .. i))
      end
      assert.equal(200002, add("helper11"))
      assert.equal(10, list().count)
    end)
  end)

  describe("second account", function()
    local function call(name, username)
      return bare:code(name, { roomId = room, username = username })
    end

    it("is set, replaced, read and dropped", function()
      assert.equal("", bare:call("get_sub_anchor", { roomId = room }).username)
      assert.equal(0, call("add_sub_anchor", "second_one"))
      assert.equal("second_one", bare:call("get_sub_anchor", { roomId = room }).username)
      assert.equal(500004, call("add_sub_anchor", "second_one"))
      assert.equal(500003, call("add_sub_anchor", "second_two"))
      assert.equal(0, call("modify_sub_anchor", "second_two"))
      assert.equal(500004, call("modify_sub_anchor", "second_two"))
      assert.equal(0, bare:code("delete_sub_anchor", { roomId = room }))
      assert.equal("", bare:call("get_sub_anchor", { roomId = room }).username)
    end)

    it("refusals: the main one, unverified, malformed", function()
      assert.equal(500005, call("add_sub_anchor", "WalleAI"))
      assert.equal(500002, call("add_sub_anchor", "unverified2"))
      assert.equal(500001, call("add_sub_anchor", "x"))
    end)
  end)

  describe("roles", function()
    local function add(username, role)
      return bare:code("add_role", { username = username, role = role })
    end

    local function list(params)
      params.role = params.role or -1
      return bare:call("get_role_list", params)
    end

    it("are held together, and listed with the id masked", function()
      assert.equal(0, add("operator_li", 3))
      assert.equal(0, add("operator_li", 1))
      assert.equal(400004, add("operator_li", 1))
      local row = list({}).list[1]
      assert.same({ 3, 1 }, row.roleList)
      assert.equal("op****li", row.username)
      assert.equal("string", type(row.updateTimestamp))
      assert.equal(0, bare:code("delete_role", { username = "operator_li", role = 3 }))
      assert.equal(0, list({ role = 3 }).total)
      assert.equal(1, list({ role = 1 }).total)
    end)

    it("refusals: malformed, unverified anchor, cap", function()
      assert.equal(400001, add("x", 1))
      local answer = bare:call("add_role", { username = "unverified3", role = 2 })
      assert.equal(400002, answer.errcode)
      assert.truthy(answer.codeurl:find("^https://"))
      assert.equal(0, add("unverified3", 3))
      for i = 1, 10 do
        assert.equal(0, add("admin_" .. i, 1))
      end
      assert.equal(400003, add("admin_11", 1))
    end)

    it("an anchor with a room to come keeps the role", function()
      assert.equal(0, add("WalleAI", 2))
      assert.equal(400005, bare:code("delete_role", { username = "WalleAI", role = 2 }))
      assert.equal(0, bare:code("delete_room", { id = room }))
      assert.equal(0, bare:code("delete_role", { username = "WalleAI", role = 2 }))
    end)

    it("pages hold 10, 30 at most, in random order", function()
      for i = 1, 40 do
        add("person_" .. i, 3)
      end
      assert.equal(10, #list({}).list)
      assert.equal(30, #list({ limit = 30 }).list)
      assert.equal(200002, list({ limit = 31 }).errcode)
      assert.equal(11, list({ keyword = "person_4", limit = 30 }).total
        + list({ keyword = "person_1", limit = 30 }).total - 2)
      local first, second = {}, {}
      for i, row in ipairs(list({ limit = 30 }).list) do
        first[i] = row.openid
      end
      for i, row in ipairs(list({ limit = 30 }).list) do
        second[i] = row.openid
      end
      assert.not_same(first, second)
    end)
  end)

  describe("followers", function()
    local function follow(n)
      local openids = {}
      for i = 1, n do
        openids[i] = ("o%05d"):format(i)
      end
      assert(control.run(bare.platform, "follow", { openids = openids, room_id = room }))
    end

    it("come in pages; the last is empty and keeps its cursor", function()
      follow(450)
      local seen, cursor, pages = {}, nil, 0
      repeat
        local answer = bare:call("get_followers", { page_break = cursor })
        for _, follower in ipairs(answer.followers) do
          assert.is_nil(seen[follower.openid])
          seen[follower.openid] = true
        end
        pages = pages + 1
        local same = answer.page_break == cursor
        cursor = answer.page_break
      until #answer.followers == 0 and same
      assert.equal(4, pages)
      local count = 0
      for _ in pairs(seen) do
        count = count + 1
      end
      assert.equal(450, count)
    end)

    it("refusals: page_break 0, more than 2000", function()
      follow(3)
      assert.equal(-1, bare:code("get_followers", { page_break = 0 }))
      assert.equal(3, #bare:call("get_followers", { page_break = 17 }).followers)
      assert.equal(40097, bare:code("get_followers", { limit = 2001 }))
      assert.equal(3, #bare:call("get_followers", { limit = 2000 }).followers)
    end)

    it("are told of a live room, one room a day", function()
      follow(2)
      local second = bare:room()
      local function push(id, openids)
        return bare:call("push_message", { room_id = id, user_openid = openids or { "o00001" } })
      end
      assert.equal(9410006, push(room).errcode)
      assert(control.run(bare.platform, "live", { room_id = room }))
      assert(control.run(bare.platform, "live", { room_id = second }))
      local answer = push(room, { "o00001", "o00002", "stranger" })
      assert.equal("string", type(answer.message_id))
      assert.equal(0, push(room).errcode)
      assert.equal(9410005, push(second).errcode)
      local message = control.run(bare.platform, "state", {}).message[1]
      assert.same({ 3, 2, 1 },
        { message.total_count, message.success_count, message.relation_error_count })
      local many = {}
      for i = 1, 2001 do
        many[i] = "o" .. i
      end
      assert.equal(40097, push(room, many).errcode)
    end)
  end)

  it("opening live: accepted, or the quirk's answer", function()
    assert.equal(0, bare:code("apply_live_info", { action = "apply" }))
    bare.platform.quirks.no_payment = true
    assert.equal(2, bare:code("apply_live_info", { action = "apply" }))
    bare.platform.quirks.live_maintenance = true
    assert.equal(268489001, bare:code("apply_live_info", { action = "apply" }))
  end)
end)
