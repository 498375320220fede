--- node-easywechat, another client of the same API, calls every endpoint of the sandbox, which must
--- take from it what the platform takes.
local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"

local VERSION = "3.6.2"
-- It takes any later 1.x, of which 1.5 lacks a file that it requires.
local SOCIALITE = "1.4.1"
local NOW = 1795406400

-- Calls that the platform refuses, too: what they are, the errcode, and why.
local refused = {
  ["get_push_url of no room"] = 300022, -- asks for a room that does not exist, to have a rid
}

-- Installed once, below build/, which is never committed.
local function install()
  local directory = "build/npm/node-easywechat-" .. VERSION
  if process.read(directory .. "/node_modules/node-easywechat/package.json") then
    return directory
  end
  local ok, reason = pcall(process.run, ("mkdir -p %s && npm install --prefix %s --no-audit "
    .. "--no-fund --no-save --loglevel=error node-easywechat@%s node-socialite@%s")
    :format(directory, directory, VERSION, SOCIALITE))
  if not ok then
    error("node-easywechat " .. VERSION .. " cannot be installed; this spec needs npm and the "
      .. "npm registry (or a mirror that npm is set to):\n" .. tostring(reason), 0)
  end
  assert(process.read(directory .. "/node_modules/node-easywechat/package.json"),
    "npm installed nothing")
  return directory
end

describe("the sandbox, called by node-easywechat", function()
  local answers, order = {}, {}

  setup(function()
    local directory = install()
    local box = assert(sandbox.start { clock = NOW })
    assert(box:control("clock", { set = NOW, frozen = true }))
    local ok, output = pcall(process.run, table.concat({
      "node", "spec/support/programs/easywechat.mjs", directory, box.base_url, box.appid,
      box.secret, "scripts/samples/images", tostring(NOW),
    }, " "))
    box:stop()
    assert(ok, output)
    for line in output:gmatch("%[[^\n]*%]") do
      local name, code, message = compat.unpack(assert(json.decode(line)))
      answers[name], order[#order + 1] = { code = code, message = message }, name
    end
  end)

  it("answers every call as the platform does", function()
    assert.is_true(#order >= 49, #order)
    for _, name in ipairs(order) do
      local answer = answers[name]
      assert.equal(refused[name] or 0, answer.code, name .. ": " .. answer.message)
    end
  end)

  it("is called at every endpoint of the catalogue", function()
    for _, entry in ipairs(catalogue.list) do
      assert.is_truthy(answers[entry.name], entry.name)
    end
  end)
end)
