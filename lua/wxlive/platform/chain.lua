--- The chain of tokens: ticket -> component_access_token -> a shop's authorizer_access_token.
--
-- Both tokens are those of wxlive.token (one fetch in flight for all coroutines, workers, processes
-- and machines that share the store; renewal ahead; a refused one is replaced once); this file is
-- what fetches them. Neither knows a forced refresh.
--
-- A shop's refresh token may change with every fetch. The new one is committed to the vault before
-- the fetched token is handed out, and the former one is kept until the new one has worked. Where
-- an answer was lost (the process was killed between answer and commit, say) and neither works, the
-- platform is asked for the current one (get_authorizer_info): no shop is lost that way.
local core = require "wxlive.core"
local errors = require "wxlive.platform.errors"

local calls = require("wxlive.catalogue").component.by_name

local M = {}

-- The platform pushes a ticket every 10 minutes, and one lives 12 hours.
local TICKET_LATE, TICKET_LIFE = 30 * 60, 12 * 3600

-- How often a shop's refresh token is asked for in one fetch.
local LOOKS = 3

-- Seconds between two reports of a late ticket by one process.
local REPORT_AGAIN = 600

---@class wxlive.platform.Chain
local Chain = {}
Chain.__index = Chain
Chain.__name = "wxlive.platform.Chain"

-- The ticket --------------------------------------------------------------------------------------

--- The state of the ticket. A late one is reported.
---@return { at: number, age: number, late: boolean, refused: boolean, ends_in: number }|false|nil
---  status   false: none has ever come
---@return wxlive.Error? err
function Chain:ticket_status()
  local ticket, err = self.records:ticket()
  if err then
    return nil, err
  elseif not ticket then
    return false
  end
  local age = math.max(0, self.base.clock.now() - ticket.created)
  local status = {
    at = ticket.at, age = age, late = age > TICKET_LATE, refused = ticket.refused or false,
    ends_in = math.max(0, TICKET_LIFE - age),
  }
  if status.late then
    local now = core.system.monotonic()
    if now >= (self.report_at or 0) then
      self.report_at = now + REPORT_AGAIN
      self.emit("ticket", { event = "late", age = age, ends_in = status.ends_in })
    end
  end
  return status
end

--- Fetches the component's token: for wxlive.token.
---@param seconds number
---@return table? answer
---@return wxlive.Error? err
function Chain:fetch_component(seconds)
  local deadline = core.system.monotonic() + seconds
  for _ = 1, 2 do
    local ticket, err = self.records:ticket()
    if err then
      return nil, err
    elseif not ticket then
      return nil, errors.no_ticket()
    elseif ticket.refused then
      return nil, errors.ticket_awaited(self.base.clock.now() - ticket.created)
    end
    self:ticket_status()
    local answer
    answer, err = self.base:call(calls.get_component_token,
      { component_verify_ticket = ticket.ticket },
      { timeout = math.max(0.1, deadline - core.system.monotonic()) })
    if answer then
      return { access_token = answer.component_access_token, expires_in = answer.expires_in }
    elseif not errors.asks_for_ticket(err) then
      return nil, err
    end
    -- The platform is not asked again with this ticket; a newer one may have come since.
    local noted, why = self.records:refuse_ticket(ticket.ticket)
    if noted == nil then
      return nil, why
    end
    self.emit("ticket", { event = "refused", age = self.base.clock.now() - ticket.created,
      error = err })
  end
  return nil, errors.ticket_awaited(0)
end

-- A shop ------------------------------------------------------------------------------------------

--- Notes that a refresh token has worked, and which one came with the answer.
---@param appid string
---@param used string
---@param new string?
---@return table|false|nil record
---@return wxlive.Error? err
function Chain:rotated(appid, used, new)
  new = new and new ~= "" and new or used
  return self.records:change_shop(appid, function(record)
    if record.refresh_token == new and used == new and not record.former and not record.gone then
      return nil
    elseif record.refresh_token == nil or record.refresh_token == used
      or record.former == used then
      record.refresh_token, record.former = new, used ~= new and used or nil
    elseif record.refresh_token ~= new then
      -- Another consent was recorded meanwhile: its refresh token stays the current one.
      record.former = new
    end
    record.gone = nil
    return record
  end)
end

-- Fetches with one refresh token.
local function fetch_with(self, appid, refresh_token, deadline)
  local answer, err = self.base:call(calls.get_authorizer_token,
    { authorizer_appid = appid, authorizer_refresh_token = refresh_token },
    { timeout = math.max(0.1, deadline - core.system.monotonic()) })
  if not answer then
    return nil, err
  end
  local kept
  kept, err = self:rotated(appid, refresh_token, answer.authorizer_refresh_token)
  if kept == nil then
    return nil, err
  end
  return { access_token = answer.authorizer_access_token, expires_in = answer.expires_in }
end

-- Fetches with the refresh tokens of the record, then with the one that the platform names.
local function fetch_with_any(self, appid, record, deadline)
  local tried, err = {}, nil
  local function try(refresh_token)
    if not refresh_token or tried[refresh_token] then
      return nil
    end
    tried[refresh_token] = true
    local answer
    answer, err = fetch_with(self, appid, refresh_token, deadline)
    return answer
  end
  for _, name in ipairs { "refresh_token", "former" } do
    local answer = try(record and record[name])
    if answer or err and not errors.is_bad_refresh_token(err) then
      return answer, err, tried
    end
  end
  -- Only get_authorizer_info says whether the shop still consents. If it does, the refused refresh
  -- token was replaced by an answer that got lost, maybe just now: the platform names the new one.
  for _ = 1, LOOKS do
    local info, why = self.consents:look_up(appid, deadline - core.system.monotonic())
    if not info then
      return nil, why, tried
    end
    local given = info.refresh_token
    if not given or tried[given] then
      break
    end
    local answer = try(given)
    if answer or not errors.is_bad_refresh_token(err) then
      return answer, err, tried
    end
  end
  if err then
    return nil, errors.refresh_token_unsettled(appid, err), tried
  end
  return nil, errors.unknown_shop(appid), tried
end

--- Fetches a shop's token: for wxlive.token.
---@param appid string
---@param seconds number
---@return table? answer
---@return wxlive.Error? err
function Chain:fetch_shop(appid, seconds)
  local deadline = core.system.monotonic() + seconds
  self:ticket_status()
  for _ = 1, 2 do
    local record, err = self.records:shop(appid)
    if err then
      return nil, err
    elseif record and record.gone then
      return nil, errors.gone(appid, record.gone)
    end
    local answer, tried
    if record and record.code then
      answer, err = self.consents:exchange(record.code, appid, deadline - core.system.monotonic())
      if answer and answer.access_token then
        return answer
      elseif not answer and not errors.is_spent_code(err) then
        return nil, err
      end
      record, err = self.records:shop(appid)
      if err then
        return nil, err
      end
    end
    answer, err, tried = fetch_with_any(self, appid, record, deadline)
    if answer or not errors.is_consent_over(err) then
      return answer, err
    elseif not record then
      return nil, errors.unknown_shop(appid)
    end
    local gone
    gone, err = self.consents:withdraw(appid, err, { tried = tried })
    if gone == nil then
      return nil, err
    elseif gone and gone.gone then
      return nil, errors.gone(appid, gone.gone)
    end
    -- The shop has consented again meanwhile.
  end
  return nil, errors.unknown_shop(appid)
end

--- The chain of a platform.
---@param base wxlive.Broadcast   calls in the component's name
---@param records wxlive.platform.Records
---@param emit fun(hook: string, event: table)
---@return wxlive.platform.Chain
function M.new(base, records, emit)
  return setmetatable({ base = base, records = records, emit = emit }, Chain)
end

return M
