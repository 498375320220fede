-- Arguments of a wrong type, in every public function: an error object or a sentence of our own,
-- never Lua's own words from inside the library.
local broadcast = require "wxlive.broadcast"
local callback = require "wxlive.callback"
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local wxlive = require "wxlive"

local junk = {
  5, "x", true, function() end, { 1, 2 }, { zz = 1 }, 0 / 0, io.stdout, json.null,
}

-- What a user must not see: Lua's complaint about a value that we should have looked at.
local function fine(what, f, ...)
  local ok, thrown = pcall(f, ...)
  local text = ok and "" or tostring(thrown)
  assert.is_nil(text:find("attempt to", 1, true) or text:find("bad argument", 1, true),
    what .. ": " .. text)
end

local function each(what, f, ...)
  local before, n = { ... }, select("#", ...)
  for _, value in ipairs(junk) do
    before[n + 1] = value
    fine(what, f, (table.unpack or unpack)(before, 1, n + 1)) -- luacheck: ignore 143
  end
end

local function new_client()
  return assert(broadcast.new {
    appid = "wx1", secret = "s", base_url = "http://127.0.0.1:9", token_store = memory.new(),
    retry = { attempts = 1 }, timeout = 0.2, quota = true, dry_run = true,
  })
end

describe("arguments of a wrong type", function()
  it("to the constructors", function()
    for name, new in pairs {
      broadcast = broadcast.new, callback = callback.new, memory = memory.new,
      file = require("wxlive.store.file").new, redis = require("wxlive.store.redis").new,
      log = require("wxlive.log").new, metrics = require("wxlive.metrics").new,
      shop = require("wxlive.shop").open, sandbox = require("wxlive.sandbox").start,
    } do
      each(name, new)
    end
    for _, name in ipairs {
      "appid", "secret", "base_url", "token_store", "token_provider", "token_mode", "transport",
      "timeout", "connect_timeout", "proxy", "ca_file", "retry", "lookup", "validate", "hooks",
      "quota", "api_signature", "dry_run", "clock", "random",
    } do
      for _, value in ipairs(junk) do
        fine(name, broadcast.new, { appid = "wx1", secret = "s", [name] = value })
      end
    end
  end)

  it("to the methods of a client", function()
    local live = new_client()
    for _, entry in ipairs(catalogue.list) do
      local method = live[entry.name]
      each(entry.name, method, live)
      each(entry.name .. "({}, ...)", method, live, {})
      each(entry.name .. "(1, ...)", method, live, 1)
    end
    each("call", live.call, live, "create_room", {})
    each("call", live.call, live, "create_room")
    each("call", live.call, live)
    local _, err = live:create_room({}, 5)
    assert.equal("invalid_options", err.name)
  end)

  it("as a timeout that no call can keep, before anything is asked for", function()
    local live = new_client()
    for _, timeout in ipairs { 0, -1, 0 / 0, -math.huge } do
      for _, call in ipairs { live.get_live_info, live.clear_quota, live.goods_delete } do
        local _, err = call(live, { goods_id = 1, start = 0, limit = 1 }, { timeout = timeout })
        assert.same({ "invalid_options", "timeout", false },
          { err.name, err.problems[1].field, err.sent })
      end
    end
  end)

  it("to the lists", function()
    local live = new_client()
    for _, name in ipairs { "rooms", "replays", "goods", "roles", "followers" } do
      for _, value in ipairs(junk) do
        fine(name, function()
          local list = live[name](live, value)
          return list and list.next and list:next()
        end)
      end
    end
    for _, name in ipairs { "find_room", "quota", "seed_quota", "raw" } do
      each(name, live[name], live)
    end
  end)

  it("to map, spawn and wait", function()
    each("map", wxlive.map)
    each("map", wxlive.map, { 1 })
    each("map", wxlive.map, { 1 }, function() return true end)
    each("wait", wxlive.wait)
    each("hooks.join", require("wxlive.hooks").join)
  end)

  it("to a callback receiver", function()
    local receiver = assert(callback.new { token = "token123" })
    for _, name in ipairs { "verify", "open", "dispatch", "handle" } do
      each(name, receiver[name], receiver)
      each(name, receiver[name], receiver, {})
    end
  end)

  it("and names of options without end give a short message", function()
    local options = { appid = "wx1", secret = "s" }
    for i = 1, 3000 do
      options[("name_%d_"):format(i) .. ("x"):rep(200)] = i
    end
    local _, err = broadcast.new(options)
    assert.equal("invalid_options", err.name)
    assert.is_true(#tostring(err) < 3000, #tostring(err))
    assert.is_truthy(tostring(err):find("2980 more names are not options", 1, true))
  end)
end)
