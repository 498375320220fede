--- A store in a directory, shared by the processes of one machine (see wxlive.store.memory for the
--- contract). Entries are files of mode 0600 in a directory of mode 0700; a change replaces a file
--- whole under a lock that the kernel gives back when a process dies.
local core = require "wxlive.core"
local Error = require "wxlive.error"

local M = {}

---@class wxlive.store.File: wxlive.Store
local File = {}
File.__index = File
File.__name = "wxlive.store.file"

local function failed(err)
  local invalid = err.status == "bad_argument" or err.status == "bad_format"
    or err.status == "limit_exceeded"
  return Error.fail {
    kind = invalid and "invalid" or "store", name = invalid and "bad_argument" or "store_failed",
    message = "file store: " .. err.message,
    hint = not invalid and "give another directory, or mend its owner, mode or free space" or nil,
    hint_zh = not invalid and "请更换目录，或检查其属主、权限与剩余空间" or nil,
  }
end

local function give(value, err)
  if err then
    return failed(err)
  end
  return value
end

function File:get(key)
  return give(self.store:get(key, self.clock and self.clock()))
end

function File:set(key, value, ttl)
  return give(self.store:set(key, value, ttl or 0, self.clock and self.clock()))
end

function File:add(key, value, ttl)
  return give(self.store:add(key, value, ttl or 0, self.clock and self.clock()))
end

function File:delete(key, value)
  return give(self.store:delete(key, value, self.clock and self.clock()))
end

function File:incr(key, by, ttl)
  return give(self.store:incr(key, by, ttl or 0, self.clock and self.clock()))
end

--- Where stores live when nobody says: $XDG_CACHE_HOME/wxlive, else ~/.cache/wxlive.
---@return string? directory
function M.default_directory()
  local cache = os.getenv("XDG_CACHE_HOME")
  if cache and cache:sub(1, 1) == "/" then
    return cache .. "/wxlive"
  end
  local home = os.getenv("HOME")
  if home and home:sub(1, 1) == "/" then
    return home .. "/.cache/wxlive"
  end
end

--- Opens a store; the directory is made where it is missing.
---@param directory string?                 default: M.default_directory()
---@param options { clock: fun(): number }?
---@return wxlive.store.File? store
---@return wxlive.Error? err
function M.new(directory, options)
  directory = directory or M.default_directory()
  if type(directory) ~= "string" or directory == "" or directory:find("%z") then
    return Error.fail {
      kind = "invalid", name = "bad_argument",
      message = "file store: there is no directory to use; HOME is not set",
      hint = "give one: require(\"wxlive.store.file\").new(\"/var/lib/shop/wxlive\")",
      hint_zh = "请指定目录，例如 require(\"wxlive.store.file\").new(\"/var/lib/shop/wxlive\")",
    }
  end
  local store, err = core.filestore.open(directory)
  if not store then
    return failed(err)
  end
  return setmetatable({ store = store, clock = options and options.clock }, File)
end

return M
