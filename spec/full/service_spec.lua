-- The systemd units for `wxlive listen` and `wxlive worker`: their commands, started with what the
-- units say.
local await = require "spec.support.await"
local command = require "spec.support.command"
local fleets = require "spec.support.fleet"
local listeners = require "spec.support.servers.listener"
local process = require "spec.support.process"
local shops = require "spec.support.shop"

-- The values of a directive, in the order of the file.
local function values_in(unit, directive)
  local found = {}
  for value in ("\n" .. command.read(unit)):gmatch("\n" .. directive .. "=([^\n]*)") do
    found[#found + 1] = value
  end
  return found
end

-- Whether systemd takes a unit, where systemd is installed.
local function verify(unit, directory)
  if command.run({ "sh", "-c", "command -v systemd-analyze" }).status ~= 0 then
    return
  end
  local path = directory .. "/" .. unit:match("[^/]+$")
  -- systemd-analyze looks for the program.
  command.write(path, (command.read(unit):gsub("/usr/bin/wxlive", "/bin/sh")))
  local got = command.run { "systemd-analyze", "verify", "--man=no", path }
  assert.equal("", got.out .. got.err)
  assert.equal(0, got.status)
end

describe("the systemd unit of listen", function()
  local UNIT = "scripts/examples/wxlive-listen.service"

  local function values(directive)
    return values_in(UNIT, directive)
  end

  local home, child

  before_each(function()
    home = command.directory()
    -- As systemd makes them for a DynamicUser: a link to a directory of that user.
    os.execute(("mkdir -p '%s/private/cache' '%s/state' '%s/cache'"):format(home, home, home))
    os.execute(("ln -s ../private/cache '%s/cache/wxlive'"):format(home))
  end)

  after_each(function()
    if child then
      child:stop()
      child = nil
    end
    command.remove(home)
  end)

  it("is one that systemd takes, where systemd is installed", function()
    verify(UNIT, home)
  end)

  local function settings()
    local env = listeners.env { token = "unit", mode = "plain", appid = "wx0123456789abcdef" }
    for name, value in values("Environment")[1]:gmatch("([%w_]+)=(%S+)") do
      env[name] = value:gsub("%%C", home .. "/cache")
    end
    return env
  end

  local function arguments()
    local words = {}
    for word in values("ExecStart")[1]:gmatch("%S+") do
      words[#words + 1] = word
    end
    assert.equal("/usr/bin/wxlive", table.remove(words, 1))
    for i, word in ipairs(words) do
      words[i] = word == "8081" and "0" or word
        :gsub("^/etc/wxlive/handler%.lua$", "scripts/examples/thank_followers.lua")
    end
    return words
  end

  local function start(env)
    local url
    child = process.start {
      directory = home, command = listeners.command(env, arguments()),
      ready = function()
        url = (process.read(home .. "/process.log") or ""):match("(http://127%.0%.0%.1:%d+)")
        return url
      end,
    }
    return url
  end

  it("starts a receiver that keeps what came in the directory that systemd makes", function()
    local env = settings()
    env.THANKS = home .. "/thanks.csv"
    local function entries()
      local _, n = command.run({ "ls", home .. "/private/cache/wxlive" }).out:gsub("\n", "")
      return n
    end
    local url = start(env)
    local before = entries()
    local sent = command.lua("scripts/wxlive", {
      "callback", "seal", "--event", "follow", "--send", url .. "/",
    }, { env = env })
    assert.equal(0, sent.status, sent.err)
    assert.is_true(entries() > before)
  end)

  it("is not started again for what another start does not change", function()
    local env = settings()
    env.WXLIVE_CALLBACK_TOKEN = false
    local got = command.lua("scripts/wxlive", arguments(), { env = env })
    local final = (" " .. values("RestartPreventExitStatus")[1] .. " ")
    assert.is_truthy(final:find(" " .. got.status .. " ", 1, true), got.err)
  end)
end)

describe("the systemd unit of worker", function()
  local UNIT = "scripts/examples/wxlive-worker.service"
  local fleet

  before_each(function()
    fleet = fleets.open { "tea", "nuts" }
  end)

  after_each(function()
    fleet:close()
  end)

  -- The environment and the words of its command, with systemd's directories below `home`.
  local function started(config)
    local env, words, home = { WXLIVE_CONFIG = false }, {}, fleet.shop.home
    for name, value in values_in(UNIT, "Environment")[1]:gmatch("([%w_]+)=(%S+)") do
      env[name] = value:gsub("%%C", home .. "/cache"):gsub("%%d", config)
    end
    for name, value in pairs(env.WXLIVE_CONFIG and fleet:settings() or {}) do
      env[name] = name == "WXLIVE_CONFIG" and env[name] or value
    end
    for word in values_in(UNIT, "ExecStart")[1]:gmatch("%S+") do
      words[#words + 1] = word == "9464" and "0" or word
    end
    assert.equal("/usr/bin/wxlive", table.remove(words, 1))
    return words, env
  end

  it("is one that systemd takes, where systemd is installed", function()
    verify(UNIT, fleet.shop.home)
  end)

  it("starts a worker that ends as systemd asks it to", function()
    fleet:submit("nuts", shops.goods_lines(1, 2))
    local words, env = started(fleet.shop.home)
    local child = fleet.shop:start(words, env)
    await(function() return child:has_ended() or fleet:job("nuts", "goods").state == "done" end)
    child:signal("TERM")
    local got = child:finish()
    assert.equal(0, got.status, got.err)
    -- Tokens lie in the directory that systemd keeps.
    assert.equal("", command.run({ "ls", fleet.shop.home .. "/cache/wxlive" }).err)
    local stop = tonumber(values_in(UNIT, "TimeoutStopSec")[1])
    local help = fleet.shop:run({ "worker", "--help" }).out
    assert.is_true(stop > tonumber(help:match("%-%-drain.-default:%s*(%d+)")))
  end)

  it("is not started again for what another start does not change", function()
    local words, env = started(fleet.shop.home .. "/nowhere")
    local got = fleet.shop:run(words, env)
    local final = (" " .. values_in(UNIT, "RestartPreventExitStatus")[1] .. " ")
    assert.is_truthy(final:find(" " .. got.status .. " ", 1, true), got.err)
  end)
end)
