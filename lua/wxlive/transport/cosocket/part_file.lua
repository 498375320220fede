--- A file that appears under its name only when it is complete. For LuaJIT (newproxy).
--
-- Whatever happens to the coroutine that writes it - nginx ends it when the client goes away -
-- nothing is left behind: the file under its passing name is removed at the latest with the object.
-- luacheck: std max
local core = require "wxlive.core"
local random = require "wxlive.base.random"
local both = require("wxlive.text.sentence").both

local M = {}

---@class wxlive.PartFile
local PartFile = {}
PartFile.__index = PartFile

local function failed(why)
  return nil, { status = "io", message = both("cannot write %s", "无法写入 %s"):format(why) }
end

local function guard(state)
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = function()
    if state.part then
      state.file:close()
      os.remove(state.part)
    end
  end
  return proxy
end

--- Begins the file beside the one that it will become.
---@param path string
---@return wxlive.PartFile? file
---@return table? reason
function M.open(path)
  if not core.system.is_replaceable(path) then
    return failed(both("%s: there is something else than a file", "%s：此处不是普通文件"):format(path))
  end
  local part = path .. ".part-" .. assert(random.hex(6))
  local file, why = io.open(part, "wb")
  if not file then
    return failed(why)
  end
  local state = { part = part, file = file }
  return setmetatable({ state = state, path = path, guard = guard(state) }, PartFile)
end

---@param bytes string
---@return true? ok
---@return table? reason
function PartFile:write(bytes)
  local ok, why = self.state.file:write(bytes)
  if not ok then
    return failed(self.path .. ": " .. tostring(why))
  end
  return true
end

--- Renames the part to the final name.
---@return true? ok
---@return table? reason
function PartFile:commit()
  local state = self.state
  local ok, why = state.file:close()
  if ok then
    ok, why = os.rename(state.part, self.path)
  end
  if not ok then
    os.remove(state.part)
  end
  state.part = nil
  if not ok then
    return failed(self.path .. ": " .. tostring(why))
  end
  return true
end

--- Removes the part. Does nothing after commit.
function PartFile:discard()
  local state = self.state
  if state.part then
    state.file:close()
    os.remove(state.part)
    state.part = nil
  end
end

return M
