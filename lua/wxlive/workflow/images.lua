--- Uploads pictures, each content once: sheets use the same poster for many rows.
--
-- Two files are the same when their bytes are: files of equal size are compared, nothing is hashed.
-- Media ids live three days; a run does not.
local Error = require "wxlive.error"

local M = {}

---@class wxlive.workflow.Images
local Images = {}
Images.__index = Images
Images.__name = "wxlive.workflow.Images"

local CHUNK = 65536

--- An uploader over a client.
---@param live wxlive.Broadcast
---@return wxlive.workflow.Images
function M.new(live)
  return setmetatable({ live = live, by_path = {}, by_size = {}, sent = 0 }, Images)
end

local function unreadable(path, reason)
  return Error.fail {
    kind = "invalid", name = "unreadable_file", sent = false,
    message = ("%s cannot be read: %s"):format(path, tostring(reason):gsub("^.-: ", "")),
    hint = "check the path in the sheet; it is relative to the sheet's own folder",
    hint_zh = "请检查表格中的路径（相对于表格所在目录）",
  }
end

local function same_bytes(a, b)
  local first, second = io.open(a, "rb"), io.open(b, "rb")
  local equal = first ~= nil and second ~= nil
  while equal do
    local one, two = first:read(CHUNK), second:read(CHUNK)
    equal = one == two
    if not one then
      break
    end
  end
  if first then
    first:close()
  end
  if second then
    second:close()
  end
  return equal
end

--- The media id of a picture, uploaded now unless its content was before.
---@param path string
---@return string? media_id
---@return wxlive.Error? err
function Images:upload(path)
  if self.by_path[path] then
    return self.by_path[path]
  end
  local file, reason = io.open(path, "rb")
  if not file then
    return unreadable(path, reason)
  end
  local size = file:seek("end")
  file:close()
  if not size then
    return unreadable(path, "it has no size")
  end
  local twins = self.by_size[size] or {}
  self.by_size[size] = twins
  for _, other in ipairs(twins) do
    if same_bytes(path, other) then
      self.by_path[path] = self.by_path[other]
      return self.by_path[path]
    end
  end
  local answer, err = self.live:upload_media { media = path, type = "image" }
  if not answer then
    return nil, err
  end
  self.sent = self.sent + 1
  self.by_path[path] = answer.media_id
  twins[#twins + 1] = path
  return answer.media_id
end

return M
