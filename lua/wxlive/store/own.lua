--- A store of the caller's own: what it raises becomes an error, and what it returns is checked
--- before anyone relies on it.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both

local M = {}

-- nil and the error for what a method raised, or returned beside nil.
local function failed(method, reason)
  if Error.is(reason) then
    return nil, reason
  end
  local _, err = Error.fail {
    kind = "store", name = "store_failed",
    message = both("the %s of the store failed: %s", "存储的 %s 操作失败：%s"):format(method,
      Error.reason(reason)),
  }
  -- A plain table may say that the store has no room left.
  err.full = type(reason) == "table" and rawget(reason, "full") == true or nil
  return nil, err
end

local function unusable(method, value)
  return Error.fail {
    kind = "store", name = "store_failed",
    message = both("the %s of the store returned a %s", "存储的 %s 操作返回了 %s")
      :format(method, type(value)),
    hint = "correct the store's methods: see the page about tokens",
    hint_zh = "请修正存储对象的方法：见“令牌”一页",
  }
end

-- What each method may return. nil: the value is none of these.
local function flag(value)
  if type(value) == "boolean" then
    return value
  end
  -- Of what other stores return for "done", such as "OK" and a count.
  return (type(value) == "string" or type(value) == "number") and true or nil
end

local readers = { set = flag, add = flag, delete = flag }

function readers.get(value)
  if type(value) == "number" then
    return compat.text(value)
  end
  return type(value) == "string" and value or nil
end

function readers.incr(value)
  local number = (type(value) == "number" or type(value) == "string") and tonumber(value)
  return number and number == number and compat.fold(number) or nil
end

local Own = { __name = "wxlive.OwnStore" }
Own.__index = Own

for method, read in pairs(readers) do
  Own[method] = function(self, ...)
    local given = self.given
    local fine, value, err = pcall(given[method], given, ...)
    if not fine then
      return failed(method, value)
    elseif value == nil and (err ~= nil or method ~= "get") then
      return failed(method, err)
    elseif value == nil or value == false and method == "get" then
      return nil
    end
    local answer = read(value)
    if answer == nil then
      return unusable(method, value)
    end
    return answer
  end
end

-- Those that were given the same store share what holds it.
local held = setmetatable({}, { __mode = "kv" })

--- What is used in the place of a store that a caller gave: wxlive's own as they are.
---@param given wxlive.Store
---@return wxlive.Store
function M.hold(given)
  if options.is_ours(given) then
    return given
  end
  local own = held[given]
  if not own then
    own = setmetatable({ given = given }, Own)
    held[given] = own
  end
  return own
end

return M
