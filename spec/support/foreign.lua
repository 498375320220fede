--- Message encryption by the openssl command: an implementation that is not ours. With the keys of
--- spec/support/deliveries.lua.
local deliveries = require "spec.support.deliveries"

local M = {}

local function openssl(arguments, input)
  local given, got = os.tmpname(), os.tmpname()
  local file = assert(io.open(given, "wb"))
  file:write(input)
  file:close()
  -- A sanitizer that is preloaded for our own modules is not for openssl.
  os.execute(("LD_PRELOAD= openssl %s <%s >%s"):format(arguments, given, got))
  file = assert(io.open(got, "rb"))
  local output = file:read("*a")
  file:close()
  os.remove(given)
  os.remove(got)
  return output
end

local function hex(bytes)
  return (bytes:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

local function cipher(direction, input)
  local key = hex(openssl("base64 -d -A", deliveries.fixture().aes_key .. "="))
  return openssl(("enc %s -aes-256-cbc -nopad -base64 -A -K %s -iv %s"):format(direction, key,
    key:sub(1, 32)), input)
end

--- Opens an Encrypt text; gives the message and the appid.
---@param encrypt string
function M.open(encrypt)
  local frame = cipher("-d", encrypt)
  local a, b, c, d = frame:byte(17, 20)
  local n = ((a * 256 + b) * 256 + c) * 256 + d
  local pad = frame:byte(-1)
  assert(#frame % 32 == 0 and frame:sub(-pad) == string.char(pad):rep(pad), "bad padding")
  return frame:sub(21, 20 + n), frame:sub(21 + n, -1 - pad)
end

--- Encrypts a frame, right or wrong, of whole blocks.
---@param frame string
---@return string encrypt
function M.seal_frame(frame)
  return cipher("-e", frame)
end

--- A frame, to be spoilt: changes may hold length, appid, pad (a number) and padding (bytes).
---@param message string
---@param changes table?
---@return string frame
function M.frame(message, changes)
  changes = changes or {}
  local n = changes.length or #message
  local length = string.char(math.floor(n / 16777216) % 256, math.floor(n / 65536) % 256,
    math.floor(n / 256) % 256, n % 256)
  local frame = ("r"):rep(16) .. length .. message .. (changes.appid or deliveries.fixture().appid)
  local pad = changes.pad or 32 - #frame % 32
  return frame .. (changes.padding or string.char(pad):rep(pad))
end

--- Lower-case hex SHA-1 of the parts, sorted and joined.
function M.sha1(...)
  local parts = { ... }
  table.sort(parts)
  return openssl("dgst -sha1 -r", table.concat(parts)):sub(1, 40)
end

return M
