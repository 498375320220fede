--- Chooses a client's default store, and checks a user's own one.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local notice = require "wxlive.base.notice"
local options = require "wxlive.base.options"
local sentence = require "wxlive.text.sentence"

local M = {}

local both = sentence.both

local methods = { "get", "set", "add", "delete", "incr" }

--- Names the methods that a table lacks to be a store (the contract is in wxlive.store.memory); nil
--- when it is one.
---@param store any
---@return wxlive.Sentence? wrong
function M.check(store)
  return options.lacks(store, methods)
end

-- What is wrong with a key, a value or a time to live. nil stands for a parameter that the
-- operation does not take; for a missing one that it does take, false or 0.
local function wrong_entry(key, value, ttl)
  if type(key) ~= "string" or not key:find("^[%w_.:-]+$") or #key > 180 then
    return "a key must be 1 to 180 letters, digits and _ . : -"
  elseif value ~= nil and type(value) ~= "string" then
    return "a value must be a string"
  elseif ttl ~= nil and (type(ttl) ~= "number" or ttl <= 0 or ttl ~= ttl) then
    return "the time to live must be above 0 seconds"
  end
end

-- Operation -> what is wrong with its arguments.
local checks = { delete = wrong_entry }

function checks.get(key)
  return wrong_entry(key)
end

function checks.set(key, value, ttl)
  return wrong_entry(key, value or false, ttl or 0)
end

checks.add = checks.set

function checks.incr(key, by, ttl)
  return wrong_entry(key, nil, ttl or 0)
    or not compat.is_integer(by) and "the step must be a whole number" or nil
end

--- nil and the error of a mistake in the call.
---@param message string
---@return nil
---@return wxlive.Error err
function M.bad(message)
  return Error.fail { kind = "invalid", name = "bad_argument", message = message }
end

--- Checks the arguments of a store's operations before its own methods get them.
---@generic T: table
---@param class T
---@return T class
function M.checked(class)
  for name, check in pairs(checks) do
    local work = class[name]
    class[name] = function(self, ...)
      local wrong = check(...)
      if wrong then
        return M.bad(wrong)
      end
      return work(self, ...)
    end
  end
  return class
end

local default

--- The default, one object per Lua state, so that its clients share a token: inside nginx the
--- shared dictionary "wxlive", elsewhere a file store, which the processes of one machine share.
--- Without either, stable tokens are kept in memory, because every process gets the same one from
--- the platform, and the operator gets a report; plain tokens are not, because each process would
--- invalidate the others' token.
---@param mode "stable"|"plain"
---@return wxlive.Store? store
---@return wxlive.Error? err
function M.default(mode)
  if default then
    return default
  end
  local store, err
  if compat.in_nginx() then
    store, err = require("wxlive.store.shdict").new("wxlive")
  else
    store, err = require("wxlive.store.file").new()
  end
  if not store and mode == "plain" then
    return nil, err
  elseif not store then
    notice.warn(sentence.read(both("every %s fetches a token of its own, because %s%s",
      "每个%s各自获取令牌，原因：%s%s"):format(
      compat.in_nginx() and both("worker", "工作进程") or both("process", "进程"), sentence.of(err),
      err.hint and both(" (%s)", "（%s）"):format(both(err.hint, err.hint_zh or err.hint)) or "")))
    store = require("wxlive.store.memory").new()
  end
  default = store
  return default
end

return M
