local broadcast = require "wxlive.broadcast"
local fake = require "spec.support.fake"
local memory = require "wxlive.store.memory"

local COUNT = 1000

-- Machine code that LuaJIT makes meanwhile lies in the same heap, and is no client's.
local jit = rawget(_G, "jit")

-- Bytes of the Lua heap that one more idle client takes, among many that share transport and store.
local function bytes_per_client(extra)
  local transport, store = fake.transport(), memory.new()
  local ids, clients = {}, {}
  for i = 0, COUNT do
    ids[i] = { appid = ("wx%016d"):format(i), secret = ("secret-%025d"):format(i) }
    clients[i] = false
  end
  local function make(i)
    local given = {
      appid = ids[i].appid, secret = ids[i].secret, transport = transport, token_store = store,
    }
    for key, value in pairs(extra or {}) do
      given[key] = value
    end
    clients[i] = assert(broadcast.new(given))
  end
  make(0)
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  for i = 1, COUNT do
    make(i)
  end
  collectgarbage()
  collectgarbage()
  return (collectgarbage("count") - before) * 1024 / COUNT, clients
end

describe("a client beyond the first", function()
  setup(function()
    if jit then
      jit.off()
      jit.flush()
    end
  end)

  teardown(function()
    if jit then
      jit.on()
    end
  end)

  it("takes less than 2 KiB while it is idle", function()
    local bytes = bytes_per_client()
    assert.is_true(bytes < 2048, ("%.0f bytes"):format(bytes))
  end)

  it("takes little more when it counts its calls", function()
    local bytes = bytes_per_client { quota = true }
    assert.is_true(bytes < 2700, ("%.0f bytes"):format(bytes))
  end)

  it("is collected when nobody holds it", function()
    local transport, store = fake.transport(), memory.new()
    local held = setmetatable({}, { __mode = "v" })
    for i = 1, 10 do
      held[i] = assert(broadcast.new {
        appid = "wx" .. i, secret = "s", transport = transport, token_store = store, quota = true,
      })
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)
end)
