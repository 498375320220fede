local fake = require "spec.support.fake"

local json, room = fake.json, fake.room

describe("an answer that repeats the token", function()
  -- Every text in an error, at any depth.
  local function text_of(value)
    if type(value) ~= "table" then
      return tostring(value)
    end
    local texts = {}
    for key, inner in pairs(value) do
      texts[#texts + 1] = tostring(key) .. "=" .. text_of(inner)
    end
    return table.concat(texts, "\n")
  end

  local function hides(secret, err, where)
    assert.is_truthy(err, where)
    assert.is_nil((text_of(err) .. tostring(err)):find(secret, 1, true), where)
    return err
  end

  it("gives an error without it, whatever the answer is", function()
    local token = "TOKEN-1.x%"
    for i, answer in ipairs {
      json('{"errcode":300002,"errmsg":"bad access_token=' .. token .. ' rid: 6-7"}'),
      json('{"path":"/x?access_token=' .. token .. '"}', 404),
      json("Cannot POST /x?access_token=" .. token, 404), json("X " .. token, 502), json(token),
      json('{"errcode":0,"roomId":"' .. token .. '"}'),
    } do
      local live = fake.client({ default = answer }, {
        token_provider = function() return token, 7200 end, lookup = false,
        retry = { attempts = 1 },
      })
      local _, err = live:create_room(room())
      hides(token, err, i)
      if i == 1 then
        assert.same({ 300002, "6-7", "bad access_token=*** rid: 6-7" },
          { err.code, err.rid, err.body.errmsg })
      end
    end
  end)

  it("says the same, although the token is a word of JSON", function()
    for _, token in ipairs { "errcode", '"errmsg', "e" } do
      local live = fake.client({ default = json [[{"errcode":300002,"errmsg":"no"}]] }, {
        token_provider = function() return token, 7200 end,
      })
      local _, err = live:create_room(room())
      assert.same({ 300002, "name_length" }, { err.code, err.name })
    end
  end)

  it("or the secret does, too", function()
    local live = fake.client({ json [[{"errcode":41004,"errmsg":"not ABCDEF-SECRET"}]] }, {
      secret = "ABCDEF-SECRET", retry = { attempts = 1 },
    })
    local _, err = live:clear_quota_by_secret()
    assert.equal("not ***", hides("ABCDEF-SECRET", err).body.errmsg)
  end)

  it("or a transport of the caller's own names the address", function()
    local function gives(send)
      local live = fake.client({}, {
        transport = { send = send }, lookup = false, retry = { attempts = 1 },
      })
      local _, err = live:create_room(room())
      hides("TOKEN-1", err)
    end
    gives(function(_, request) error("no answer from " .. request.url) end)
    gives(function(_, request)
      return nil, { kind = "transport", name = "down", message = request.url .. " is down" }
    end)
  end)

  it("or a refused token call holds a token", function()
    local live = fake.client({
      json [[{"errcode":45009,"errmsg":"no","access_token":"NEW-TOKEN"}]],
    }, { secret = "ABCDEF", retry = { attempts = 1 } })
    local _, err = live:call("get_access_token", {})
    assert.equal(45009, hides("NEW-TOKEN", err).code)
  end)
end)
