--- What a platform keeps permanently, sealed, in its vault: the last ticket, and a record of each
--- shop. Every change is an exchange of the value that was read for a new one, so that processes
--- never overwrite each other's.
--
-- A shop's record:
--   appid, refresh_token
--   former        the refresh token before, until the one above has worked
--   code, code_ends   of a consent that was announced and is not exchanged yet
--   exchanged     mark of the code that was exchanged last
--   sets          list of the permission sets that it granted; nil: not known
--   sets_at       when the platform said so, by its clock
--   user_name     gh_..., and nick_name; nil: not known
--   since         when it consented, by the platform's clock
--   gone          { code, reason, at }: the consent is over
local sealed = require "wxlive.platform.sealed"
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.platform.Records: wxlive.platform.Sealed
local Records = tables.merged(sealed)
Records.__index = Records
Records.__name = "wxlive.platform.Records"

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
  local names, err = self:names("shop:")
  if not names then
    return nil, err
  end
  for i, name in ipairs(names) do
    names[i] = name:sub(#"shop:" + 1)
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

--- Keeps a ticket, unless the vault has a newer one. The platform may push one ticket again and
--- again: each push makes it young, and one that was refused is shown again.
---@param ticket string
---@param created number   by the platform's clock
---@param at number        when it came
---@return table? record
---@return wxlive.Error? err
function Records:keep_ticket(ticket, created, at)
  return self:change("ticket", function(record)
    if record and (record.created > created
      or record.created == created and record.ticket == ticket) then
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

--- The records of a platform.
---@param vault wxlive.platform.Vault
---@param seal wxlive.platform.Seal
---@param component_appid string   platforms may share a vault
---@return wxlive.platform.Records
function M.new(vault, seal, component_appid)
  return setmetatable({ vault = vault, seal = seal, prefix = component_appid .. ":" }, Records)
end

return M
