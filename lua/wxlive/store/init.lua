--- Chooses a client's default store, and checks a user's own one.
local compat = require "wxlive.base.compat"
local notice = require "wxlive.base.notice"

local M = {}

local methods = { "get", "set", "add", "delete", "incr" }

--- Names the methods that a table lacks to be a store (the contract is in wxlive.store.memory); nil
--- when it is one.
---@param store any
---@return string? wrong
function M.check(store)
  for _, name in ipairs(methods) do
    local ok, method = pcall(function() return store[name] end)
    if not ok or type(method) ~= "function" then
      return ("must have the methods %s; it has no %s"):format(table.concat(methods, ", "), name)
    end
  end
end

--- Says what is wrong with a key, a value or a time to live; nil when all are right. Pass nil for
--- parameters that the operation does not take; for a missing one that it does take, pass false or
--- 0.
---@param key any
---@param value any
---@param ttl any
---@return string? wrong
function M.wrong_entry(key, value, ttl)
  if type(key) ~= "string" or not key:find("^[%w_.:-]+$") or #key > 180 then
    return "a key must be 1 to 180 letters, digits and _ . : -"
  elseif value ~= nil and type(value) ~= "string" then
    return "a value must be a string"
  elseif ttl ~= nil and (type(ttl) ~= "number" or ttl <= 0 or ttl ~= ttl) then
    return "the time to live must be above 0 seconds"
  end
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
    notice.warn(("every %s fetches a token of its own, because %s%s"):format(
      compat.in_nginx() and "worker" or "process", err.message,
      err.hint and " (" .. err.hint .. ")" or ""))
    store = require("wxlive.store.memory").new()
  end
  default = store
  return default
end

return M
