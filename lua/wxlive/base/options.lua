--- Checks tables of options: every problem named, unknown keys with the nearest name.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local texts = require "wxlive.text"

local M = {}

local function callable(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__call ~= nil
end

--- Whether a value is of one of these types: "table|callable".
---@param wanted string
---@param value any
---@return boolean
function M.is(wanted, value)
  for name in wanted:gmatch("[^|]+") do
    if name == type(value) or name == "callable" and (type(value) == "function"
      or callable(value)) then
      return true
    end
  end
  return false
end

-- A message names the first few mistakes and counts the rest.
local MOST, NAME_MOST = 20, 60

local function short_name(key)
  local name = texts.plain(compat.text(key))
  return #name > NAME_MOST and texts.cut(name, NAME_MOST) .. "..." or name
end

--- Checks options against `known`, name -> "type|type".
---@param where string            what the options are of, for the message
---@param options any
---@param known table<string, string>
---@return true? ok
---@return wxlive.Error? err
function M.check(where, options, known)
  if type(options) ~= "table" then
    return Error.fail {
      kind = "invalid", name = "invalid_options", sent = false,
      message = ("%s: options must be a table, not a %s"):format(where, type(options)),
    }
  end
  local problems, names, more = {}, tables.keys(known), 0
  for key, value in pairs(options) do
    local wanted = known[key]
    if #problems >= MOST then
      more = more + (wanted and 0 or 1)
    elseif not wanted then
      local short = short_name(key)
      local near = short == key and suggest.nearest(key, names)
      problems[#problems + 1] = { field = short, message = "is not an option"
        .. (near and "; did you mean " .. near .. "?" or "") }
    elseif not M.is(wanted, value) then
      problems[#problems + 1] = { field = key, message = ("must be a %s, not a %s")
        :format(wanted:gsub("|", " or "), type(value)) }
    end
  end
  return M.report(where, problems, more)
end

--- Names the methods that an object of the caller's own must have, when it lacks one of them.
---@param object any
---@param methods string[]
---@return string? wrong
function M.lacks(object, methods)
  for _, name in ipairs(methods) do
    local ok, method = pcall(function() return object[name] end)
    if not ok or type(method) ~= "function" then
      return ("must have the methods %s; it has no %s"):format(table.concat(methods, ", "), name)
    end
  end
end

--- nil, err when there are problems; true when there are none.
---@param where string
---@param problems { field: string, message: string }[]
---@param more integer?   further names that are not options
---@return true? ok
---@return wxlive.Error? err
function M.report(where, problems, more)
  if not problems[1] then
    return true
  end
  table.sort(problems, function(a, b)
    return a.field < b.field
  end)
  local lines = {}
  for i, problem in ipairs(problems) do
    lines[i] = problem.field .. " " .. problem.message
  end
  if more and more > 0 then
    lines[#lines + 1] = compat.integer_text(more) .. " more names are not options"
  end
  return Error.fail {
    kind = "invalid", name = "invalid_options", field = problems[1].field, problems = problems,
    message = where .. ": " .. table.concat(lines, "; "), sent = false,
  }
end

--- Names a character that no secret of the console holds; never shows the secret itself. Files of
--- variables for containers keep the quotes that a shell takes away.
---@param secret string
---@return string|false|nil
function M.strange_in(secret)
  return secret:find("[\"'`]") and "a quotation mark" or secret:find("%s") and "a blank"
    or secret:find("[^\33-\126]") and "a character beyond ASCII"
end

return M
