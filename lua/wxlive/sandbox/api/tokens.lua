--- Access tokens: who holds which, until when, and why one is refused.
--
-- Plain tokens: a new one replaces the former, which works for another five minutes. Stable tokens:
-- every caller gets the same one until its last five minutes; then the next one is given out, and
-- both work. A forced refresh invalidates the former at once, and is rationed. Tokens of a
-- third-party platform ("component") and of shops for it ("authorizer") replace the former as plain
-- ones do.
local refuse = require("wxlive.sandbox.server.refusal").refuse

local LIFE = 7200
local OVERLAP = 300
local FORCED_PER_DAY, FORCED_GAP = 20, 30

local Tokens = {}
Tokens.__index = Tokens

local M = {}

function M.new(platform)
  local self = setmetatable({ platform = platform }, Tokens)
  self:clear()
  return self
end

function Tokens:clear()
  self.known = {}    -- token -> record
  self.current = {}  -- "appid kind" -> record
  self.fetches = {}  -- appid -> how often each kind was asked for
end

function Tokens:restore(record)
  self.known[record.token] = record
  if record.current then
    self.current[record.appid .. " " .. record.kind] = record
  end
end

function Tokens:save(record)
  self.platform.store:put(record.appid, "token", record.token, record)
end

-- Makes a token the current one of its kind. The former dies at `former_dies`.
function Tokens:issue(appid, kind, former_dies)
  local platform, slot = self.platform, appid .. " " .. kind
  local former = self.current[slot]
  if former then
    former.current = nil
    former.replaced = math.min(former.replaced or former_dies, former_dies)
    self:save(former)
  end
  local record = {
    -- a number, an underscore and many characters, as in real tokens
    token = ("%d_%s"):format(80 + platform.random:upto(19), platform.random:word(133)),
    appid = appid, kind = kind, expires = platform:now() + LIFE, current = true,
  }
  self.known[record.token], self.current[slot] = record, record
  self:save(record)
  return record
end

local function answer(record, now)
  return { access_token = record.token, expires_in = record.expires - now }
end

function Tokens:counted(appid, what)
  local fetches = self.fetches[appid] or { plain = 0, stable = 0, forced = 0 }
  self.fetches[appid] = fetches
  fetches[what] = (fetches[what] or 0) + 1
end

--- /cgi-bin/token
function Tokens:plain(account)
  local now = self.platform:now()
  self:counted(account.appid, "plain")
  return answer(self:issue(account.appid, "plain", now + OVERLAP), now)
end

--- A new token of a third-party platform, or of a shop for it.
---@param appid string
---@param kind "component"|"authorizer"
---@return string token
---@return integer seconds
function Tokens:of_component(appid, kind)
  local now = self.platform:now()
  self:counted(appid, kind)
  local record = self:issue(appid, kind, now + OVERLAP)
  return record.token, record.expires - now
end

-- Whether the ration allows a forced refresh; takes one when it does.
local function take_forced(account, now, day)
  local ration = account:note_of("forced")
  local used = ration.day == day and ration.used or 0
  if used >= FORCED_PER_DAY or (ration.at and now - ration.at < FORCED_GAP) then
    return false
  end
  account:set_note("forced", { day = day, used = used + 1, at = now })
  return true
end

--- /cgi-bin/stable_token. When the ration is spent, a forced refresh acts as an unforced one.
function Tokens:stable(account, force)
  local now = self.platform:now()
  local appid = account.appid
  local record = self.current[appid .. " stable"]
  self:counted(appid, force and "forced" or "stable")
  if force and take_forced(account, now, (self.platform:periods())) then
    return answer(self:issue(appid, "stable", now), now)
  end
  if not record or record.expires - now <= OVERLAP then
    record = self:issue(appid, "stable", record and record.expires or now)
  end
  return answer(record, now)
end

--- What is known of a token that is good now: appid, kind.
---@return table record
function Tokens:open(token)
  local now = self.platform:now()
  if not token or token == "" then
    refuse(41001, "no access_token in the query")
  end
  local record = self.known[token]
  if not record then
    if #token < 32 or token:find("[^%w_-]") then
      refuse(40014, "the access_token is not in the form of one")
    end
    refuse(40001, "this access_token was never issued here")
  end
  if now >= record.expires then
    refuse(42001, "the access_token has expired")
  end
  if record.replaced and now >= record.replaced then
    refuse(40001, "the access_token was replaced by a newer one")
  end
  return record
end

--- Fault: the token expires now.
function Tokens:expire(token)
  local record = token and self.known[token]
  if record then
    record.expires = math.min(record.expires, self.platform:now())
    self:save(record)
  end
end

--- Fault: another process has fetched a token of the same kind, and this one is dead.
function Tokens:steal(token)
  local record = token and self.known[token]
  if record then
    self:issue(record.appid, record.kind, self.platform:now())
  end
end

return M
