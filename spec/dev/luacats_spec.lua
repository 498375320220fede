-- The types that are written by hand say what the code says.
local broadcast = require "wxlive.broadcast"
local command = require "spec.support.command"
local lists = require "wxlive.client.lists"
local sandbox = require "wxlive.sandbox"
local controls = require "wxlive.sandbox.server.control"

local LIBRARY = "docs/luacats/library/"

-- The fields that a class has in a file, in its order.
local function fields_of(file, class)
  local fields, open = {}, false
  for line in command.read(LIBRARY .. file):gmatch("[^\n]*") do
    if line:find("^%-%-%-@class ") then
      open = line:match("^%-%-%-@class ([%w_.]+)") == class
    elseif open then
      fields[#fields + 1] = line:match("^%-%-%-@field ([%w_]+)")
    end
  end
  assert.is_true(#fields > 0, class)
  return fields
end

-- What an option of a wrong kind is answered with: unknown options are refused by another text.
local function is_unknown(err, name)
  for _, problem in ipairs(err.problems or {}) do
    if problem.field == name then
      return problem.message:find("is not an option", 1, true) ~= nil
    end
  end
  return false
end

describe("LuaCATS types", function()
  it("have every option of a shop's methods", function()
    local shops = require "wxlive.shop"
    for method, class in pairs {
      plan = "PlanOptions", apply = "ApplyOptions", submit = "SubmitOptions",
      diff = "DiffOptions", notify = "NotifyOptions",
      watch = "WatchOptions", replays = "ReplayOptions", open = "OpenOptions",
    } do
      local names, declared = {}, fields_of("shop.lua", "wxlive.shop." .. class)
      for name in pairs(shops.options[method]) do
        names[#names + 1] = name
      end
      table.sort(names)
      table.sort(declared)
      assert.same(names, declared)
    end
  end)

  it("have every option, method and function of a rundown, and no others", function()
    local rundown = require "wxlive.rundown"
    local names, declared = {}, fields_of("rundown.lua", "wxlive.rundown.OpenOptions")
    for name in pairs(require("wxlive.rundown.open").options) do
      names[#names + 1] = name
    end
    table.sort(names)
    table.sort(declared)
    assert.same(names, declared)
    local text = command.read(LIBRARY .. "rundown.lua")
    for name in pairs(rundown) do
      assert.is_truthy(text:find("function M." .. name .. "(", 1, true), name)
    end
    for name in text:gmatch("function M%.([%w_]+)") do
      assert.is_function(rundown[name], name)
    end
    local show = require("wxlive.rundown.show").new { path = "none", clock = {} }
    for name in text:gmatch("function Show:([%w_]+)") do
      assert.is_function(show[name], name)
    end
  end)

  it("have every option and method of a worker", function()
    local worker = require "wxlive.worker"
    local names, declared = {}, fields_of("worker.lua", "wxlive.WorkerOptions")
    for name in pairs(worker.options) do
      names[#names + 1] = name
    end
    table.sort(names)
    table.sort(declared)
    assert.same(names, declared)
    local code, text = command.read("lua/wxlive/worker/init.lua"),
      command.read(LIBRARY .. "worker.lua")
    for name in text:gmatch("function Worker:([%w_]+)") do
      assert.is_truthy(code:find("function Worker:" .. name .. "(", 1, true), name)
    end
  end)

  it("have every option and method of accounts, and no others", function()
    local accounts = require "wxlive.accounts"
    local names, declared = {}, fields_of("accounts.lua", "wxlive.AccountsOptions")
    for name in pairs(accounts.options) do
      names[#names + 1] = name
    end
    table.sort(names)
    table.sort(declared)
    assert.same(names, declared)
    local text = command.read(LIBRARY .. "accounts.lua")
    for class, file in pairs { Accounts = "init", Account = "account" } do
      local code = command.read("lua/wxlive/accounts/" .. file .. ".lua")
      local methods, there = {}, {}
      for name in code:gmatch("function methods:([%w_]+)") do
        methods[#methods + 1] = name
      end
      for name in text:gmatch("function " .. class .. ":([%w_]+)") do
        there[#there + 1] = name
      end
      table.sort(methods)
      table.sort(there)
      assert.same(methods, there)
    end
  end)

  it("have every option and method of a desk, and no others", function()
    local desks = require "wxlive.desk"
    local names, declared = {}, fields_of("desk.lua", "wxlive.desk.Options")
    for name in pairs(desks.options) do
      names[#names + 1] = name
    end
    table.sort(names)
    table.sort(declared)
    assert.same(names, declared)
    local text = command.read(LIBRARY .. "desk.lua")
    local desk = assert(desks.new { live = { appid = "wx1" }, log = desks.log() })
    for name in text:gmatch("function Desk:([%w_]+)") do
      assert.is_function(desk[name], name)
    end
    for name in text:gmatch("function M%.([%w_]+)") do
      assert.is_function(desks[name], name)
    end
  end)

  it("are Lua", function()
    for file in io.popen("ls " .. LIBRARY .. "*.lua"):lines() do
      assert.is_truthy(loadfile(file), file)
    end
  end)

  it("have the options of a client, and no others", function()
    local fields = fields_of("client.lua", "wxlive.ClientOptions")
    local listed = {}
    for _, name in ipairs(fields) do
      listed[name] = true
      local _, err = broadcast.new { [name] = coroutine.create(print) }
      assert.is_false(is_unknown(err, name), name)
    end
    local known = command.read("lua/wxlive/client/settings.lua")
      :match("local known_options = (%b{})")
    for name in known:gmatch("([%w_]+) = ") do
      assert.is_true(listed[name], name)
    end
    local _, err = broadcast.new { no_such_option = 1 }
    assert.is_true(is_unknown(err, "no_such_option"))
  end)

  it("have the options and methods of a platform, and no others", function()
    local platforms = require "wxlive.platform"
    local listed = {}
    for _, name in ipairs(fields_of("platform.lua", "wxlive.PlatformOptions")) do
      listed[name] = true
      local _, err = platforms.new { [name] = coroutine.create(print) }
      assert.is_false(is_unknown(err, name), name)
    end
    local source = command.read("lua/wxlive/platform/settings.lua")
    for _, set in ipairs { "own", "passed" } do
      for name in source:match("local " .. set .. " = (%b{})"):gmatch("([%w_]+) = ") do
        assert.is_true(listed[name], name)
      end
    end
    local code = command.read("lua/wxlive/platform/init.lua")
      .. (command.read("lua/wxlive/platform/client.lua")
        .. command.read("lua/wxlive/platform/shops.lua")):gsub("function M:", "function Platform:")
    for name in command.read(LIBRARY .. "platform.lua"):gmatch("function Platform:([%w_]+)") do
      assert.is_truthy(code:find("function Platform:" .. name .. "(", 1, true), name)
    end
  end)

  it("have the fields of an error", function()
    local listed = {}
    for _, name in ipairs(fields_of("client.lua", "wxlive.Error")) do
      listed[name] = true
    end
    for name in command.read("lua/wxlive/error.lua"):gmatch("%-%-%-@field ([%w_]+)") do
      assert.is_true(listed[name], name)
    end
  end)

  it("have the methods beside the endpoints", function()
    local text = command.read(LIBRARY .. "client.lua")
    local others = { call = true, raw = true, quota = true, seed_quota = true }
    for _, methods in ipairs { lists, others } do
      for name in pairs(methods) do
        assert.is_truthy(text:find("function Broadcast:" .. name .. "(", 1, true), name)
      end
    end
  end)

  it("have the sandbox's operations", function()
    local text = command.read(LIBRARY .. "sandbox.lua"):match("@param op ([^\n]+)")
    for _, name in ipairs(controls.names()) do
      assert.is_truthy(text:find('"' .. name .. '"', 1, true), name)
    end
  end)

  it("have the sandbox's options", function()
    for _, name in ipairs(fields_of("sandbox.lua", "wxlive.sandbox.Options")) do
      local _, err = sandbox.start { [name] = coroutine.create(print) }
      assert.is_false(is_unknown(err, name), name)
    end
  end)
end)
