-- Inside nginx only: spec/nginx/run spec/full/nginx/store_shdict_spec.lua
if not require("wxlive.base.compat").in_nginx() then
  return
end

local contract = require "spec.support.contracts.store"
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

  -- A dictionary with no room for anything; returns how many keys it held.
  local function fill(dict)
    for _, size in ipairs { 4000, 900, 200, 60, 1 } do
      local n = 0
      while dict:safe_set(("filler-%d-%d"):format(size, n), ("x"):rep(size), 60) do
        n = n + 1
      end
    end
    return #dict:get_keys(0)
  end

  it("counts evict nothing: neither new counters nor old ones", function()
    local dict, small = ngx.shared.wxlive_small, assert(shdict.new("wxlive_small"))
    assert.is_true(small:set("token", "T1", 60))
    assert.is_true(small:add("lock", "me", 60))
    assert.equal(1, small:incr("known", 1, 60))
    local keys = fill(dict)
    for i = 1, 300 do
      local sum, err = small:incr("metrics:" .. i, 1, 60)
      assert.is_nil(sum)
      assert.equal("store_failed", err.name)
      assert.equal(i + 1, small:incr("known", 1, 60))
    end
    assert.equal(keys, #dict:get_keys(0))
    assert.equal("T1", small:get("token"))
    assert.equal("me", small:get("lock"))
  end)

  it("a value that grows or shrinks in a full dictionary is kept when the new one does not fit",
    function()
      local dict, small = ngx.shared.wxlive_small, assert(shdict.new("wxlive_small"))
      for _, sizes in ipairs { { 20, 3000 }, { 100, 101 }, { 100, 99 }, { 600, 20000 } } do
        dict:flush_all()
        dict:flush_expired()
        local old, new = ("o"):rep(sizes[1]), ("n"):rep(sizes[2])
        assert.is_true(small:set("token", old, 60))
        fill(dict)
        local ok, err = small:set("token", new, 60)
        assert.is_nil(ok)
        assert.equal("store_failed", err.name)
        assert.equal(old, small:get("token"))
        assert.is_true(small:set("token", ("s"):rep(sizes[1]), 60)) -- the same length needs no room
        assert.equal(("s"):rep(sizes[1]), small:get("token"))
        -- and when there is room again, it goes on
        dict:flush_all()
        dict:flush_expired()
        assert.is_true(small:set("token", new:sub(1, 4000), 60))
        assert.equal(new:sub(1, 4000), small:get("token"))
      end
    end)

  it("a value of which only the spare found room is a value in every way", function()
    local dict = ngx.shared.wxlive
    assert.is_true(store:set("a", "old", 60))
    dict:set("wxlive:a/spare", "new value", 60)
    assert.equal("new value", store:get("a"))
    assert.is_false(store:add("a", "x", 60))
    assert.is_false(store:delete("a", "old"))
    assert.is_true(store:set("a", "xyz", 60))
    assert.equal("xyz", store:get("a"))
    assert.is_nil(dict:get("wxlive:a/spare"))
    dict:set("wxlive:a/spare", "new value", 60)
    dict:delete("wxlive:a")
    assert.is_false(store:add("a", "x", 60))
    assert.is_true(store:delete("a", "new value"))
    assert.is_nil((store:get("a")))
    assert.is_true(store:add("a", "x", 60))
  end)

  it("in a full dictionary a lock can be given back, by its owner only", function()
    local dict, small = ngx.shared.wxlive_small, assert(shdict.new("wxlive_small"))
    assert.is_true(small:add("lock", "me", 60))
    fill(dict)
    assert.is_false(small:delete("lock", "you"))
    assert.equal("me", small:get("lock"))
    assert.is_true(small:delete("lock", "me"))
    assert.is_nil((small:get("lock")))
  end)

  it("what has expired makes room, wherever it lies", function()
    local dict, small = ngx.shared.wxlive_small, assert(shdict.new("wxlive_small"))
    assert(dict:safe_set("oldest-1", "x", 60))
    assert(dict:safe_set("oldest-2", "x", 60))
    for i = 1, 20 do
      assert(dict:safe_set("short-" .. i, ("x"):rep(500), 0.001))
    end
    fill(dict)
    ngx.sleep(1.01) -- it is looked for once a second
    for i = 1, 5 do
      assert.is_true(small:set("new-" .. i, ("y"):rep(500), 60))
    end
    assert.equal("x", dict:get("oldest-1"))
  end)

  it("a counter in a full dictionary keeps its first end", function()
    assert.equal(1, store:incr("n", 1, 0.05))
    assert.equal(2, store:incr("n", 1, 60))
    ngx.sleep(0.06)
    assert.equal(1, store:incr("n", 1, 60))
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
