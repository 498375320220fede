--- Whether the platform will take a picture for a use: its format, size, and that it is complete.
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both
local upload = require "wxlive.media.upload"

local M = {}

local KB, MB = 1024, 1048576

-- Bytes and pixels by use. `most` is refused by the platform; `advised` is not.
-- Facts: createRoom and addGoods of the official pages.
local uses = {
  cover_img = { bytes = 2 * MB, advised = { 1080, 1920 } },
  share_img = { bytes = 1 * MB, advised = { 800, 640 } },
  feeds_img = { bytes = 100 * KB, advised = { 800, 800 } },
  goods = { bytes = 2 * MB, most = { 300, 300 } },
}

local function bad(path, fault)
  return Error.fail {
    kind = "invalid", name = fault.name, file = path, sent = false,
    message = both("%s: %s", "%s：%s"):format(path, fault.message),
    hint = fault.hint, hint_zh = fault.hint_zh,
  }
end

--- Whether the platform will take an image for a use.
---@param path string
---@param use "cover_img"|"share_img"|"feeds_img"|"goods"
---@return table? image   type, width, height, bytes, and advice (a sentence) where it is not ideal
---@return wxlive.Error? err
function M.check(path, use)
  local limit = uses[use] or error("no such use of an image: " .. tostring(use), 2)
  local shown = use == "goods" and both("goods", "商品图") or use
  local image, fault = upload.judge(path, "image")
  if fault and fault.name == "no_file" then
    fault.hint = "check the path; it counts from the sheet's folder"
    fault.hint_zh = "请检查路径，相对路径从表格所在目录算起"
  elseif image and image.bytes > limit.bytes then
    image, fault = upload.too_large(image.bytes, shown, limit.bytes)
  end
  if not image then
    return bad(path, fault)
  end
  local most, advised = limit.most, limit.advised
  if most and (image.width > most[1] or image.height > most[2]) then
    return bad(path, {
      name = "image_too_large", hint = "scale it down", hint_zh = "请缩小图片尺寸",
      message = both("%dx%d pixels; %s takes up to %dx%d", "%dx%d 像素，%s 最大 %dx%d"):format(
        image.width, image.height, shown, most[1], most[2]),
    })
  elseif advised and (image.width ~= advised[1] or image.height ~= advised[2]) then
    image.advice = both("%s: %dx%d pixels; %dx%d is advised for %s",
      "%s：%dx%d 像素，建议 %dx%d（%s）"):format(path, image.width, image.height, advised[1],
      advised[2], shown)
  end
  return image
end

return M
