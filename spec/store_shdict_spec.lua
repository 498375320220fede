-- Inside nginx only: spec/nginx/run spec/store_shdict_spec.lua
if not require("wxlive.compat").in_nginx() then
  return
end

local contract = require "spec.support.store_contract"
local shdict = require "wxlive.store.shdict"
local stores = require "wxlive.store"

local busted = { describe = describe, it = it, before_each = before_each }

contract(busted, "the shared dictionary", function()
  ngx.shared.wxlive:flush_all()
  return assert(shdict.new("wxlive"))
end, ngx.sleep)

describe("the shared dictionary", function()
  local store

  before_each(function()
    ngx.shared.wxlive:flush_all()
    ngx.shared.wxlive_small:flush_all()
    ngx.shared.wxlive_small:flush_expired()
    store = assert(shdict.new("wxlive"))
  end)

  it("is named in nginx.conf, or the error says how", function()
    local none, err = shdict.new("nowhere")
    assert.is_nil(none)
    assert.is_truthy(err.hint:find("lua_shared_dict nowhere", 1, true))
  end)

  it("never pushes out what is alive", function()
    local small = assert(shdict.new("wxlive_small"))
    assert.is_true(small:add("lock", "me", 60))
    local n, ok, err = 0, true, nil
    while ok and n < 1000 do
      n = n + 1
      ok, err = small:set("filler-" .. n, ("x"):rep(200), 60)
    end
    assert.is_nil(ok)
    assert.equal("store_failed", err.name)
    assert.is_truthy(err.hint:find("lua_shared_dict wxlive_small", 1, true))
    assert.equal("me", small:get("lock"))
  end)

  it("a writer waits for the one before, and leaves no guard behind", function()
    local dict = ngx.shared.wxlive
    assert(dict:add("wxlive:guard/a", true, 0.05))
    assert.is_true(store:set("a", "1", 10))
    assert.equal("1", store:get("a"))
    assert.is_true(store:delete("a", "1"))
    assert.same({}, dict:get_keys())
  end)

  it("one of many takes a lock, also while it changes hands", function()
    local holders, most, turns = 0, 0, 0
    local threads = {}
    for i = 1, 20 do
      threads[i] = ngx.thread.spawn(function()
        local me = "owner-" .. i
        for _ = 1, 20 do
          while not store:add("lock", me, 60) do
            ngx.sleep(0.001)
          end
          holders = holders + 1
          most = math.max(most, holders)
          turns = turns + 1
          ngx.sleep(0)
          holders = holders - 1
          assert.is_true(store:delete("lock", me))
        end
      end)
    end
    for i = 1, #threads do
      assert(ngx.thread.wait(threads[i]))
    end
    assert.equal(400, turns)
    assert.equal(1, most)
  end)

  it("is the default inside nginx", function()
    assert.equal("wxlive.store.shdict", getmetatable(stores.default("stable")).__name)
  end)
end)
