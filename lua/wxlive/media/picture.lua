--- Judges a picture by all of its bytes: its format, its size in pixels, and whether it is
--- complete. PNG, JPEG and GIF are known.
local sentence = require "wxlive.text.sentence"

local M = {}

local both, compose = sentence.both, sentence.compose

local function u16(s, i)
  local a, b = s:byte(i, i + 1)
  return a * 256 + b
end

local function u32(s, i)
  return u16(s, i) * 65536 + u16(s, i + 2)
end

local CUT = both("that ends before its picture does; copy or export it again",
  "但不完整，请重新拷贝或导出")
local DAMAGED = both("that is damaged", "但已损坏")
local WRONG = both("a %s %s", "是 %s，%s")
local EMPTY = both("that holds no picture; export it again", "但没有图像内容，请重新导出")

-- Each gives width and height, or nil and what is wrong. Bytes behind the end of a picture are
-- ignored: cameras put a film there.
local formats = {}

function formats.PNG(s)
  local at, width, height, has_data = 9, nil, nil, false
  while at + 11 <= #s do
    local length, kind = u32(s, at), s:sub(at + 4, at + 7)
    if not kind:find("^[A-Za-z][A-Za-z][A-Za-z][A-Za-z]$") or (at == 9 and kind ~= "IHDR") then
      return nil, DAMAGED
    elseif at + 11 + length > #s then
      return nil, CUT
    elseif kind == "IHDR" then
      if length ~= 13 then
        return nil, DAMAGED
      end
      width, height = u32(s, at + 8), u32(s, at + 12)
    elseif kind == "IEND" then
      return has_data and width or nil, has_data and height or EMPTY
    end
    has_data = has_data or (kind == "IDAT" and length > 0)
    at = at + 12 + length
  end
  return nil, CUT
end

-- Behind the sub-blocks of GIF that begin at `at`: each begins with its length, the last has none.
local function behind_blocks(s, at)
  while at <= #s do
    local length = s:byte(at)
    if length == 0 then
      return at + 1
    end
    at = at + 1 + length
  end
end

-- The size of a colour table in bytes, from a byte of flags.
local function colours(flags)
  return flags >= 128 and 3 * 2 ^ (flags % 8 + 1) or 0
end

function formats.GIF(s)
  if #s < 13 then
    return nil, CUT
  end
  local low, high, low2, high2, flags = s:byte(7, 11)
  local at, has_data = 14 + colours(flags), false
  while at and at <= #s do
    local mark = s:byte(at)
    if mark == 0x3b and not has_data then
      return nil, EMPTY
    elseif mark == 0x3b then
      return low + high * 256, low2 + high2 * 256
    elseif mark == 0x21 then
      at = behind_blocks(s, at + 2)
    elseif mark == 0x2c and at + 9 <= #s then
      at = behind_blocks(s, at + 11 + colours(s:byte(at + 9)))
      has_data = true
    elseif mark ~= 0x2c then
      return nil, DAMAGED
    else
      at = nil
    end
  end
  return nil, CUT
end

local function is_frame(marker)
  return marker >= 0xc0 and marker <= 0xcf and marker ~= 0xc4 and marker ~= 0xc8 and marker ~= 0xcc
end

-- Segments up to the end mark. The frame header, which holds height and width, may stand behind any
-- amount of others; behind a scan's header come its data, in which no mark but restarts occurs.
function formats.JPEG(s)
  local at, width, height, has_data = 3, nil, nil, false
  while at + 1 <= #s do
    local mark = s:byte(at) == 0xff and s:byte(at + 1)
    if not mark then
      return nil, DAMAGED
    elseif mark == 0xd9 then
      return has_data and width or nil, has_data and height or EMPTY
    elseif mark == 0xff then
      at = at + 1
    elseif mark == 0x01 or (mark >= 0xd0 and mark <= 0xd8) then
      at = at + 2
    elseif at + 3 > #s then
      return nil, CUT
    else
      local length = u16(s, at + 2)
      if length < 2 or (is_frame(mark) and length < 8) then
        return nil, DAMAGED
      elseif at + 1 + length > #s then
        return nil, CUT
      elseif is_frame(mark) then
        height, width = u16(s, at + 5), u16(s, at + 7)
      end
      at = at + 2 + length
      has_data = has_data or (mark == 0xda and width ~= nil)
      at = mark == 0xda and s:find("\255[^%z\208-\215\255]", at) or mark ~= 0xda and at or #s + 1
    end
  end
  return nil, CUT
end

local beginnings = { PNG = "^\137PNG\r\n\26\n", GIF = "^GIF8[79]a", JPEG = "^\255\216\255" }

--- The format, from the first bytes.
---@param head string
---@return "PNG"|"JPEG"|"GIF"|nil
function M.format(head)
  for name, pattern in pairs(beginnings) do
    if head:find(pattern) then
      return name
    end
  end
end

local HEIC, TIFF = both("a HEIC picture", "是 HEIC 图片"), both("a TIFF picture", "是 TIFF 图片")
local PAGE = both("a web page", "是网页")

-- Pictures and other files that people take for one of these, or that came in the place of one.
local foreign = {
  { "^RIFF....WEBP", both("a WEBP picture", "是 WEBP 图片") },
  { "^....ftyphe", HEIC }, { "^....ftypm[is]f1", HEIC },
  { "^....ftypavi", both("an AVIF picture", "是 AVIF 图片") },
  { "^BM....%z%z%z%z", both("a BMP picture", "是 BMP 图片") },
  { "^II%*%z", TIFF }, { "^MM%z%*", TIFF },
  { "^8BPS", both("a Photoshop file", "是 Photoshop 文件") }, { "^%%PDF", both("a PDF", "是 PDF") },
  { "^%s*<!doctype html", PAGE }, { "^%s*<html", PAGE },
  { "^%s*<%?xml", both("XML text", "是 XML 文本") },
  { "^%s*<svg", both("an SVG drawing", "是 SVG 图形") },
  { "^%s*{", both("JSON text, such as an error that was saved in the place of the picture",
    "是 JSON 文本，可能是误存为图片的错误信息") },
}

--- The name of another known format, from the first bytes.
---@param head string
---@return wxlive.Sentence? what   in words that follow "it is"
function M.foreign(head)
  head = head:gsub("^\239\187\191", "")
  local lower = head:sub(1, 64):lower()
  for _, one in ipairs(foreign) do
    if head:find(one[1]) or lower:find(one[1]) then
      return one[2]
    end
  end
end

--- Judges a picture.
---@param bytes string   the whole of it
---@return { type: "PNG"|"JPEG"|"GIF", width: integer, height: integer }? picture
---@return wxlive.Sentence? reason   in words that follow "it is"
function M.parse(bytes)
  local format = M.format(bytes)
  if not format then
    local other = M.foreign(bytes:sub(1, 64))
    return nil, compose(other or "", other and both(", ", "，") or "",
      both("not a PNG, JPEG or GIF", "不是 PNG、JPEG 或 GIF"))
  end
  local width, height = formats[format](bytes)
  if not width then
    return nil, WRONG:format(format, height)
  elseif width == 0 or height == 0 then
    return nil, WRONG:format(format, DAMAGED)
  end
  return { type = format, width = width, height = height }
end

return M
