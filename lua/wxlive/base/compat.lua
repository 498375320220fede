--- What differs between Lua 5.4, LuaJIT and nginx. No other module tests versions.
-- luacheck: std max
local M = {}

--- As table.unpack.
M.unpack = table.unpack or unpack

local math_type = math.type

--- Largest whole number that a double holds exactly (2^53).
M.max_exact = 9007199254740992

--- Whether x is a whole number that is carried exactly, whatever its subtype.
---@param x any
---@return boolean
function M.is_integer(x)
  if type(x) ~= "number" then
    return false
  end
  if math_type and math_type(x) == "integer" then
    return true
  end
  return x == x and x % 1 == 0 and x <= M.max_exact and x >= -M.max_exact
end

--- A whole float as an integer where the interpreter has them; other values unchanged.
---@generic T
---@param x T
---@return T
function M.fold(x)
  if math_type and math_type(x) == "float" and x % 1 == 0 and x <= M.max_exact
    and x >= -M.max_exact then
    return math.tointeger(x)
  end
  return x
end

--- The whole number that a text of digits stands for; nil when it is none, or one that the
--- interpreter cannot hold exactly.
---@param text string
---@return integer?
function M.to_integer(text)
  local n = text:find("^%-?%d+$") and tonumber(text)
  if not n then
    return nil
  elseif math_type then
    return math_type(n) == "integer" and n or nil
  end
  return n < M.max_exact and n > -M.max_exact and n or nil
end

--- An id as calls take it: the number of its digits, or the text where no number holds it exactly.
---@param digits string
---@return integer|string
function M.id(digits)
  return M.to_integer(digits) or digits
end

--- Whether an id is lower than another, each a number or text of digits.
---@param a integer|string
---@param b integer|string
---@return boolean
function M.is_lower_id(a, b)
  a, b = M.text(a), M.text(b)
  return #a < #b or #a == #b and a < b
end

--- A whole number as decimal digits: never "3.0", never "1e+14". Digits given as text, because no
--- number can hold them, are returned unchanged. A number that is not whole names nothing, and is
--- not rounded to an id that may exist.
---@param x integer|string
---@return string
function M.integer_text(x)
  if type(x) == "string" or math_type and math_type(x) == "integer" then
    return tostring(x)
  elseif x % 1 ~= 0 then
    return M.number_text(x)
  end
  return ("%.0f"):format(x)
end

-- The decimal point of a locale may be a comma, or of several bytes.
local function plain_point(text)
  return (text:gsub("[^0-9a-z+-]+", "."))
end

--- A number as text for machines: whole ones as digits, others with a point, whatever the locale.
---@param x number
---@param decimals integer?   how many digits follow the point; as many as it takes when left out
---@return string
function M.number_text(x, decimals)
  if decimals then
    return plain_point(("%." .. decimals .. "f"):format(x))
  elseif M.is_integer(x) then
    return M.integer_text(x)
  end
  local short = ("%.14g"):format(x)
  return plain_point(tonumber(short) == x and short or ("%.17g"):format(x))
end

--- A decimal number with a point as a number, whatever the locale; nil for what is none. Lua itself
--- cannot read such numbers in a locale whose decimal point has several bytes.
---@param text string
---@return number?
function M.to_number(text)
  local n = tonumber(text)
  if not n and text:find("^%-?%d*%.%d*$") and text:find("%d") then
    local point = ("%.1f"):format(0.5):match("^0(.+)5$")
    n = tonumber((text:gsub("%.", point)))
  end
  return n
end

--- As tostring, but numbers are as number_text has them.
---@param value any
---@return string
function M.text(value)
  return type(value) == "number" and M.number_text(value) or tostring(value)
end

--- camelCase as snake_case. Only the letters of ASCII count, whatever the locale: others are bytes
--- of UTF-8 characters.
---@param name string
---@return string
function M.snake_case(name)
  return (name:gsub("([a-z])([A-Z])", "%1_%2"):gsub("([A-Z])([A-Z][a-z])", "%1_%2")
    :gsub("[A-Z]+", string.lower))
end

--- For a file whose loops run while it is loaded and never again: LuaJIT would take longer to
--- compile them than to run them. Applies to the functions of the file, too.
function M.load_only()
  if rawget(_G, "jit") then
    jit.off(debug.getinfo(2, "f").func, true)
  end
end

--- Whether this is the nginx Lua module with cosockets.
---@return boolean
function M.in_nginx()
  local ngx = rawget(_G, "ngx")
  return type(ngx) == "table" and type(ngx.socket) == "table"
end

return M
