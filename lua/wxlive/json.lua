--- All JSON of the project, over a cjson instance of our own.
--
-- lua-cjson decodes every number as a double and writes large ones as 1e+14; here whole numbers
-- come back as integers (on 5.4), leave as digits, and what cannot be carried exactly is refused.
-- An empty Lua table is an object; `json.array(t)` marks a list, so that an empty one leaves as [].
local cjson = require "cjson"
local compat = require "wxlive.compat"

local default_depth = 64

-- One codec for each depth: the depth is a setting of cjson's, not an argument.
local codecs = setmetatable({}, {
  __index = function(codecs, depth)
    local codec = cjson.new()
    codec.decode_invalid_numbers(false)
    codec.decode_max_depth(depth)
    codecs[depth] = codec
    return codec
  end,
})

local default_codec = codecs[default_depth]

local M = {}

--- JSON null.
M.null = cjson.null

local Array = { __name = "wxlive.json.array" }

--- Marks t (changed in place) as a list. Without it a table is a list when t[1] is there.
---@param t table?
---@return table
function M.array(t)
  return setmetatable(t or {}, Array)
end

local fold = compat.fold

-- cjson's doubles become integers, and its nulls disappear: an absent field and a null one mean the
-- same to the platform.
local function tidy(value)
  for k, v in pairs(value) do
    local t = type(v)
    if t == "number" then
      value[k] = fold(v)
    elseif t == "table" then
      tidy(v)
    elseif v == cjson.null then
      value[k] = nil
    end
  end
  return value
end

--- As decode, but with doubles and nulls left as cjson made them, for a caller that walks the value
--- anyway.
---@param text string
---@param limits { max_bytes: integer?, max_depth: integer? }?
---@return any
---@return string? reason
function M.parse(text, limits)
  if limits and limits.max_bytes and #text > limits.max_bytes then
    return nil, ("longer than %d bytes"):format(limits.max_bytes)
  end
  local codec = limits and limits.max_depth and codecs[limits.max_depth] or default_codec
  local ok, value = pcall(codec.decode, text)
  if not ok then
    return nil, (tostring(value):gsub("^.-:%d+: ", ""))
  end
  return value
end

--- Decodes JSON text. nil and a one-line reason when it is not JSON; a bare null is JSON null.
--- Integers beyond 2^53 come back as the nearest double: ids of the platform stay far below.
--- limits, for text of strangers: the most bytes and the deepest nesting to accept.
---@param text string
---@param limits { max_bytes: integer?, max_depth: integer? }?
---@return any
---@return string? reason
function M.decode(text, limits)
  local value, reason = M.parse(text, limits)
  if type(value) == "table" then
    return tidy(value)
  elseif type(value) == "number" then
    return fold(value)
  end
  return value, reason
end

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

-- Raw UTF-8: the platform refuses \u escapes of printable text (40033), and cjson escapes "/" and
-- DEL besides, so strings are quoted here.
local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return escapes[c] or (c == "\127" and c) or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function number_text(x)
  if compat.is_integer(x) then
    return compat.integer_text(x)
  end
  if x ~= x or x == math.huge or x == -math.huge then
    error("a number that is not finite has no JSON form", 0)
  end
  if x % 1 == 0 then
    error("a whole number beyond 2^53 cannot be carried exactly: send it as text", 0)
  end
  local text = ("%.14g"):format(x)
  if tonumber(text) ~= x then
    text = ("%.17g"):format(x)
  end
  return text
end

local function sorted_keys(t)
  local keys = {}
  for k in pairs(t) do
    if type(k) ~= "string" then
      error("a table with mixed keys has no JSON form", 0)
    end
    keys[#keys + 1] = k
  end
  table.sort(keys)
  return keys
end

local encode_value

local function encode_table(t, out, depth)
  if depth > 64 then
    error("nested too deeply (or a table that holds itself)", 0)
  end
  if getmetatable(t) == Array or t[1] ~= nil then
    out[#out + 1] = "["
    for i = 1, #t do
      if i > 1 then
        out[#out + 1] = ","
      end
      encode_value(t[i], out, depth)
    end
    out[#out + 1] = "]"
    return
  end
  out[#out + 1] = "{"
  for i, k in ipairs(sorted_keys(t)) do
    if i > 1 then
      out[#out + 1] = ","
    end
    out[#out + 1] = quote(k)
    out[#out + 1] = ":"
    encode_value(t[k], out, depth)
  end
  out[#out + 1] = "}"
end

function encode_value(value, out, depth)
  local t = type(value)
  if t == "string" then
    out[#out + 1] = quote(value)
  elseif t == "number" then
    out[#out + 1] = number_text(value)
  elseif t == "boolean" then
    out[#out + 1] = value and "true" or "false"
  elseif t == "table" then
    encode_table(value, out, depth + 1)
  elseif value == cjson.null then
    out[#out + 1] = "null"
  else
    error("a " .. t .. " has no JSON form", 0)
  end
end

--- JSON text with keys in sorted order, so that equal values give equal bytes.
---@param value any
---@return string? text
---@return string? reason
function M.encode(value)
  local out = {}
  local ok, reason = pcall(encode_value, value, out, 0)
  if not ok then
    return nil, reason
  end
  return table.concat(out)
end

return M
