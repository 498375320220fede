--- A store in a directory, shared by the processes of one machine (see wxlive.store.memory for the
--- contract).
--
-- Entries are files of mode 0600 in a directory of mode 0700. A change replaces a file whole, under
-- a lock that the kernel gives back when a process dies. Tokens lie there in plain text: the user
-- who runs the program (and root) can read them, no other user. Secrets are never stored. The
-- directory must be on this machine: network file systems may not keep such locks.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local places = require "wxlive.base.places"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both
local stores = require "wxlive.store"

local M = {}

---@class wxlive.store.File: wxlive.Store
local File = {}
File.__index = File
File.__name = "wxlive.store.file"

-- Hints for each failure of the core, in both languages.
local hints = {
  io = {
    "name another directory, or fix its owner, mode or free space",
    "请更换目录，或检查其属主、权限与剩余空间",
  },
  timeout = {
    "look for a stopped process that uses the directory; the lock goes with its process",
    "请检查是否有使用该目录的进程被挂起；进程结束后锁会自动释放",
  },
}

local function failed(err)
  local status = err.status
  local invalid = status == "bad_argument" or status == "bad_format" or status == "limit_exceeded"
  local hint = hints[status] or {}
  return Error.fail {
    kind = invalid and "invalid" or "store", name = invalid and "bad_argument" or "store_failed",
    message = both("file store: %s", "令牌文件存储：%s"):format(reasons.of(err.message)),
    hint = hint[1], hint_zh = hint[2],
  }
end

local function give(value, err)
  if err then
    return failed(err)
  end
  return value
end

-- nil: the core reads the system's clock.
local function time(self)
  return self.clock and self.clock()
end

function File:get(key)
  return give(self.store:get(key, time(self)))
end

function File:set(key, value, ttl)
  return give(self.store:set(key, value, ttl, time(self)))
end

function File:add(key, value, ttl)
  return give(self.store:add(key, value, ttl, time(self)))
end

function File:delete(key, value)
  return give(self.store:delete(key, value, time(self)))
end

function File:incr(key, by, ttl)
  return give(self.store:incr(key, by, ttl, time(self)))
end

stores.checked(File)

--- Removes expired and damaged entries now; otherwise this happens within minutes of use.
---@return true? ok
---@return wxlive.Error? err
function File:sweep()
  return give(self.store:sweep(time(self)))
end

--- The default directory: $XDG_CACHE_HOME/wxlive, else ~/.cache/wxlive.
---@return string? directory
function M.default_directory()
  local cache = places.cache()
  return cache and cache .. "/wxlive"
end

local known = { clock = "callable", lock_timeout = "number" }

--- Opens a store; the directory is made where it is missing.
---@param directory string?  default: M.default_directory()
---@param given { clock: (fun(): number)?, lock_timeout: number? }?
---  lock_timeout: seconds that a change waits for another process's change; default 5
---@return wxlive.store.File? store
---@return wxlive.Error? err
function M.new(directory, given)
  given = given == nil and {} or given
  local ok, wrong = options.check("file store", given, known)
  if not ok then
    return nil, wrong
  end
  directory = directory or M.default_directory()
  if type(directory) ~= "string" or directory == "" or directory:find("\0", 1, true) then
    return Error.fail {
      kind = "invalid", name = "bad_argument",
      message = both("file store: there is no directory to use; none is named, and HOME is not set",
        "令牌文件存储：没有可用目录，既未指定目录，也未设置 HOME"),
      hint = "give one: require(\"wxlive.store.file\").new(\"/var/lib/shop/wxlive\")",
      hint_zh = "请指定目录，例如 require(\"wxlive.store.file\").new(\"/var/lib/shop/wxlive\")",
    }
  end
  local store, err = core.filestore.open(directory, given.lock_timeout)
  if not store then
    return failed(err)
  end
  return setmetatable({ store = store, clock = given.clock }, File)
end

return M
