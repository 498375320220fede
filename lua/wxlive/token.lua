--- Drives the token's state machine (core/include/wxlive/token.h): does what it asks for, with the
--- store, the fetch and the sleep that it was given, and feeds back what came of it.
--
-- The store holds the token, never the secret. Events and errors hold neither.
--
-- Bounds: one fetch at a time per store, appid, mode and host; a leader that dies is replaced after
-- LOCK_SECONDS; a failed fetch is everybody's answer for FAILURE_SECONDS; a refused token costs one
-- fetch, and a forced refresh only within the platform's ration.
local compat = require "wxlive.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local json = require "wxlive.json"

local M = {}

-- The lock outlives a fetch and its retries; a leader that dies holds the others up no longer.
local LOCK_SECONDS, FETCH_SECONDS = 15, 10

-- The platform's ration of forced refreshes: 20 a day, 30 s apart (getStableAccessToken).
local FORCED_A_DAY, FORCED_GAP = 20, 30

local FAILURE_SECONDS = 2

---@class wxlive.Tokens
local Tokens = {}
Tokens.__index = Tokens
Tokens.__name = "wxlive.Tokens"

-- Cells are shared by all clients of one store, appid, mode and host in this Lua state.
local cells = setmetatable({}, { __mode = "k" })

local function shared_cell(store, key, make)
  local of_store = cells[store]
  if not of_store then
    of_store = setmetatable({}, { __mode = "v" })
    cells[store] = of_store
  end
  local shared = of_store[key]
  if not shared then
    shared = make()
    of_store[key] = shared
  end
  return shared
end

local function emit(self, event)
  if self.hook then
    event.appid = self.appid
    self.hook(event)
  end
end

local function store_failed(self, err)
  emit(self, { event = "store_failed", error = err })
end

local kept_fields = {
  "kind", "name", "code", "class", "message", "hint", "hint_zh", "rid", "http_status", "sent",
}

-- What a failed fetch tells those who wait for it, in other processes too.
local function publish(self, err)
  local note = {}
  for _, field in ipairs(kept_fields) do
    note[field] = err[field]
  end
  local text = json.encode(note)
  if text then
    local ok, why = self.store:set(self.key .. ":failure", text, FAILURE_SECONDS)
    if not ok then
      store_failed(self, why)
    end
  end
end

local function published(self)
  local text = self.store:get(self.key .. ":failure")
  local note = text and json.decode(text)
  return type(note) == "table" and Error.new(note) or nil
end

local step = {}

function step.read(self, flight)
  local text, err = self.store:get(self.key)
  if err then
    store_failed(self, err)
  end
  local kept = text and json.decode(text)
  local now = self.now()
  local token = type(kept) == "table" and type(kept.token) == "string" and kept.token or nil
  local failure = not token and published(self) or nil
  if failure then
    self.shared.failure = failure
  end
  flight:stored(now, token, token and tonumber(kept.expires_at) or nil, failure ~= nil)
end

function step.lock(self, flight, trip)
  local owner = core.system.random(12)
  if not owner then
    flight:locked(nil)
    return
  end
  owner = owner:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  local got, err = self.store:add(self.key .. ":lock", owner, self.lock_seconds)
  if got == nil then
    store_failed(self, err)
    self.shared.failure = err
  end
  trip.owner = got and owner or nil
  flight:locked(got)
end

function step.unlock(self, _, trip)
  local ok, err = self.store:delete(self.key .. ":lock", trip.owner)
  if ok == nil then
    store_failed(self, err)
  end
end

function step.ration(self, flight)
  local gap, err = self.store:add(self.key .. ":forced-gap", "1", FORCED_GAP)
  local count
  if gap then
    local day = math.floor((self.now() + 8 * 3600) / 86400)
    count, err = self.store:incr(self.key .. ":forced:" .. compat.integer_text(day), 1, 2 * 86400)
  end
  if err then
    store_failed(self, err)
  end
  local allowed = count ~= nil and count <= FORCED_A_DAY
  self.shared.ration = gap == false and "gap" or count and "day" or "store"
  flight:rationed(allowed)
end

function step.fetch(self, flight, trip)
  local forced = flight:forced()
  local started = self.now()
  emit(self, { event = "fetch", forced = forced })
  local left = math.max(0.05, math.min(FETCH_SECONDS, trip.deadline - started))
  local answer, err = self.fetch(forced, left, trip.refused)
  local now = self.now()
  if answer and type(answer.access_token) == "string" and tonumber(answer.expires_in) then
    flight:fetched(now, answer.access_token, tonumber(answer.expires_in))
    emit(self, { event = "fetched", forced = forced, expires_in = tonumber(answer.expires_in),
      seconds = now - started })
    return
  end
  err = err or Error.new {
    kind = "token", name = "bad_token_answer", sent = true,
    message = "the answer to the token call holds no access_token",
  }
  self.shared.failure = err
  flight:fetch_failed(now)
  emit(self, { event = "fetch_failed", forced = forced, error = err })
end

function step.write(self, flight)
  local expires = self.shared.cell:expires()
  local text = json.encode {
    token = flight:token(), expires_at = math.floor(expires), fetched_at = math.floor(self.now()),
  }
  local ok, err = self.store:set(self.key, text, math.max(1, expires - self.now()))
  if not ok then
    store_failed(self, err)
  end
end

function step.publish(self)
  publish(self, self.shared.failure)
end

function step.wait(self, _, _, seconds)
  self.sleep(seconds)
end

local function copy(err)
  local out = {}
  for key, value in pairs(err) do
    out[key] = value
  end
  return Error.new(out)
end

local reasons = {
  deadline = {
    name = "token_wait_timeout",
    message = "another process or coroutine is fetching the token, and the time allowed ran out",
    hint = "raise timeout; a leader that died is replaced after " .. LOCK_SECONDS .. " s",
    hint_zh = "请调大 timeout；持锁进程若已退出，" .. LOCK_SECONDS .. " 秒后自动接替",
  },
  ration = {
    name = "forced_refresh_rationed",
    message = "the platform refuses the token that it keeps handing out, and a forced refresh is "
      .. "allowed 20 times a day, 30 s apart",
    hint = "try again in half a minute; if it goes on, another program forces refreshes for this "
      .. "appid",
    hint_zh = "请半分钟后再试；如持续出现，说明有其他程序在强制刷新该 appid 的令牌",
  },
}

local function failure_of(self, why)
  local known = reasons[why]
  if known then
    local fields = copy(known)
    fields.kind, fields.sent = "token", false
    fields.retry_after = why == "ration" and FORCED_GAP or nil
    return fields
  end
  local err = self.shared.failure
  if err then
    -- Each caller gets an object of its own: fields are added to it on its way up.
    return copy(err)
  end
  return Error.new {
    kind = "token", name = "token_refused_again", sent = false,
    message = "the platform refuses the token that it has just handed out",
    hint = "another program keeps refreshing this appid: share one token store",
    hint_zh = "有其他程序在不断刷新该 appid 的令牌，请共用令牌存储",
  }
end

local function fly(self, deadline, refused)
  local flight = self.shared.cell:flight(deadline, refused, self.random())
  local trip = { deadline = deadline, refused = refused }
  while true do
    local what, seconds = flight:next(self.now())
    if what == "use" then
      local token = flight:token()
      flight:close()
      return token
    elseif what == "fail" then
      local err = failure_of(self, flight:failure())
      flight:close()
      return nil, err
    end
    local ok, raised = pcall(step[what], self, flight, trip, seconds)
    if not ok then
      -- Whatever a user's store or provider raised: nobody must wait for this flight for ever.
      flight:close()
      error(raised, 0)
    end
  end
end

--- A token to use. Costs one comparison while it is fresh.
---@param deadline number  on now()'s clock
---@return string? token
---@return wxlive.Error? err
function Tokens:get(deadline)
  local token = self.shared.cell:peek(self.now())
  if token then
    return token
  end
  return fly(self, deadline)
end

--- The token to try after the platform refused `token`: usually one that somebody else has fetched
--- already, else a new one.
---@param token string
---@param deadline number
---@return string? token
---@return wxlive.Error? err
function Tokens:refused(token, deadline)
  emit(self, { event = "refused" })
  return fly(self, deadline, token)
end

--- When the token at hand dies (seconds since 1970); nil without one.
---@return number?
function Tokens:expires()
  return self.shared.cell:expires()
end

--- Makes the token manager of a client.
---@param o { appid: string, host: string?, mode: "stable"|"plain", store: table?,
---  fetch: fun(forced: boolean, seconds: number, refused: string?): table?, wxlive.Error?,
---  provider: (fun(refused: string?): string?, any)?, now: (fun(): number)?,
---  sleep: (fun(seconds: number))?, hook: (fun(event: table))?, random: (fun(): number)?,
---  lock_seconds: number? }
---@return wxlive.Tokens? tokens
---@return wxlive.Error? err
function M.new(o)
  local self = setmetatable({
    appid = o.appid, store = o.store, fetch = o.fetch, now = o.now or core.system.now,
    sleep = o.sleep or core.system.sleep, hook = o.hook, random = o.random or math.random,
    lock_seconds = o.lock_seconds or LOCK_SECONDS,
    key = ("token:%s:%s:%s"):format(o.mode or "stable", o.appid,
      (o.host or "-"):gsub("[^%w_.:-]", "_")):sub(1, 160),
  }, Tokens)
  if o.provider then
    self.fetch = function(_, _, refused)
      local token, life = o.provider(refused)
      if type(token) ~= "string" then
        local err = Error.is(life) and life or Error.new {
          kind = "token", name = "provider_failed", sent = false,
          message = "the token_provider gave no token"
            .. (type(life) == "string" and ": " .. life or ""),
        }
        return nil, err
      end
      -- Without a word on its life the provider is asked again each minute.
      return { access_token = token, expires_in = tonumber(life) or 360 }
    end
  end
  local function make()
    return {
      cell = core.token.cell {
        plain = o.mode == "plain", shared = not o.provider, jitter = self.random(),
        can_force = o.mode ~= "plain" and not o.provider, failure = FAILURE_SECONDS,
      },
    }
  end
  self.shared = o.provider and make() or shared_cell(o.store, self.key, make)
  return self
end

return M
