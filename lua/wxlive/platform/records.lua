--- What a platform remembers for good, sealed, in its vault: the last ticket, and a record of each
--- shop. Every change is an exchange of the value that was read for a new one, so that processes
--- never overwrite each other's.
--
-- A shop's record:
--   appid, refresh_token
--   former        the refresh token before, until the one above has worked
--   code, code_ends   of a consent that was announced and is not exchanged yet
--   sets          list of the permission sets that it granted; nil: not known
--   user_name     gh_..., and nick_name; nil: not known
--   since         when it consented, by the platform's clock
--   gone          { code, reason, at }: the consent is over
local Error = require "wxlive.error"
local json = require "wxlive.json"

local M = {}

-- Writers of one record at the same moment; each round one of them succeeds.
local ROUNDS = 100

local CHECK = "wxlive vault 1"

---@class wxlive.platform.Records
local Records = {}
Records.__index = Records
Records.__name = "wxlive.platform.Records"

-- Whatever a vault of one's own gives or raises, as value or error.
local function ask(self, method, ...)
  local vault = self.vault
  local ok, value, err = pcall(vault[method], vault, ...)
  if not ok then
    value, err = nil, value
  end
  if value == nil and err ~= nil and not Error.is(err) then
    err = Error.new {
      kind = "vault", name = "vault_failed", sent = false,
      message = "the vault failed: " .. tostring(err):sub(1, 200),
    }
  elseif value == nil and err == nil and method ~= "get" then
    err = Error.new {
      kind = "vault", name = "vault_failed", sent = false,
      message = ("the vault's %s gave nothing, and no reason"):format(method),
    }
  end
  if err then
    -- Nothing was sent to the platform, and the vault may be back in a moment.
    err.outcome = err.outcome or "unsent"
  end
  return value, err
end

-- Once for each process: the key must be the one that the vault was made with. In an empty vault
-- the key of the first comer is noted.
local function checked(self)
  if self.fits then
    return true
  end
  local name = self.prefix .. "key"
  for _ = 1, 2 do
    local text, err = ask(self, "get", name)
    if err then
      return nil, err
    elseif text then
      local plain
      plain, err = self.seal:open(name, text)
      if not plain then
        return nil, err
      end
      self.fits = true
      return true
    end
    text, err = self.seal:close(name, CHECK)
    if not text then
      return nil, err
    end
    local noted
    noted, err = ask(self, "swap", name, nil, text)
    if err then
      return nil, err
    elseif noted then
      self.fits = true
      return true
    end
  end
  return Error.fail { kind = "vault", name = "vault_failed", sent = false, outcome = "unsent",
    message = "the vault's first record comes and goes" }
end

--- Reads a record.
---@param name string
---@return table? record
---@return wxlive.Error? err
---@return string? text   as it lies there
function Records:read(name)
  local ok, err = checked(self)
  if not ok then
    return nil, err
  end
  local full = self.prefix .. name
  local text
  text, err = ask(self, "get", full)
  if not text then
    return nil, err
  end
  local plain
  plain, err = self.seal:open(full, text)
  if not plain then
    return nil, err
  end
  return json.decode(plain), nil, text
end

--- Changes a record: work(record or nil) gives the new one; or nil when nothing is to be changed,
--- and then it has left what it was given alone. It may be called several times.
---@param name string
---@param work fun(record: table?): table?
---@return table|false|nil record   as it is now; false: there is none
---@return wxlive.Error? err
function Records:change(name, work)
  local full = self.prefix .. name
  for _ = 1, ROUNDS do
    local record, err, text = self:read(name)
    if err then
      return nil, err
    end
    local changed = work(record)
    if changed == nil then
      return record or false
    end
    local sealed
    sealed, err = self.seal:close(full, json.encode(changed))
    if not sealed then
      return nil, err
    end
    local done
    done, err = ask(self, "swap", full, text, sealed)
    if err then
      return nil, err
    elseif done then
      return changed
    end
  end
  return Error.fail { kind = "vault", name = "vault_busy", sent = false, outcome = "unsent",
    message = ("the vault's record %s changes all the time"):format(name) }
end

--- The names of all records but the key's.
---@return string[]? names
---@return wxlive.Error? err
function Records:names()
  local ok, err = checked(self)
  local names
  if ok then
    names, err = ask(self, "names", self.prefix)
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
function Records:unseal(name, text)
  local plain, err = self.seal:open(self.prefix .. name, text)
  if not plain then
    return nil, err
  end
  return json.decode(plain)
end

-- Shops -------------------------------------------------------------------------------------------

---@param appid string
---@return table? record
---@return wxlive.Error? err
function Records:shop(appid)
  local record, err = self:read("shop:" .. appid)
  return record, err
end

--- Changes a shop's record; a new one has its appid.
function Records:change_shop(appid, work)
  return self:change("shop:" .. appid, function(record)
    return work(record or { appid = appid })
  end)
end

--- The appids of all shops that there is a record of.
---@return string[]? appids
---@return wxlive.Error? err
function Records:appids()
  local ok, err = checked(self)
  if not ok then
    return nil, err
  end
  local prefix = self.prefix .. "shop:"
  local names
  names, err = ask(self, "names", prefix)
  if not names then
    return nil, err
  end
  for i, name in ipairs(names) do
    names[i] = name:sub(#prefix + 1)
  end
  return names
end

--- The appid that an original id (gh_...) belongs to, where it is known.
function Records:appid_of(user_name)
  local record, err = self:read("name:" .. user_name)
  return record and record.appid, err
end

--- Notes whom an original id belongs to.
function Records:name_shop(user_name, appid)
  return self:change("name:" .. user_name, function(record)
    if not record or record.appid ~= appid then
      return { appid = appid }
    end
  end)
end

-- The ticket --------------------------------------------------------------------------------------

---@return { ticket: string, at: number, created: number, refused: boolean? }? ticket
---@return wxlive.Error? err
function Records:ticket()
  local record, err = self:read("ticket")
  return record, err
end

--- Keeps a ticket, unless it is older than the one at hand.
---@param ticket string
---@param created number   by the platform's clock
---@param at number        when it came
---@return table? record
---@return wxlive.Error? err
function Records:keep_ticket(ticket, created, at)
  return self:change("ticket", function(record)
    if record and (record.ticket == ticket or record.created > created) then
      return nil
    end
    return { ticket = ticket, created = created, at = at }
  end)
end

--- Notes that the platform refused a ticket, so that it is not shown again.
function Records:refuse_ticket(ticket)
  return self:change("ticket", function(record)
    if record and record.ticket == ticket and not record.refused then
      record.refused = true
      return record
    end
  end)
end

-- The key -----------------------------------------------------------------------------------------

--- Seals every record with the key that seals now: the last step of changing keys.
---@return integer? count   of the records that were sealed anew
---@return wxlive.Error? err
function Records:reseal()
  local ok, err = checked(self)
  local names
  if ok then
    names, err = ask(self, "names", self.prefix)
  end
  if not names then
    return nil, err
  end
  -- The key's own record comes last: until then a process with the former key is still told so.
  local ordered, last = {}, self.prefix .. "key"
  for _, name in ipairs(names) do
    if name ~= last then
      ordered[#ordered + 1] = name
    end
  end
  ordered[#ordered + 1] = last
  local count = 0
  for _, name in ipairs(ordered) do
    local done
    done, err = self:reseal_one(name)
    if done == nil then
      return nil, err
    end
    count = count + (done and 1 or 0)
  end
  return count
end

--- Seals one record anew, under its whole name. False when that is not needed.
function Records:reseal_one(name)
  for _ = 1, ROUNDS do
    local text, err = ask(self, "get", name)
    if not text then
      return err == nil and false or nil, err
    end
    local plain, why, old = self.seal:open(name, text)
    if not plain then
      return nil, why
    elseif not old then
      return false
    end
    local sealed
    sealed, err = self.seal:close(name, plain)
    if not sealed then
      return nil, err
    end
    local done
    done, err = ask(self, "swap", name, text, sealed)
    if done or err then
      return done, err
    end
  end
  return nil, Error.new { kind = "vault", name = "vault_busy", sent = false, outcome = "unsent",
    message = "a record of the vault changes all the time" }
end

--- The records of a platform.
---@param vault wxlive.platform.Vault
---@param seal wxlive.platform.Seal
---@param component_appid string   platforms may share a vault
---@return wxlive.platform.Records
function M.new(vault, seal, component_appid)
  return setmetatable({ vault = vault, seal = seal, prefix = component_appid .. ":" }, Records)
end

return M
