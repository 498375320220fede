--- What differs between Lua 5.4, LuaJIT and nginx. Nobody else tests versions.
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

--- A whole number as decimal digits: never "3.0", never "1e+14".
---@param x integer
---@return string
function M.integer_text(x)
  if math_type and math_type(x) == "integer" then
    return tostring(x)
  end
  return ("%.0f"):format(x)
end

--- For a file whose loops run while it is loaded and never again: LuaJIT would take longer to
--- compile them than to run them. Covers the functions that the file defines, too.
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
