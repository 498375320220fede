--- Checks tables of options: every problem named, unknown keys with the nearest name.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local texts = require "wxlive.text"

local M = {}

local both, compose = sentence.both, sentence.compose

local function callable(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__call ~= nil
end

--- Whether a value is of one of these types: "table|callable", or classes of wxlive's:
--- "wxlive.Ledger".
---@param wanted string
---@param value any
---@return boolean
function M.is(wanted, value)
  local class = getmetatable(value)
  class = type(class) == "table" and class.__name
  for name in wanted:gmatch("[^|]+") do
    if name == type(value) or name == class or name == "callable" and (type(value) == "function"
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
---@param required string[]?   names that must be there
---@return true? ok
---@return wxlive.Error? err
function M.check(where, options, known, required)
  if type(options) ~= "table" then
    return Error.fail {
      kind = "invalid", name = "invalid_options", sent = false,
      message = both("%s: options must be a table, not a %s", "%s：选项应为 table，而不是 %s")
        :format(where, type(options)),
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
      problems[#problems + 1] = {
        field = short, message = both("is not an option%s", "不是可用的选项%s")
          :format(suggest.question(near)),
      }
    elseif not M.is(wanted, value) then
      problems[#problems + 1] = {
        field = key, message = both("must be a %s, not a %s", "应为 %s，而不是 %s"):format(
          both((wanted:gsub("|", " or ")), (wanted:gsub("|", " 或 "))), type(value)),
      }
    end
  end
  for _, name in ipairs(required or {}) do
    if options[name] == nil then
      problems[#problems + 1] = { field = name, message = both("is missing", "未设置") }
    end
  end
  return M.report(where, problems, more)
end

--- Checks one argument of a function.
---@param where string    the function, for the message
---@param name string     of the argument
---@param wanted string   "type|type"
---@param value any
---@return true? ok
---@return wxlive.Error? err
function M.argument(where, name, wanted, value)
  if M.is(wanted, value) then
    return true
  end
  return Error.fail {
    kind = "invalid", name = "invalid_parameters", field = name, sent = false,
    message = both("%s: %s must be a %s, not a %s", "%s：%s 应为 %s，而不是 %s"):format(where, name,
      (wanted:gsub("|nil$", ""):gsub("|", " or ")), type(value)),
  }
end

--- A function that first checks its arguments. One that has no error to return raises it.
---@param where string      the function, for the message; of a method it has a colon
---@param wanted string[]   name and type of each in turn, the object of a method left out:
---  { "ledger", "wxlive.Ledger", "state", "string|nil" }
---@param work function
---@param raises boolean?
---@return function
function M.checked(where, wanted, work, raises)
  local before = where:find(":", 1, true) and 1 or 0
  return function(...)
    for i = 1, #wanted, 2 do
      local value = select(before + (i + 1) / 2, ...)
      local ok, err = M.argument(where, wanted[i], wanted[i + 1], value)
      if not ok and raises then
        error(err.message, 2)
      elseif not ok then
        return nil, err
      end
    end
    return work(...)
  end
end

--- Names the methods that an object of the caller's own must have, when it lacks one of them.
---@param object any
---@param methods string[]
---@return wxlive.Sentence? wrong
function M.lacks(object, methods)
  for _, name in ipairs(methods) do
    local ok, method = pcall(function() return object[name] end)
    if not ok or type(method) ~= "function" then
      return both("must have the methods %s; it has no %s", "应有方法 %s，但缺少 %s")
        :format(both(table.concat(methods, ", "), table.concat(methods, "、")), name)
    end
  end
end

--- Whether an object is of a class of wxlive's, and not of the caller's own.
---@param object any
---@return boolean
function M.is_ours(object)
  local class = getmetatable(object)
  return type(class) == "table" and type(class.__name) == "string"
    and class.__name:find("^wxlive%.") ~= nil
end

--- A list of problems for M.report, and a function that adds one to it.
---@return { field: string, message: string }[] problems
---@return fun(field: string, message: string) problem
function M.problems()
  local problems = {}
  return problems, function(field, message)
    problems[#problems + 1] = { field = field, message = message }
  end
end

--- nil, err when there are problems; true when there are none.
---@param where string
---@param problems { field: string, message: string|wxlive.Sentence }[]
---@param more integer?   further names that are not options
---@return true? ok
---@return wxlive.Error? err
function M.report(where, problems, more)
  if not problems[1] then
    return true
  end
  table.sort(problems, tables.by("field"))
  for _, problem in ipairs(problems) do
    sentence.split(problem)
  end
  local said = sentence.listed(problems)
  if more and more > 0 then
    said = sentence.join { said, both("%d more names are not options", "另有 %d 个名称也不是可用的选项")
      :format(more) }
  end
  return Error.fail {
    kind = "invalid", name = "invalid_options", field = problems[1].field, problems = problems,
    message = compose(where, both(": ", "："), said), sent = false,
  }
end

--- What is wrong with an option that is missing; the variable may be set instead.
---@param variable string
---@return wxlive.Sentence
function M.missing(variable)
  return both("is missing (or set %s)", "未设置（也可设置 %s）"):format(variable)
end

--- What is wrong with a text that cannot be an appid.
M.NO_APPID = both("must look like wx0123456789abcdef", "应形如 wx0123456789abcdef")

--- The problems of options in the words of settings: without the remarks in brackets, which are for
--- programs.
---@param err wxlive.Error
---@return wxlive.Sentence
function M.as_settings(err)
  local list = {}
  for i, problem in ipairs(err.problems or {}) do
    list[i] = {
      field = problem.field, message = problem.message:gsub("%s*%b()$", ""),
      message_zh = (problem.message_zh or problem.message):gsub("（.-）$", ""),
    }
  end
  return list[1] and sentence.listed(list) or sentence.of(err)
end

--- What is wrong with a secret that holds a character which no secret of the platform's console
--- has; never shows the secret itself. Files of variables for containers keep the quotes that a
--- shell takes away.
---@param secret string
---@return wxlive.Sentence?
function M.strange_in(secret)
  local what = secret:find("[\"'`]") and both("a quotation mark", "引号")
    or secret:find("%s") and both("a blank", "空白")
    or secret:find("[^\33-\126]") and both("a character beyond ASCII", "非 ASCII 字符")
  return what and both("holds %s, which the platform's console never gives: copy it without",
    "含有%s，平台后台给出的值不会有，请去掉"):format(what) or nil
end

return M
