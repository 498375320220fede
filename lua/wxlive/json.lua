--- All JSON of the project. Nothing else requires a JSON library.
--
-- Two readers and one writer share the work. lua-cjson, by an instance of our own, reads local
-- text: what users type, pipe in or keep in files (`decode`). It is strict, because it is better to
-- name a user's mistake than to guess what was meant. The core reads what the platform and
-- strangers send, and what the ledger keeps (`decode_wire`, `answer_decoder`): in one pass that
-- renames fields and makes ids whole, and leniently, because the receiver cannot correct it. It
-- also writes all JSON (`encode`), on the wire or printed: lua-cjson would write 14 digits, escape
-- slashes and put keys in any order.
--
-- Whole numbers are integers on 5.4. A whole number that the interpreter cannot hold exactly
-- becomes a text of its digits; `encode` refuses such a number. null in an object is an absent
-- field. Text leaves as raw UTF-8: the platform refuses \u escapes of printable text (40033).
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local names = require "wxlive.text.names"

-- lua-cjson ends the process where the decimal point of the locale has several bytes.
local function has_long_point()
  return #core.json.decimal_point() > 1
end

if has_long_point() then
  error("wxlive.json cannot be loaded in a locale whose decimal point has several bytes: "
    .. "set LC_NUMERIC to C", 0)
end
local cjson = require "cjson"

local M = {}

local default_depth = 64
local default_bytes = 64 * 1024 * 1024

--- JSON null: the same value as lua-cjson's and ngx.null.
M.null = cjson.null

--- A value that stands for an empty list, where lua-cjson has one (OpenResty's does).
M.empty_array = cjson.empty_array

-- OpenResty's lua-cjson marks lists with metatables of its own. Where they exist wxlive uses them,
-- so that both write empty lists as lists. A table of it is never changed.
local Array = cjson.array_mt or { __name = "wxlive.json.array" }

local Digits = {
  __name = "wxlive.json.number",
  __tostring = function(digits)
    return digits[1]
  end,
}

--- Marks t (changed in place) as a list. Without it a table is a list when t[1] is there.
---@param t table?
---@return table
function M.array(t)
  if t ~= nil and type(t) ~= "table" then
    error("wxlive.json.array takes a table, not a " .. type(t), 2)
  end
  return setmetatable(t or {}, Array)
end

--- Whether t is a list: marked as one, or not empty and counted from 1.
---@param t any
---@return boolean
function M.is_array(t)
  return type(t) == "table" and (t[1] ~= nil or getmetatable(t) == Array)
end

--- The number that a text of digits stands for: as a number, where the interpreter holds it
--- exactly, else marked so that it is written as these digits without quotes. nil when the text is
--- no whole number.
---@param text string
---@return integer|table|nil
function M.number(text)
  if type(text) ~= "string" then
    return nil
  end
  return compat.to_integer(text) or text:find("^%-?[1-9]%d*$") and setmetatable({ text }, Digits)
    or nil
end

-- ---- local text -----------------------------------------------------------------------------

-- lua-cjson notes the locale's decimal point when an instance is made.
local instance, made_for
local function reader()
  local point = core.json.decimal_point()
  if point ~= made_for then
    if has_long_point() then
      return nil, "not readable in a locale whose decimal point has several bytes"
    end
    instance, made_for = cjson.new(), point
    instance.decode_invalid_numbers(false)
    if instance.decode_array_with_array_mt then
      instance.decode_array_with_array_mt(true)
    end
  end
  return instance
end

local function is_exact(n)
  return n ~= nil and n > -compat.max_exact and n < compat.max_exact
end

-- Digits that lua-cjson would round, outside of strings, put in quotes.
local function keep_digits(text)
  local out, from, at = {}, 1, 1
  while true do
    local first, last, found = text:find('(["%d%-])', at)
    if not first then
      break
    elseif found == '"' then
      repeat
        first, last, found = text:find('(\\?["\\])', last + 1)
      until not first or found == '"'
      at = (last or #text) + 1
    else
      first, last, found = text:find("^(%-?[%d.eE+-]*)", first)
      if #found > 15 and found:find("^%-?[1-9]%d+$") and not is_exact(compat.to_integer(found)) then
        out[#out + 1] = text:sub(from, first - 1) .. '"' .. found .. '"'
        from = last + 1
      end
      at = last + 1
    end
  end
  return table.concat(out) .. text:sub(from)
end

-- Converts lua-cjson's numbers and nulls to those of wxlive. Returns a reason when a number was
-- rounded.
local function settle(value)
  if type(value) == "number" then
    if not is_exact(value) then
      return nil, "a number that is too large: give whole numbers as digits"
    end
    return compat.fold(value)
  elseif type(value) == "table" then
    for key, item in pairs(value) do
      local kept, wrong = settle(item)
      if wrong then
        return nil, wrong
      elseif kept == M.null and type(key) == "string" then
        kept = nil
      end
      value[key] = kept
    end
  end
  return value
end

local words = {
  T_OBJ_BEGIN = "{", T_OBJ_END = "}", T_ARR_BEGIN = "[", T_ARR_END = "]", T_STRING = "a string",
  T_NUMBER = "a number", T_BOOLEAN = "a boolean", T_NULL = "null", T_COLON = "a colon",
  T_COMMA = "a comma", T_END = "the end",
}

local function reason_of(message)
  return (tostring(message):gsub("T_[A-Z_]+", words):gsub("character", "byte")
    :gsub("^%u%l", string.lower))
end

--- Reads local JSON text. nil and a one-line reason when it is not JSON; a bare null is JSON null.
--- limits: the most bytes and the deepest nesting to accept.
---@param text string
---@param limits { max_bytes: integer?, max_depth: integer? }?
---@return any
---@return string? reason
function M.decode(text, limits)
  local most = limits and limits.max_bytes or default_bytes
  if type(text) ~= "string" then
    return nil, "a " .. type(text) .. " instead of text"
  elseif #text > most then
    return nil, ("longer than %d bytes"):format(most)
  end
  local nul = text:find("%z") -- lua-cjson would take it for the end
  if nul then
    return nil, ("a NUL character at byte %d"):format(nul)
  end
  local json, wrong = reader()
  if not json then
    return nil, wrong
  end
  text = core.text.without_bom(text)
  if text:find("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d") then
    text = keep_digits(text)
  end
  json.decode_max_depth(limits and limits.max_depth or default_depth)
  local ok, value = pcall(json.decode, text)
  if not ok then
    return nil, reason_of(value)
  end
  return settle(value)
end

-- ---- the wire -------------------------------------------------------------------------------

--- Reads what the platform or a stranger sent. nil and a one-line reason when it is not JSON.
---@type fun(text: string): any, string?
M.decode_wire = core.json.reader { list_meta = Array, depth = default_depth }

--- A decoder of answers: as decode_wire, but names come in our spelling, and what comes is held
--- against the fields that wxlive.client.contract makes ready. What falls short is the third
--- result.
---@param shape table[]
---@return fun(text: string): any, string?, table?
function M.answer_decoder(shape)
  return core.json.reader {
    list_meta = Array, depth = default_depth, names = names.memo, shape = shape,
  }
end

--- A decoder of what strangers push: as decode_wire, but names are looked up in `map`, and the text
--- must be UTF-8 without NUL; no object may hold a name twice.
---@param map table<string, string>   wire name -> ours
---@param limits { max_values: integer, max_depth: integer }
---@return fun(text: string): any, string?
function M.message_decoder(map, limits)
  return core.json.reader {
    list_meta = Array, depth = limits.max_depth, names = map, strict = limits.max_values,
  }
end

--- JSON text with keys in sorted order, so that equal values give equal bytes.
---@type fun(value: any): string?, string?
M.encode = core.json.writer {
  list_meta = Array, empty_list_meta = cjson.empty_array_mt, empty_list = cjson.empty_array,
  digits_meta = Digits,
}

--- Makes the function that checks parameters and writes them: see core/lua/params/params.c.
---@type fun(spec: table): fun(params: table, fills: table?): table, string?, string[]?, table[]?
M.compile_params = core.params.compiler(Array, Digits, cjson.empty_array)

return M
