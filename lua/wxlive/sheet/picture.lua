--- What an image file is, read from its first bytes, and whether the platform will take it.
local compat = require "wxlive.compat"
local Error = require "wxlive.error"

local M = {}

local HEAD = 65536
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

local function u16(s, i)
  local a, b = s:byte(i, i + 1)
  return a * 256 + b
end

local function png(head)
  if head:sub(13, 16) == "IHDR" and #head >= 24 then
    return u16(head, 17) * 65536 + u16(head, 19), u16(head, 21) * 65536 + u16(head, 23)
  end
end

local function gif(head)
  if #head >= 10 then
    local a, b, c, d = head:byte(7, 10)
    return a + b * 256, c + d * 256
  end
end

-- JPEG: segments until the frame header, which holds height and width.
local function jpeg(head)
  local i = 3
  while i + 9 <= #head do
    if head:byte(i) ~= 0xff then
      return nil
    end
    local marker = head:byte(i + 1)
    if marker == 0xff then
      i = i + 1
    elseif marker >= 0xc0 and marker <= 0xcf and marker ~= 0xc4 and marker ~= 0xc8
      and marker ~= 0xcc then
      return u16(head, i + 7), u16(head, i + 5)
    elseif marker == 0x01 or (marker >= 0xd0 and marker <= 0xd8) then
      i = i + 2
    else
      local length = u16(head, i + 2)
      if length < 2 then
        return nil
      end
      i = i + 2 + length
    end
  end
end

local kinds = {
  { "PNG", "^\137PNG\r\n\26\n", png },
  { "GIF", "^GIF8[79]a", gif },
  { "JPEG", "^\255\216\255", jpeg },
}

--- Reads type and size from the beginning of an image.
---@param head string
---@return { type: string, width: integer, height: integer }? image
---@return string? reason
function M.parse(head)
  for _, kind in ipairs(kinds) do
    if head:find(kind[2]) then
      local width, height = kind[3](head)
      if not width or width == 0 or height == 0 then
        return nil, ("a %s whose beginning is damaged"):format(kind[1])
      end
      return { type = kind[1], width = width, height = height }
    end
  end
  return nil, "not a PNG, JPEG or GIF"
end

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

--- Reads an image file.
---@param path string
---@return { type: string, width: integer, height: integer, bytes: integer }? image
---@return wxlive.Error? err
function M.read(path)
  local f, reason = io.open(path, "rb")
  if not f then
    return bad(path, "no_image", "the image cannot be opened ("
      .. tostring(reason):gsub("^.*: ", "") .. ")", "check the path; it counts from the sheet's "
      .. "folder", "请检查路径，相对路径从表格所在目录算起")
  end
  local head = f:read(HEAD)
  local bytes = f:seek("end")
  f:close()
  if not head then
    return bad(path, "bad_image", bytes == 0 and "the file is empty" or "it is not a file",
      "give a PNG or JPEG file", "请提供 PNG 或 JPEG 文件")
  end
  local image
  image, reason = M.parse(head)
  if not image then
    return bad(path, "bad_image", "it is " .. reason, "give a PNG or JPEG file",
      "请提供 PNG 或 JPEG 文件")
  end
  image.bytes = bytes
  return image
end

--- Whether the platform will take an image for a use.
---@param path string
---@param use "cover_img"|"share_img"|"feeds_img"|"goods"|"media"
---@return table? image       type, width, height, bytes, and advice (text) where it is not ideal
---@return wxlive.Error? err
function M.check(path, use)
  local limit = uses[use] or error("no such use of an image: " .. tostring(use), 2)
  local image, err = M.read(path)
  if not image then
    return nil, err
  end
  local most, advised = limit.most, limit.advised
  if image.bytes > limit.bytes then
    return bad(path, "image_too_large", ("%s is too large: %s takes up to %s")
      :format(size_text(image.bytes), use, size_text(limit.bytes)), "make the file smaller",
      "请压缩图片")
  elseif most and (image.width > most[1] or image.height > most[2]) then
    return bad(path, "image_too_large", ("%dx%d pixels; %s takes up to %dx%d"):format(image.width,
      image.height, use, most[1], most[2]), "scale it down", "请缩小图片尺寸")
  elseif advised and (image.width ~= advised[1] or image.height ~= advised[2]) then
    image.advice = ("%s: %dx%d pixels; %dx%d is advised for %s"):format(path, image.width,
      image.height, advised[1], advised[2], use)
  end
  return image
end

return M
