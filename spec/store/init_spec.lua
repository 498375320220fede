local contract = require "spec.support.contracts.store"
local file = require "wxlive.store.file"
local memory = require "wxlive.store.memory"
local stores = require "wxlive.store"
local temp = require "spec.support.temp"

local busted = { describe = describe, it = it, before_each = before_each }

contract(busted, "the memory store", function(clock)
  return memory.new { clock = clock }
end)

-- Where numbers are doubles a count beyond 2^53 would stand still.
local function counts_exactly(store)
  local most = 9007199254740992
  assert.equal(most - 1, store:incr("n", most - 1, 10))
  assert.equal(most, store:incr("n", 1, 10))
  assert.is_nil((store:incr("n", 1, 10)))
  assert.equal("9007199254740992", store:get("n"))
  assert.equal(0, store:incr("n", -most, 10))
  assert.is_nil((store:incr("n", most * 4, 10)))
  assert.equal("1", tostring(store:incr("n", 1, 10)))
end

describe("in a directory", function()
  local directory
  before_each(function() directory = temp.directory() end)
  after_each(function() temp.remove(directory) end)

  contract(busted, "the file store", function(clock)
    return assert(file.new(directory, { clock = clock }))
  end)

  it("counts stay exact: 2^53 is the end", function()
    counts_exactly(assert(file.new(directory)))
  end)

  it("a value of 64 KiB fits, a larger one is refused", function()
    local store = assert(file.new(directory))
    local ok, err = store:set("a", ("v"):rep(65537), 1)
    assert.is_nil(ok)
    assert.equal("invalid", err.kind)
    assert.is_true(store:set("a", ("v"):rep(65536), 1))
    assert.is_nil((store:set("a", "v", 1e12)))
  end)

  it("entries are for their owner only", function()
    local store = assert(file.new(directory .. "/a/b"))
    assert(store:set("token", "x", 10))
    local p = io.popen("stat -c '%a %F' '" .. directory .. "/a' '" .. directory .. "/a/b' '"
      .. directory .. "/a/b/k-token'")
    assert.equal("700 directory\n700 directory\n600 regular file\n", p:read("*a"))
    p:close()
  end)

  it("a directory that others may write to is refused", function()
    os.execute("chmod 777 '" .. directory .. "'")
    local store, err = file.new(directory)
    assert.is_nil(store)
    assert.equal("store_failed", err.name)
    assert.is_truthy(err.message:find("chmod 700"))
  end)

  it("a file or a symbolic link in the wrong place is no entry", function()
    local store = assert(file.new(directory))
    temp.write(directory .. "/target", "wxl1 9999999999999 9999999999999 1\nx")
    os.execute("ln -s target '" .. directory .. "/k-linked'")
    assert.is_nil((store:get("linked")))
    assert(store:set("linked", "mine", 10))
    assert.equal("mine", store:get("linked"))
    assert.equal("wxl1 9999999999999 9999999999999 1\nx", temp.read(directory .. "/target"))
    assert.is_nil((file.new(directory .. "/target")))
  end)

  it("damaged entries count as absent, wherever they are cut or altered", function()
    local now = 1800000000
    local store = assert(file.new(directory, { clock = function() return now end }))
    assert(store:set("a", "value", 10))
    local whole = temp.read(directory .. "/k-a")
    for i = 0, #whole - 1 do
      temp.write(directory .. "/k-a", whole:sub(1, i))
      assert.is_nil((store:get("a")))
    end
    for _, text in ipairs { whole .. "x", ("x"):rep(100000), "wxl1 -1 -1 -1\n", "wxl1 9 9\n" } do
      temp.write(directory .. "/k-a", text)
      assert.is_nil((store:get("a")))
    end
    assert.is_true(store:add("a", "new", 10))
  end)

  it("a clock that jumps makes entries die, not live", function()
    local now = 1800000000
    local store = assert(file.new(directory, { clock = function() return now end }))
    assert(store:set("a", "1", 100))
    now = now - 86400
    assert.is_nil((store:get("a")))
    assert.is_true(store:add("a", "2", 100))
    now = now + 2 * 86400
    assert.is_nil((store:get("a")))
  end)

  it("what a killed writer left behind and what is dead is swept", function()
    local now = 1800000000
    local store = assert(file.new(directory, { clock = function() return now end }))
    assert(store:set("a", "1", 100))
    temp.write(directory .. "/.tmp", "half")
    assert.is_true(store:set("b", "1", 500))
    assert.is_nil(io.open(directory .. "/.tmp"))
    now = now + 200
    assert.is_true(store:sweep())
    assert.is_nil(io.open(directory .. "/k-a"))
    assert.equal("1", store:get("b"))
  end)

  it("a directory that a cleaner took away is made anew", function()
    local store = assert(file.new(directory .. "/cache"))
    assert(store:set("a", "1", 10))
    temp.remove(directory .. "/cache")
    local value, err = store:get("a")
    assert.is_nil(value)
    assert.is_nil(err)
    assert.is_true(store:set("a", "2", 10))
    assert.equal("2", store:get("a"))
  end)

  it("what fails says where and what to do", function()
    temp.write(directory .. "/file", "")
    local store, err = file.new(directory .. "/file/below")
    assert.is_nil(store)
    assert.equal("store", err.kind)
    assert.equal("store_failed", err.name)
    assert.is_truthy(tostring(err):find(directory, 1, true))
    assert.is_truthy(err.hint)
    store, err = file.new("")
    assert.is_nil(store)
    assert.equal("invalid", err.kind)
    store, err = file.new(directory, { klock = print })
    assert.is_nil(store)
    assert.is_truthy(err.message:find("did you mean clock"))
  end)

  it("the default is a directory of the user's cache", function()
    local getenv = os.getenv
    finally(function() os.getenv = getenv end) -- luacheck: ignore 122
    local env = { XDG_CACHE_HOME = "/x/cache", HOME = "/home/me" }
    os.getenv = function(name) return env[name] end -- luacheck: ignore 122
    assert.equal("/x/cache/wxlive", file.default_directory())
    env.XDG_CACHE_HOME = "relative"
    assert.equal("/home/me/.cache/wxlive", file.default_directory())
    env.HOME = nil
    assert.is_nil(file.default_directory())
  end)
end)

describe("the memory store", function()
  it("counts exactly up to 2^53", function()
    counts_exactly(memory.new())
  end)

  it("keeps no more than twice what is alive, and a little", function()
    local now = 0
    local store = memory.new { clock = function() return now end }
    for i = 1, 20000 do
      now = now + 1
      assert(store:set("k" .. i, "v", 100))
    end
    local count = 0
    for _ in pairs(store.entries) do
      count = count + 1
    end
    assert.equal(count, store.count)
    assert.is_true(count <= 1300)
  end)
end)

-- The smallest table that a user could write.
local function users_own(clock)
  local kept = memory.new { clock = clock }
  local own = {}
  for _, name in ipairs { "get", "set", "add", "delete", "incr" } do
    own[name] = function(_, ...) return kept[name](kept, ...) end
  end
  return own
end

contract(busted, "a user's own table", users_own)

describe("a user's own store", function()
  it("needs every method", function()
    local wrong = stores.check { get = print, set = print, add = print }
    assert.is_truthy(wrong.message:find("it has no delete"))
    assert.is_truthy(wrong.message_zh:find("缺少 delete"))
    assert.is_nil(stores.check(memory.new()))
    assert.is_truthy(stores.check(7))
    local _, err = require("wxlive.client.settings").read {
      appid = "wx1", secret = "s", token_store = { get = print }, transport = { send = print },
    }
    assert.equal("token_store", err.field)
  end)
end)
