local fake = require "spec.support.fake"

local json, lost, unsent, room, list, no_rooms =
  fake.json, fake.lost, fake.unsent, fake.room, fake.rooms, fake.no_rooms

describe("a create", function()
  it("is repeated when it was never sent", function()
    local live, transport = fake.client { unsent(), json [[{"errcode":0,"roomId":33}]] }
    assert.equal(33, live:create_room(room()).room_id)
    assert.equal(2, #transport.requests)
  end)

  it("with an unknown outcome is looked for and adopted", function()
    for _, doubt in ipairs { lost(), json [[{"errcode":-1}]], json("", 502), json "" } do
      local live, transport = fake.client({ doubt, no_rooms, list(44) })
      local result = assert(live:create_room(room()))
      assert.same({ room_id = 44, adopted = true }, result)
      assert.is_truthy(transport.requests[2].url:find("getliveinfo"))
      assert.equal(3, #transport.requests)
    end
  end)

  it("is repeated once it is sure not to have been done", function()
    local live, transport = fake.client({
      lost(), no_rooms, no_rooms, json [[{"errcode":0,"roomId":45}]],
    }, { lookup = { settle = 0 } })
    transport.answers[3], transport.answers[4] = transport.answers[4], nil
    assert.equal(45, live:create_room(room()).room_id)
    assert.is_truthy(transport.requests[3].url:find("room/create"))
  end)

  it("whose answer names an id is that one or nothing", function()
    local failed = json [[{"errcode":-1,"roomId":55}]]
    local live = fake.client({ failed, list(54, 55) })
    assert.same({ room_id = 55, adopted = true }, live:create_room(room()))
    for _, rows in ipairs { list(54), no_rooms } do
      local transport
      live, transport = fake.client({ failed, default = rows }, { lookup = { settle = 0 } })
      local none, err = live:create_room(room(), { timeout = 0.3 })
      assert.is_nil(none)
      assert.same({ true, 55 }, { err.ambiguous, err.body.room_id })
      for i = 2, #transport.requests do
        assert.is_truthy(transport.requests[i].url:find("getliveinfo", 1, true))
      end
    end
    -- 0 names nothing.
    live = fake.client({ json [[{"errcode":-1,"roomId":0}]], list(44) })
    assert.equal(44, live:create_room(room()).room_id)
  end)

  it("is never adopted by another one, although a token was refused in between", function()
    local answers = {
      json [[{"errcode":0,"roomId":44}]], json [[{"errcode":40001}]], json [[{"errcode":-1}]],
      list(44), no_rooms, json [[{"errcode":0,"roomId":45}]],
    }
    local live = fake.client(answers, { lookup = { settle = 0 } })
    assert.equal(44, live:create_room(room()).room_id)
    local second = assert(live:create_room(room()))
    assert.same({ 45, nil }, { second.room_id, second.adopted })
    -- Nor one that a list showed before.
    live = fake.client({
      list(44), json [[{"errcode":40001}]], json [[{"errcode":-1}]], list(44), no_rooms,
      json [[{"errcode":0,"roomId":45}]],
    }, { lookup = { settle = 0 } })
    assert(live:get_live_info(0, 10))
    assert.equal(45, live:create_room(room()).room_id)
  end)

  it("is ambiguous when the look-up fails or finds several", function()
    local live = fake.client({ lost(), list(44, 46) })
    local _, err = live:create_room(room())
    assert.is_true(err.ambiguous)
    assert.equal(2, #err.candidates)
    assert.is_truthy(tostring(err):find("may have done it"))
    live = fake.client({ lost(), default = json [[{"errcode":48001,"errmsg":"api unauthorized"}]] },
      { lookup = { settle = 0 } })
    _, err = live:create_room(room())
    assert.is_true(err.ambiguous)
    assert.equal("connection_lost", err.name)
  end)

  it("is looked for, too, when something on the way refused it: the work may have been done",
    function()
      for _, status in ipairs { 302, 401, 403, 404, 413, 451 } do
        local refusal = { status = status, body = "<html>no</html>", content_type = "text/html" }
        local live, transport = fake.client({ refusal, list(41) }, { lookup = { settle = 0 } })
        assert.same({ room_id = 41, adopted = true }, live:create_room(room()))
        assert.equal(2, #transport.requests)
        -- Absent: the refusal stands, and is not repeated.
        live, transport = fake.client({ refusal, no_rooms }, { lookup = { settle = 0 } })
        local none, err = live:create_room(room())
        assert.is_nil(none)
        assert.same({ "http_" .. status, 1 }, { err.name, err.attempts })
        assert.is_nil(err.ambiguous)
        assert.is_true(#transport.requests <= 3)
        -- Nothing to be seen.
        live = fake.client({ default = refusal }, { lookup = { settle = 0 } })
        none, err = live:create_room(room())
        assert.is_nil(none)
        assert.is_true(err.ambiguous)
        none, err = live:push_message(2, { "openid" })
        assert.is_nil(none)
        assert.is_true(err.ambiguous)
        -- What may be repeated, or was only read, was not done as far as it matters.
        none, err = live:delete_room(2)
        assert.is_nil(none)
        assert.is_nil(err.ambiguous)
      end
    end)

  it("is ambiguous at once where nothing can be looked for", function()
    local live, transport = fake.client { lost() }
    local _, err = live:push_message(2, { "openid" })
    assert.is_true(err.ambiguous)
    assert.equal(1, #transport.requests)
    live, transport = fake.client({ lost() }, { lookup = false })
    _, err = live:create_room(room())
    assert.is_true(err.ambiguous)
    assert.equal(1, #transport.requests)
  end)
end)
