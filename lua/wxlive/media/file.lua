--- Files that are uploaded: opened only when they are files, and sent under a name whose ending is
--- that of their content. The platform judges an upload by its name first.
local core = require "wxlive.core"
local files = require "wxlive.base.files"
local picture = require "wxlive.media.picture"
local tables = require "wxlive.base.tables"

local M = {}

-- How many bytes decide the content of a file.
local HEAD = 64

--- The endings of each content; a name without any of them gets the first one.
M.endings = {
  JPEG = { "jpg", "jpeg" }, PNG = { "png" }, GIF = { "gif" }, AMR = { "amr" }, MP3 = { "mp3" },
  MP4 = { "mp4" },
}

--- The content of a file, if it is one that the platform accepts.
---@param head string   the first bytes, see M.head
---@return "PNG"|"JPEG"|"GIF"|"AMR"|"MP3"|"MP4"|nil
function M.content(head)
  return picture.format(head)
    or head:find("^#!AMR") and "AMR"
    or head:sub(5, 8) == "ftyp" and not picture.foreign(head) and "MP4"
    or (head:find("^ID3") or head:find("^\255[\226\227\242\243\250\251]")) and "MP3"
    or nil
end

--- Reads a file, or its beginning. A pipe or a device, which might never end, is not opened.
---@param path string
---@param most integer?   bytes
---@return string? bytes
---@return string? reason
function M.read(path, most)
  local size, reason = core.system.file_size(path)
  if not size then
    return nil, reason
  end
  local bytes
  bytes, reason = files.read(path, most)
  if reason then
    return nil, (reason:gsub("^.*: ", ""))
  end
  return bytes
end

--- The first bytes of a file.
---@param path string
---@return string? head
---@return string? reason
function M.head(path)
  return M.read(path, HEAD)
end

--- The name under which a file is sent.
---@param path string
---@return string
function M.name(path)
  local name = path:match("[^/\\]+$") or path
  local content = M.content(M.head(path) or "")
  if not content then
    return name
  end
  local ending = (name:match("%.([^.]+)$") or ""):lower()
  local right = M.endings[content]
  return tables.set(right)[ending] and name or name .. "." .. right[1]
end

return M
