--- Vaults: where the refresh tokens of shops and the last ticket are kept permanently.
--
-- A vault is not a cache. What it holds cannot be fetched again: a shop whose refresh token is lost
-- has to consent again. Therefore every write is on disk (or wherever the vault keeps it) before it
-- returns. wxlive seals what it puts there; see wxlive.platform.seal.
--
-- The contract, also for a table of your own. Names are 1 to 150 letters, digits and _ . : -;
-- values are text without an end of life.
--
--   vault:get(name)                 value; nil when there is none; nil, err when the vault failed
--   vault:put(name, value)          true, or nil, err
--   vault:swap(name, before, value) true; false when the value is not `before` any more (nil: when
--                                   there is one); or nil, err. Atomic among all processes
--   vault:delete(name)              whether there was one; or nil, err
--   vault:names(prefix)             a list of the names that begin so, sorted; or nil, err
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local places = require "wxlive.base.places"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

local methods = { "get", "put", "swap", "delete", "names" }

--- What a table lacks to be a vault; nil when nothing.
---@param vault any
---@return wxlive.Sentence? wrong
function M.check(vault)
  return options.lacks(vault, methods)
end

--- The names that begin so, sorted.
---@param names string[]
---@param prefix string
---@return string[]
function M.beginning(names, prefix)
  local list = tables.only(names, function(name) return name:sub(1, #prefix) == prefix end)
  table.sort(list)
  return list
end

-- The default place of a vault: where the system keeps a user's state.
local function default_location()
  local location = places.state_file("vault.db")
  if not location then
    return Error.fail {
      kind = "usage", name = "no_vault", sent = false,
      message = both("there is no place for the vault: HOME is not set",
        "保险库没有存放位置：未设置 HOME"),
      hint = "name one with vault or WXLIVE_VAULT, such as /var/lib/shop/vault.db",
      hint_zh = "请用 vault 或 WXLIVE_VAULT 指定，例如 /var/lib/shop/vault.db",
    }
  end
  return location
end

--- Opens the vault that is named: a file (SQLite) or a PostgreSQL address, through LuaDBI. Both
--- block, so inside nginx there is none by default.
---@param location string?
---@return wxlive.platform.Vault? vault
---@return wxlive.Error? err
function M.open(location)
  if compat.in_nginx() then
    return Error.fail {
      kind = "invalid", name = "invalid_options", field = "vault", sent = false,
      message = both("wxlive.platform.new: vault must be given inside nginx: a database would "
        .. "block the worker", "wxlive.platform.new：在 nginx 中须给出 vault，数据库会阻塞工作进程"),
      hint = 'give vault = require("wxlive.platform.vault.redis").new { ... }, with a Redis that '
        .. "keeps what it is given on disk (appendonly yes)",
      hint_zh = '请提供 vault = require("wxlive.platform.vault.redis").new { ... }，'
        .. "并确保 Redis 已开启持久化（appendonly yes）",
    }
  end
  local err
  if not location then
    location, err = default_location()
    if not location then
      return nil, err
    end
  end
  return require("wxlive.platform.vault.database").new(location)
end

return M
