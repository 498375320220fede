--- Files of a program's own: read whole, written whole or not at all; folders.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

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
    message = both("%s cannot be written: %s", "无法写入 %s：%s"):format(path,
      type(reason) == "table" and reason or reasons.of((tostring(reason):gsub("^.*: ", "")))),
    hint = hint or "look at the folder's rights and the space that is left",
    hint_zh = hint and hint_zh or "请检查目录权限与剩余空间",
  }
end

---@class wxlive.Draft
---@field file file*
---@field path string
---@field draft string?   the file beside the path; nil: written in place
local Draft = {}
Draft.__index = Draft
Draft.__name = "wxlive.Draft"

--- Begins a file, by way of a draft beside it. The draft has always the same name: what a run that
--- was killed left is written over. What is there and is not a plain file (a device, a pipe,
--- /dev/stdout) is written into, because a rename would put a file in its place.
---@param path string
---@return wxlive.Draft? draft
---@return string? reason
function M.begin(path)
  local draft = core.system.is_replaceable(path) and path .. ".part" or nil
  local file, reason = io.open(draft or path, "wb")
  if not file then
    return nil, reason
  end
  return setmetatable({ file = file, path = path, draft = draft }, Draft)
end

--- Writes texts. A failure shows in finish.
function Draft:write(...)
  local ok, reason = self.file:write(...)
  self.reason = self.reason or not ok and reason or nil
end

--- Renames the draft to the name of the file.
---@return true? ok
---@return string? reason
function Draft:finish()
  local ok, reason = self.file:close()
  reason = self.reason or not ok and (reason or "no space is left") or nil
  if not reason and self.draft then
    ok, reason = os.rename(self.draft, self.path)
    reason = not ok and reason or nil
  end
  if reason then
    self:drop()
    return nil, reason
  end
  return true
end

--- Leaves what was there as it was.
function Draft:drop()
  if io.type(self.file) == "file" then
    self.file:close()
  end
  if self.draft then
    os.remove(self.draft)
  end
end

--- Whether a file could be written, tried before the work whose result it is to hold.
---@param path string
---@return true? ok
---@return string? reason
function M.try(path)
  local draft, reason = M.begin(path)
  if not draft then
    return nil, reason
  end
  draft:drop()
  return true
end

--- The whole of a file, or its beginning.
---@param path string
---@param most integer?   bytes that are read; nil: all
---@return string? text
---@return string? reason   with the path before it
function M.read(path, most)
  local file, reason = io.open(path, "rb")
  local text
  if file then
    text, reason = file:read(most or "*a")
    reason = reason and path .. ": " .. reason
    file:close()
  end
  return text or not reason and "" or nil, reason -- of an empty file Lua reads nil, not ""
end

-- What standard input gave: it is read once, and may be asked for again.
local piped

--- The whole of an input that a person named.
---@param path string   "-": standard input
---@return string? text
---@return wxlive.Error? err
function M.input(path)
  local file, reason = io.stdin, nil
  if path == "-" and piped then
    return piped
  elseif path ~= "-" then
    file, reason = io.open(path, "rb")
  end
  local text = file and file:read("*a")
  if file and path ~= "-" then
    file:close()
  else
    piped = text
  end
  if not text then
    return Error.fail {
      kind = "usage", name = "unreadable", message = both("%s cannot be read%s", "无法读取 %s%s")
        :format(path, reason and both(": %s", "：%s"):format((reason:gsub("^.*: ", ""))) or ""),
      hint = "check the path and the permissions", hint_zh = "请检查路径与权限",
    }
  end
  return text
end

--- Writes a file whole. Two runs that write the same text at once are not in each other's way.
---@param path string
---@param text string
---@return true? ok
---@return wxlive.Error? err
function M.write(path, text)
  local draft, reason = M.begin(path)
  local ok
  if draft then
    draft:write(text)
    ok, reason = draft:finish()
  end
  if not ok and not (draft and draft.draft and M.read(path) == text) then
    return M.cannot_write(path, reason)
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
