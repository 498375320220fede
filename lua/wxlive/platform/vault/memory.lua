--- A vault in the memory of this Lua state, for tests. Its content ends with the process.
local tables = require "wxlive.base.tables"
local vaults = require "wxlive.platform.vault"

local M = {}

---@class wxlive.platform.vault.Memory: wxlive.platform.Vault
local Memory = {}
Memory.__index = Memory
Memory.__name = "wxlive.platform.vault.memory"

function Memory:get(name)
  return self.values[name]
end

function Memory:put(name, value)
  self.values[name] = value
  return true
end

function Memory:swap(name, before, value)
  if self.values[name] ~= before then
    return false
  end
  self.values[name] = value
  return true
end

function Memory:delete(name)
  local there = self.values[name] ~= nil
  self.values[name] = nil
  return there
end

function Memory:names(prefix)
  return vaults.beginning(tables.keys(self.values), prefix)
end

--- A new, empty vault.
---@return wxlive.platform.vault.Memory
function M.new()
  return setmetatable({ values = {} }, Memory)
end

return M
