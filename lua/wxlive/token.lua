--- Drives the token's state machine (core/include/wxlive/token.h): does what it asks for, with the
--- store, the fetch and the sleep that it was given, and feeds back what came of it.
--
-- The store holds the token, never the secret. Events and errors hold neither.
--
-- Bounds: one fetch at a time per store, appid, mode and host, whatever the number of coroutines
-- and processes; one that dies fetching is replaced after lock_seconds (15); a failed fetch is
-- everybody's answer for 2 s, or 5 s when a person must act; a refused token costs one fetch, and
-- a forced one only within the platform's ration. `sleep` must yield where `fetch` does.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local failures = require "wxlive.token.failure"
local options = require "wxlive.options"
local steps = require "wxlive.token.steps"

local M = {}

-- A caller that names no deadline.
local PATIENCE = 30

-- What is known of a token whose provider does not say how long it lives.
local UNKNOWN_LIFE = 120

---@class wxlive.Tokens
local Tokens = {}
Tokens.__index = Tokens
Tokens.__name = "wxlive.Tokens"

-- What the clients of one store (or provider), appid, mode and host share in this Lua state. It
-- lives as long as one of them.
local shared_by = setmetatable({}, { __mode = "k" })

local function shared_for(owner, key, make)
  local all = shared_by[owner]
  if not all then
    all = setmetatable({}, { __mode = "v" })
    shared_by[owner] = all
  end
  if all[key] then
    return all[key]
  end
  local shared, err = make()
  all[key] = shared
  return shared, err
end

-- ---- flights ---------------------------------------------------------------------------------

-- Steps up to the fetch: what comes after it is not put off, since others wait for it.
local may_go_behind = { read = true, check = true, lock = true, fetch = true }

local fly

-- Lets the rest of a refresh ahead run beside its caller, who has a token to use meanwhile. False
-- when that cannot be had here.
local function go_on_behind(self, trip, what, a, b, c)
  local rest = { flight = trip.flight, owner = trip.owner, behind = true }
  local ok, started = pcall(self.background, function()
    fly(self, rest, what, a, b, c)
  end)
  if ok and started then
    trip.flight, trip.owner = nil, nil
    return true
  end
  trip.behind = true
  return false
end

local function travel(self, trip, what, a, b, c)
  local cell = self.shared.cell
  while true do
    if what == "use" then
      return cell:token()
    elseif what == "fail" then
      local err = steps.error_for(self, trip, a)
      -- Those who waited for this flight look only after it is over, so this is in time.
      if a ~= "shared" and a ~= "deadline" and trip.cause ~= "private" then
        self.shared.failure = failures.copy(err)
      end
      return nil, err
    elseif self.background and may_go_behind[what] and not trip.behind
      and cell:usable(self.now(), self.monotonic()) and go_on_behind(self, trip, what, a, b, c) then
      return cell:token()
    end
    steps[what](self, trip, a, b, c)
    what, a, b, c = trip.flight:next(self.now(), self.monotonic())
  end
end

-- Whatever is raised on the way (by `sleep`, say, or for want of memory), nobody is left waiting.
local function land(self, trip, ok, token, err)
  if trip.flight then
    trip.flight:close()
  end
  if not ok then
    pcall(steps.unlock, self, trip)
    error(token, 0)
  end
  return token, err
end

function fly(self, trip, what, a, b, c)
  return land(self, trip, pcall(travel, self, trip, what, a, b, c))
end

local function begin(self, deadline, refused)
  local wall, mono = self.now(), self.monotonic()
  local flight, err = self.shared.cell:flight(wall, mono,
    mono + math.max(0, (deadline or wall + PATIENCE) - wall), refused)
  if not flight then
    return Error.fail { kind = "token", name = "bad_argument", message = err.message, sent = false }
  end
  return { flight = flight, refused = refused }
end

--- A token to use. Costs one look at the cell while it is fresh.
---@param deadline number?  on now()'s clock; default: 30 s from now
---@return string? token
---@return wxlive.Error? err
function Tokens:get(deadline)
  local shared = self.shared
  local wall, mono = self.now(), self.monotonic()
  local serial = shared.cell:peek(wall, mono)
  if serial then
    if shared.serial ~= serial then
      shared.serial, shared.text = serial, shared.cell:token()
    end
    return shared.text
  end
  local trip, err = begin(self, deadline)
  if not trip then
    return nil, err
  end
  return fly(self, trip, trip.flight:next(self.now(), self.monotonic()))
end

--- The token to try after the platform refused `token`: usually one that somebody else has fetched
--- already, else a new one. One call of the user's should ask once: a token that is refused again
--- right away is a matter to report.
---@param token string
---@param deadline number?
---@return string? token
---@return wxlive.Error? err
function Tokens:refused(token, deadline)
  steps.emit(self, { event = "refused" })
  local trip, err = begin(self, deadline, token)
  if not trip then
    return nil, err
  end
  return fly(self, trip, trip.flight:next(self.now(), self.monotonic()))
end

--- When the token at hand dies (seconds since 1970); nil without one.
---@return number?
function Tokens:expires()
  return self.shared.cell:expires()
end

-- ---- making one ------------------------------------------------------------------------------

-- Long names are cut, and told apart by two sums over the whole.
local function key_for(mode, host, appid)
  local key = ("token:%s:%s:%s"):format(mode, appid, host):gsub("[^%w_.:-]", "_")
  if #key > 140 then
    local a, b = 7, 11
    for i = 1, #key do
      a = (a * 31 + key:byte(i)) % 2147483647
      b = (b * 131 + key:byte(i)) % 2147483629
    end
    key = ("%s-%d-%d"):format(key:sub(1, 115), a, b)
  end
  return key
end

-- From the operating system's generator: processes that start together must not march in step.
local function seed()
  local bytes = core.system.random(4)
  local a, b, c, d = (bytes or "wxlv"):byte(1, 4)
  return (((a * 256 + b) * 256 + c) * 256 + d) / 4294967296
end

local function from_provider(provider)
  return function(_, _, refused)
    local token, life = provider(refused)
    if type(token) ~= "string" then
      return nil, failures.from("token_provider", life)
    end
    return { access_token = token, expires_in = tonumber(life) or UNKNOWN_LIFE }
  end
end

local known = {
  appid = "string", host = "string", mode = "string", store = "table|userdata|boolean",
  fetch = "callable", provider = "callable", now = "callable", monotonic = "callable",
  sleep = "callable", hook = "callable|boolean", random = "callable", background = "callable",
  lock_seconds = "number", fetch_seconds = "number", wait_seconds = "number",
}

--- Makes the token manager of a client. Managers of the same store (or provider), appid, mode and
--- host share what they know.
---@class wxlive.TokenOptions
---@field appid string
---@field mode ("stable"|"plain")?     default: stable
---@field host string?                 of the platform, so that a sandbox's token stays its own
---@field store wxlive.Store?          needed unless there is a provider
---@field fetch (fun(forced: boolean, seconds: number): table?, wxlive.Error?)?
---@field provider (fun(refused: string?): string?, any)?  token, seconds it lives | nil, why
---@field now (fun(): number)?         seconds since 1970
---@field monotonic (fun(): number)?   default: the system's, or `now` when that is the user's own
---@field sleep (fun(seconds: number))?
---@field hook (fun(event: table))?    is told what happens; see M.emit in wxlive.token.steps
---@field random (fun(): number)?      in [0, 1)
---@field background (fun(job: fun()): boolean)?  runs a job beside its caller; false: it cannot
---@field lock_seconds number?         how long a lock outlives one that died with it; default 15
---@field fetch_seconds number?        how long a fetch may take, below lock_seconds; default 10
---@field wait_seconds number?         the first wait for somebody else's fetch; default 0.05
---@param o wxlive.TokenOptions
---@return wxlive.Tokens? tokens
---@return wxlive.Error? err
function M.new(o)
  local ok, err = options.check("token", o, known)
  if not ok then
    return nil, err
  end
  local mode = o.provider and "provider" or o.mode or "stable"
  local owner = o.provider or o.store
  if not owner or not (o.provider or o.fetch) or not o.appid then
    return Error.fail { kind = "invalid", name = "invalid_options", sent = false,
      message = "token: appid is needed, and either provider or both store and fetch" }
  end
  local now = o.now or core.system.now
  local self = setmetatable({
    appid = o.appid, mode = mode, store = o.store, now = now,
    -- An injected clock stands for both.
    monotonic = o.monotonic or now == core.system.now and core.system.monotonic or now,
    fetch = o.provider and from_provider(o.provider) or o.fetch,
    sleep = o.sleep or core.system.sleep, hook = o.hook, background = o.background,
    key = key_for(mode, o.host or "-", o.appid),
  }, Tokens)
  self.shared, err = shared_for(owner, self.key, function()
    local cell, why = core.token.cell {
      mode = mode, seed = (o.random or seed)(), lock = o.lock_seconds,
      fetch = o.fetch_seconds, wait = o.wait_seconds,
    }
    return cell and { cell = cell }, why
  end)
  if not self.shared then
    return Error.fail { kind = "invalid", name = "invalid_options", sent = false,
      message = "token: " .. err.message }
  end
  return self
end

return M
