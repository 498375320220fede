local contract = require "spec.support.store_contract"
local file = require "wxlive.store.file"
local memory = require "wxlive.store.memory"
local stores = require "wxlive.store"
local temp = require "spec.support.temp"

local busted = { describe = describe, it = it, before_each = before_each }

contract(busted, "the memory store", function(clock)
  return memory.new { clock = clock }
end)

describe("in a directory", function()
  local directory
  before_each(function() directory = temp.directory() end)
  after_each(function() temp.remove(directory) end)

  contract(busted, "the file store", function(clock)
    return assert(file.new(directory, { clock = clock }))
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

  it("what a killed writer left behind is swept, what is young is not", function()
    temp.write(directory .. "/.tmp-1-0-0", "half")
    temp.write(directory .. "/.tmp-2-0-0", "half")
    os.execute("touch -d '2 minutes ago' '" .. directory .. "/.tmp-1-0-0'")
    assert(file.new(directory))
    assert.is_nil(io.open(directory .. "/.tmp-1-0-0"))
    assert.is_truthy(io.open(directory .. "/.tmp-2-0-0"))
  end)

  it("a directory that went away is an error, not a crash", function()
    local store = assert(file.new(directory))
    temp.remove(directory)
    local ok, err = store:set("a", "1", 1)
    assert.is_nil(ok)
    assert.equal("store_failed", err.name)
    assert.is_truthy(tostring(err):find(directory, 1, true))
  end)
end)

describe("a user's own store", function()
  it("needs every method", function()
    local wrong = stores.check { get = print, set = print, add = print }
    assert.is_truthy(wrong:find("it has no delete"))
    assert.is_nil(stores.check(memory.new()))
    assert.is_truthy(stores.check(7))
    local _, err = require("wxlive.broadcast").new {
      appid = "wx1", secret = "s", token_store = { get = print }, transport = { send = print },
    }
    assert.equal("token_store", err.field)
  end)
end)
