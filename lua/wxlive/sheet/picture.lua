--- Whether the platform will take a picture for a use: its format, size, and that it is complete.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local files = require "wxlive.media.file"
local pictures = require "wxlive.media.picture"

local M = {}

local KB, MB = 1024, 1048576

-- Bytes and pixels by use. `most` is refused by the platform; `advised` is not.
-- Facts: createRoom, addGoods and uploadTempMedia of the official pages.
local uses = {
  cover_img = { bytes = 2 * MB, advised = { 1080, 1920 } },
  share_img = { bytes = 1 * MB, advised = { 800, 640 } },
  feeds_img = { bytes = 100 * KB, advised = { 800, 800 } },
  goods = { bytes = 2 * MB, most = { 300, 300 } },
  media = { bytes = 10 * MB },
}

local function size_text(bytes)
  if bytes >= MB then
    return compat.number_text(bytes / MB, 1) .. " MB"
  end
  return ("%d KB"):format(math.ceil(bytes / KB))
end

local function bad(path, name, message, hint, hint_zh)
  return Error.fail {
    kind = "invalid", name = name, file = path, sent = false, message = path .. ": " .. message,
    hint = hint, hint_zh = hint_zh,
  }
end

-- The file's size when it may be read whole.
local function size_of(path, use, limit)
  local bytes, reason = core.system.file_size(path)
  if not bytes then
    return bad(path, "no_image", "the image cannot be opened (" .. reason .. ")", "check the path; "
      .. "it counts from the sheet's folder", "请检查路径，相对路径从表格所在目录算起")
  elseif bytes == 0 then
    return bad(path, "bad_image", "the file is empty", "give a PNG or JPEG file",
      "请提供 PNG 或 JPEG 文件")
  elseif bytes > limit.bytes then
    return bad(path, "image_too_large", ("%s is too large: %s takes up to %s")
      :format(size_text(bytes), use, size_text(limit.bytes)), "make the file smaller",
      "请压缩图片")
  end
  return bytes
end

--- Whether the platform will take an image for a use.
---@param path string
---@param use "cover_img"|"share_img"|"feeds_img"|"goods"|"media"
---@return table? image       type, width, height, bytes, and advice (text) where it is not ideal
---@return wxlive.Error? err
function M.check(path, use)
  local limit = uses[use] or error("no such use of an image: " .. tostring(use), 2)
  local bytes, err = size_of(path, use, limit)
  if not bytes then
    return nil, err
  end
  local content, reason = files.read(path)
  local image
  if content then
    image, reason = pictures.parse(content)
  end
  if not image then
    return bad(path, "bad_image", "it is " .. reason, "give a PNG or JPEG file",
      "请提供 PNG 或 JPEG 文件")
  end
  image.bytes = bytes
  local most, advised = limit.most, limit.advised
  if most and (image.width > most[1] or image.height > most[2]) then
    return bad(path, "image_too_large", ("%dx%d pixels; %s takes up to %dx%d"):format(image.width,
      image.height, use, most[1], most[2]), "scale it down", "请缩小图片尺寸")
  elseif advised and (image.width ~= advised[1] or image.height ~= advised[2]) then
    image.advice = ("%s: %dx%d pixels; %dx%d is advised for %s"):format(path, image.width,
      image.height, advised[1], advised[2], use)
  end
  return image
end

return M
