--- Small pictures of any size, whole to whoever reads their structure, with nothing to draw.
local M = {}

local function be16(n)
  return string.char(math.floor(n / 256), n % 256)
end

local function le16(n)
  return string.char(n % 256, math.floor(n / 256))
end

function M.png(width, height)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0" .. be16(width) .. "\0\0" .. be16(height)
    .. "\8\2\0\0\0crc_\0\0\0\4IDAT" .. "datacrc_" .. "\0\0\0\0IENDcrc_"
end

function M.jpeg(width, height)
  return "\255\216\255\224\0\16JFIF\0\1\1\0\0\1\0\1\0\0\255\192\0\17\8" .. be16(height)
    .. be16(width) .. "\3\1\34\0\2\17\1\3\17\1\255\218\0\8\1\1\0\0\63\0data\255\0\255\208x\255\217"
end

function M.gif(width, height)
  return "GIF89a" .. le16(width) .. le16(height) .. "\128\0\0abcdef\33\249\4\0\0\0\0\0"
    .. "\44\0\0\0\0\1\0\1\0\0\2\2xy\0;"
end

return M
