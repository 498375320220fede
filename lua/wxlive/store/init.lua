--- Which store a client uses when it is given none, and whether a user's own will do.
local compat = require "wxlive.compat"

local M = {}

local methods = { "get", "set", "add", "delete", "incr" }

--- What a table lacks to be a store (the contract is in wxlive.store.memory); nil when nothing.
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

local default

--- The default: a file store, so that the processes of one machine share one token; one object per
--- Lua state, so that its clients do too. Where no directory can be had, stable tokens are kept in
--- memory (every process gets the same one from the platform anyhow); plain tokens are not, since
--- each process would kill the others' token.
---@param mode "stable"|"plain"
---@return wxlive.Store? store
---@return wxlive.Error? err
function M.default(mode)
  if default then
    return default
  end
  if not compat.in_nginx() then
    local store, err = require("wxlive.store.file").new()
    if store then
      default = store
      return store
    elseif mode == "plain" then
      return nil, err
    end
  end
  default = require("wxlive.store.memory").new()
  return default
end

return M
