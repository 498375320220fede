--- A vault in the memory of this Lua state, for tests. Whatever it holds ends with the process.

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
  local names = {}
  for name in pairs(self.values) do
    if name:sub(1, #prefix) == prefix then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- A new, empty vault.
---@return wxlive.platform.vault.Memory
function M.new()
  return setmetatable({ values = {} }, Memory)
end

return M
