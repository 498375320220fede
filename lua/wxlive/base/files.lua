--- Files of a program's own: read whole, written whole or not at all; folders.
local Error = require "wxlive.error"

local M = {}

--- nil and the error of a file that cannot be written.
---@param path string
---@param reason any      what the system says
---@param hint string?    what to do; to look at the folder when left out
---@param hint_zh string?
---@return nil
---@return wxlive.Error err
function M.cannot_write(path, reason, hint, hint_zh)
  return Error.fail {
    kind = "usage", name = "cannot_write",
    message = ("%s cannot be written: %s"):format(path, (tostring(reason):gsub("^.*: ", ""))),
    hint = hint or "look at the folder's rights and the space that is left",
    hint_zh = hint and hint_zh or "请检查目录权限与剩余空间",
  }
end

--- The whole of a file; nil when it cannot be read.
---@param path string
---@return string? text
function M.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a")
  if file then
    file:close()
  end
  return text
end

--- Writes a file whole, by way of a draft beside it. The draft has always the same name: what a run
--- that was killed left is written over. Two runs that write the same text at once are not in each
--- other's way.
---@param path string
---@param text string
---@return true? ok
---@return wxlive.Error? err
function M.write(path, text)
  local draft = path .. ".part"
  local file, reason = io.open(draft, "wb")
  local ok = file and file:write(text) and file:close()
  if not (ok and os.rename(draft, path)) and M.read(path) ~= text then
    return M.cannot_write(path, reason or "no space is left")
  end
  return true
end

--- Makes a folder and those above it. Whether it is there shows when it is used.
---@param path string
---@param private boolean?   no other user may look into it
function M.make_folder(path, private)
  os.execute((private and "umask 077; " or "") .. "mkdir -p '" .. path:gsub("'", "'\\''")
    .. "' 2>/dev/null")
end

return M
