--- The deliveries of spec/fixtures/callback_deliveries.json, made by an implementation that is not
--- ours (scripts/dev/vectors/deliveries.py), and receivers that have their keys.
local callback = require "wxlive.callback"
local command = require "spec.support.command"
local json = require "wxlive.json"

local M = {}

local fixture

--- The fixture: token, aes_key, appid, time, cases { name, mode, kind, query, body, message }.
function M.fixture()
  fixture = fixture or assert(json.decode(command.read("spec/fixtures/callback_deliveries.json")))
  return fixture
end

--- A receiver with the fixture's keys, its clock at the fixture's time; `more` goes over that.
---@param mode string
---@param more table?
---@return wxlive.Callback
function M.receiver(mode, more)
  local keys = M.fixture()
  local options = {
    token = keys.token, appid = keys.appid, mode = mode, store = false,
    aes_key = mode ~= "plain" and keys.aes_key or nil,
    now = function()
      return keys.time
    end,
  }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return assert(callback.new(options))
end

--- The case of this name; raises when there is none.
---@param name string
function M.case(name)
  for _, case in ipairs(M.fixture().cases) do
    if case.name == name then
      return case
    end
  end
  error("no case " .. name, 2)
end

--- A shallow copy with changes.
function M.with(original, changes)
  local copy = {}
  for k, v in pairs(original) do
    copy[k] = v
  end
  for k, v in pairs(changes) do
    copy[k] = v
  end
  return copy
end

return M
