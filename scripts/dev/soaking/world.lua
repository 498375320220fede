--- What the calls of the soak share: the sandbox, the shops, the clock, and the count of outcomes.
local broadcast = require "wxlive.broadcast"
local catalogue = require "wxlive.catalogue"
local core = require "wxlive.core"
local deliveries = require "scripts.dev.soaking.deliveries"
local plan = require "scripts.dev.soaking.plan"
local randoms = require "wxlive.sandbox.world.random"
local sandbox = require "wxlive.sandbox"
local shops = require "scripts.dev.soaking.shop"
local stores = { file = require "wxlive.store.file", memory = require "wxlive.store.memory" }

local World = {}
World.__index = World

local M = {}

local SHOPS = 4
local KEYS = "core/test/data/keys/"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- A PNG with this size on it and nothing to draw, and bytes up to a length behind its end.
local function png(pixels, bytes, random)
  local function big(n)
    return string.char(0, 0, math.floor(n / 256) % 256, n % 256)
  end
  local head = "\137PNG\r\n\26\n" .. big(13) .. "IHDR" .. big(pixels) .. big(pixels)
    .. "\8\2\0\0\0\0\0\0\0" .. big(4) .. "IDATdata\0\0\0\0" .. big(0) .. "IEND\0\0\0\0"
  local tail = {}
  for i = 1, bytes - #head do
    tail[i] = string.char(random:upto(256) - 1)
  end
  return head .. table.concat(tail)
end

local signing = {
  key = core.signature.encode(("k"):rep(32)), key_number = "sn1",
}

-- The first shop signs some of its calls, the second keeps tokens in files, the third fetches
-- plain ones; all others are as they come.
local function connector(world, n, appid)
  local signature = n == 1 and {
    calls = { "goods_update", "delete_room" }, key = signing.key, key_number = "sn1",
    private_key = read(KEYS .. "rsa.pem"),
    certificates = { ["platform-2"] = read(KEYS .. "other.pub.pem") },
  } or nil
  return function()
    return assert(broadcast.new {
      appid = appid, secret = world.box.secret, base_url = world.box.base_url, clock = world.clock,
      token_store = n == 2 and assert(stores.file.new(world.directory .. "/tokens"))
        or stores.memory.new(),
      token_mode = n == 3 and "plain" or "stable", api_signature = signature,
      retry = { attempts = 4, base = 0.01, max = 0.05 }, lookup = { settle = plan.SETTLE },
      hooks = {
        request = function() world.requests = world.requests + 1 end,
      },
    })
  end
end

---@param options { seed: integer }
function M.new(options)
  local world = setmetatable({
    random = randoms.new(options.seed), calls = 0, requests = 0, serial = 0, paths = 0, offset = 0,
    outcomes = {}, shops = {}, files = {}, faults = {}, created = {},
  }, World)
  world.clock = function()
    return core.system.now() + world.offset
  end
  world.box = assert(sandbox.start { random_seed = options.seed, audit_seconds = 0 })
  local pipe = assert(io.popen("mktemp -d"))
  world.directory = pipe:read("*l")
  pipe:close()
  assert(os.execute("mkdir -m 700 " .. world.directory .. "/tokens " .. world.directory
    .. "/downloads"))
  for i, bytes in ipairs { 200, 3000, 30000, 120000 } do
    local path, text = ("%s/%d.png"):format(world.directory, i), png(100 + i, bytes, world.random)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    world.files[i] = { path = path, bytes = text }
  end
  for n = 1, SHOPS do
    local appid = ("wx%016x"):format(n)
    world.shops[n] = shops.new { appid = appid, connect = connector(world, n, appid) }
  end
  return world
end

function World:close()
  self.box:stop()
  os.execute("rm -r '" .. self.directory .. "'")
end

function World:now()
  return math.floor(self.clock())
end

--- A name that nothing else of this run has.
function World:name(stem)
  self.serial = self.serial + 1
  return ("%s%08d"):format(stem, self.serial)
end

--- A path for a download.
function World:new_path()
  self.paths = self.paths + 1
  return ("%s/downloads/%d"):format(self.directory, self.paths)
end

--- Time passes here and on the platform.
function World:advance(seconds)
  self.offset = self.offset + seconds
  assert(self.box:control("clock", { advance = seconds }))
end

-- Outcomes ----------------------------------------------------------------------------------------

--- Counts what a call came to.
---@param about string
---@param err wxlive.Error?
function World:note(about, err)
  self.calls = self.calls + 1
  local outcome = err and ("%s/%s"):format(err.kind, err.name) or "ok"
  self.outcomes[outcome] = (self.outcomes[outcome] or 0) + 1
  self.created[about] = (self.created[about] or 0) + 1
end

--- Runs something that gives a result or nil and an error, and counts it.
---@param about string
function World:count(run, about)
  local result, err = run()
  if result == nil then
    local reason = shops.improper(err, self.box.secret)
    if reason then
      error(about .. ": " .. reason, 0)
    end
  end
  self:note(about, err)
  return result, err
end

--- Makes a call of a shop and counts it.
function World:call(shop, name, params, options)
  return self:count(function()
    return shop.live:call(name, params, options)
  end, name)
end

-- Rounds ------------------------------------------------------------------------------------------

--- The platform begins again, in order; then the shops, and one picture each.
function World:begin()
  local box = self.box
  assert(box:control("reset"))
  self.offset = 0
  for _, entry in ipairs(catalogue.list) do
    assert(box:control("quota", { path = entry.path, per_day = 1e9, per_minute = 1e9 }))
  end
  assert(box:control("quota", { path = "audit", per_day = 1e9 }))
  assert(box:control("api_signature", {
    key = signing.key, key_number = "sn1", public_key = read(KEYS .. "rsa.pub.pem"),
    private_key = read(KEYS .. "other.pem"), serial = "platform-2",
  }))
  self.receivers = deliveries.receivers(self.shops[1].appid, self.clock)
  for _, shop in ipairs(self.shops) do
    shop:forget()
    shop.picture = assert(shop.live:upload_media(self.files[1].path)).media_id
  end
  for _, fault in ipairs(plan.faults(self.random)) do
    assert(box:control("fault", fault))
  end
end

--- All faults are over; what the platform holds must be what the calls came to.
---@param complain fun(text: string)
function World:finish(complain)
  local box = self.box
  for _, fault in ipairs(assert(box:control("faults")).faults) do
    self.faults[fault.kind] = (self.faults[fault.kind] or 0) + fault.fired
  end
  assert(box:control("faults", { clear = true }))
  core.system.sleep(2 * plan.DELAY) -- work that was put off is done by then
  for _, shop in ipairs(self.shops) do
    shop:check(assert(box:control("state", { appid = shop.appid })), complain)
  end
  local pipe = assert(io.popen("ls -A " .. self.directory .. "/downloads"))
  for name in pipe:lines() do
    complain("a download left a file behind: " .. name)
  end
  pipe:close()
end

return M
