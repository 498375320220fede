--- Records in a vault: sealed, and changed by an exchange of the value that was read for a new one.
local Error = require "wxlive.error"
local json = require "wxlive.json"
local both = require("wxlive.text.sentence").both

-- How often a change is tried: of the processes that change one record at a time, one succeeds in
-- each round.
local ROUNDS = 100

local CHECK = "wxlive vault 1"

---@class wxlive.platform.Sealed
---@field vault wxlive.platform.Vault
---@field seal wxlive.platform.Seal
---@field prefix string   of all names: platforms may share a vault
local Sealed = {}

local TRY_AGAIN = "other processes are writing it; try again shortly"
local TRY_AGAIN_ZH = "其他进程正在写入，请稍后重试"

-- Calls the vault; what it raises, or returns against the contract, becomes an error.
local function ask(self, method, ...)
  local vault = self.vault
  local ok, value, err = pcall(vault[method], vault, ...)
  if not ok then
    value, err = nil, value
  end
  if value == nil and err ~= nil and not Error.is(err) then
    err = Error.new {
      kind = "vault", name = "vault_failed", sent = false,
      message = both("the vault failed: %s", "保险库出错：%s"):format(tostring(err):sub(1, 200)),
    }
  elseif value == nil and err == nil and method ~= "get" then
    err = Error.new {
      kind = "vault", name = "vault_failed", sent = false,
      message = both("the vault's %s gave nothing, and no reason",
        "保险库的 %s 没有返回结果，也没有给出原因"):format(method),
    }
  end
  if err then
    -- Nothing was sent to the platform, and the vault may be back in a moment.
    err.outcome = err.outcome or "unsent"
  end
  return value, err
end

-- Reads a text by its whole name; nil without an error where there is none.
---@return string? plain
---@return wxlive.Error? err
---@return string? text    as it lies there
---@return boolean? old    it was sealed with another key than the one that seals now
local function open(self, full)
  local text, err = ask(self, "get", full)
  if not text then
    return nil, err
  end
  local plain, why, old = self.seal:open(full, text)
  return plain, why, text, old
end

-- Puts what make(plain, old) gives in the place of a text; nothing where that is nil. It may be
-- called several times.
---@return boolean? changed
---@return wxlive.Error? err
local function exchange(self, full, make)
  for _ = 1, ROUNDS do
    local plain, err, text, old = open(self, full)
    if err then
      return nil, err
    end
    local new = make(plain, old)
    if not new then
      return false
    end
    local sealed
    sealed, err = self.seal:close(full, new)
    if not sealed then
      return nil, err
    end
    local done
    done, err = ask(self, "swap", full, text, sealed)
    if done or err then
      return done, err
    end
  end
  return Error.fail { kind = "vault", name = "vault_busy", sent = false, outcome = "unsent",
    message = both("the vault's record %s changes all the time", "保险库记录 %s 一直在变动")
      :format(full:sub(#self.prefix + 1)), hint = TRY_AGAIN, hint_zh = TRY_AGAIN_ZH }
end

local function check_text(there)
  return not there and CHECK or nil
end

-- Checks, once in each process, that the key is the one that the vault was made with. An empty
-- vault records the key of its first user.
local function checked(self)
  if not self.fits then
    local noted, err = exchange(self, self.prefix .. "key", check_text)
    if noted == nil then
      return nil, err
    end
    self.fits = true
  end
  return true
end

--- Reads a record.
---@param name string
---@return table? record
---@return wxlive.Error? err
---@return string? text   as it lies there
function Sealed:read(name)
  local ok, err = checked(self)
  if not ok then
    return nil, err
  end
  local plain, why, text = open(self, self.prefix .. name)
  if not plain then
    return nil, why
  end
  return json.decode(plain), nil, text
end

--- Changes a record: work(record or nil) returns the new one; or nil to change nothing, and then it
--- must not have changed its argument. It may be called several times.
---@param name string
---@param work fun(record: table?): table?
---@return table|false|nil record   as it is now; false: there is none
---@return wxlive.Error? err
function Sealed:change(name, work)
  local ok, err = checked(self)
  local record
  if ok then
    ok, err = exchange(self, self.prefix .. name, function(plain)
      record = plain and json.decode(plain)
      local changed = work(record)
      record = changed or record
      return changed and assert(json.encode(changed))
    end)
  end
  if ok == nil then
    return nil, err
  end
  return record or false
end

--- The names of the records that begin so; the key's is not among them.
---@param beginning string?   all when left out
---@return string[]? names
---@return wxlive.Error? err
function Sealed:names(beginning)
  local ok, err = checked(self)
  local names
  if ok then
    names, err = ask(self, "names", self.prefix .. (beginning or ""))
  end
  if not names then
    return nil, err
  end
  local list = {}
  for _, name in ipairs(names) do
    local own = name:sub(#self.prefix + 1)
    if own ~= "key" then
      list[#list + 1] = own
    end
  end
  return list
end

--- Opens a sealed record that lies elsewhere, in a backup.
---@return table? record
---@return wxlive.Error? err
function Sealed:unseal(name, text)
  local plain, err = self.seal:open(self.prefix .. name, text)
  if not plain then
    return nil, err
  end
  return json.decode(plain)
end

-- Of a text that another key has sealed: that it is sealed again.
local function again(plain, old)
  return old and plain or nil
end

--- Seals every record with the key that seals now: the last step of changing keys.
---@return integer? count   of the records that were sealed again
---@return wxlive.Error? err
function Sealed:reseal()
  local names, err = self:names()
  if not names then
    return nil, err
  end
  -- The record of the key comes last: while it names the old key, an interrupted run can be
  -- repeated with both keys.
  names[#names + 1] = "key"
  local count = 0
  for _, name in ipairs(names) do
    local done
    done, err = exchange(self, self.prefix .. name, again)
    if done == nil then
      return nil, err
    end
    count = count + (done and 1 or 0)
  end
  return count
end

return Sealed
