--- Drives the token's state machine (core/include/wxlive/token.h): performs each action that it
--- asks for, with the given store, fetch and sleep, and reports the result back to it.
--
-- The store holds the token, never the secret. Events and errors hold neither.
--
-- Bounds: one fetch at a time per store, appid, mode and host, whatever the number of coroutines
-- and processes; at most 48 a second per store and host, whatever the number of appids
-- (wxlive.token.pace); one that dies fetching is replaced at once where the system knows that it is
-- dead, else when a waiting caller has spent half of its time (plain tokens: after lock_seconds); a
-- failed fetch is everybody's answer for 2 s, or 5 s when a person must act; a refused token costs
-- one fetch, and a forced one only within the platform's ration. `sleep` must yield where `fetch`
-- does.
--
-- With `background`, a refresh ahead runs there, beside its caller, who goes on. Where such a job
-- outlives its caller (`detached`: a timer of nginx), every refresh does, and the caller only
-- waits: one that is ended half-way (its client leaves, for example) takes nothing along that
-- others wait for.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local failures = require "wxlive.token.failure"
local notice = require "wxlive.base.notice"
local options = require "wxlive.base.options"
local pace = require "wxlive.token.pace"
local both = require("wxlive.text.sentence").both
local actions = require "wxlive.token.actions"
local random = require "wxlive.base.random"

local M = {}

-- The deadline of a caller that names none, in seconds.
local PATIENCE = 30

-- The lifetime of a token whose provider does not name one, in seconds.
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

local fly, begin

-- The actions up to the fetch may be left to a job; later ones may not, because other callers wait
-- for them.
local may_be_handed_over = { read = true, check = true, lock = true, take = true, fetch = true }

local function may_run_beside(self, trip, what)
  return self.background and may_be_handed_over[what] and not trip.beside
    and (self.detached or self.shared.cell:usable(self.now(), self.monotonic()))
end

-- Leaves the rest of a flight to a background job. Returns false when there is no background. A job
-- that never runs delays no caller: see wxl_token_adjourn.
local function hand_over(self, trip, what, a, b, c)
  local rest = {
    flight = trip.flight, refused = trip.refused, began = trip.began, owner = trip.owner,
    holder = trip.holder, beside = true,
  }
  rest.flight:adjourn(self.now(), self.monotonic(), true)
  local ok, started = pcall(self.background, function(cancelled)
    if cancelled then
      rest.flight:close()
      return
    end
    local landed, token, err = pcall(fly, self, rest, what, a, b, c)
    rest.err = not landed and failures.from("token_fetch", token) or err
    if not landed then
      error(token, 0)
    end
  end)
  trip.beside = true  -- only once: the caller itself does the later actions
  if ok and started then
    trip.job, trip.owner = rest, nil
    return true
  end
  trip.flight:adjourn(self.now(), self.monotonic(), false)
  return false
end

-- After the hand-over, the flight's own caller waits like the others.
local function follow(self, trip)
  local flight, err = begin(self, trip.deadline, trip.refused)
  trip.flight = flight
  return flight ~= nil, err
end

local function failed(self, trip, reason)
  local err = actions.error_for(self, trip, reason)
  -- In time: callers that wait for this flight look after it has ended.
  if reason ~= "shared" and reason ~= "deadline" and trip.cause ~= "private" then
    actions.keep_failure(self, failures.copy(err))
  end
  return nil, err
end

local function travel(self, trip, what, a, b, c)
  local cell = self.shared.cell
  while true do
    if what == "use" then
      return cell:token()
    elseif what == "fail" then
      return failed(self, trip, a)
    elseif may_run_beside(self, trip, what) and hand_over(self, trip, what, a, b, c) then
      local ok, err = follow(self, trip)
      if not ok then
        return nil, err
      end
    else
      actions[what](self, trip, a, b, c)
    end
    local why = trip.stop or trip.job and trip.job.err
    if why then
      return nil, failures.copy(why)
    end
    what, a, b, c = trip.flight:next(self.now(), self.monotonic())
  end
end

-- If anything raises on the way (`sleep`, for example, or a lack of memory), no caller is left
-- waiting.
local function land(self, trip, ok, token, err)
  if trip.flight then
    trip.flight:close()
  end
  if not ok then
    pcall(actions.unlock, self, trip)
    error(token, 0)
  end
  return token, err
end

function fly(self, trip, what, a, b, c)
  return land(self, trip, pcall(travel, self, trip, what, a, b, c))
end

-- deadline: on monotonic()'s clock.
function begin(self, deadline, refused)
  local flight, err = self.shared.cell:flight(self.now(), self.monotonic(), deadline, refused)
  if not flight then
    return Error.fail { kind = "token", name = "bad_argument", message = err.message, sent = false }
  end
  return flight
end

local function start(self, deadline, refused)
  local wall, mono = self.now(), self.monotonic()
  local trip = {
    deadline = mono + math.max(0, (deadline or wall + PATIENCE) - wall), refused = refused,
    began = mono,
  }
  local err
  trip.flight, err = begin(self, trip.deadline, refused)
  if not trip.flight then
    return nil, err
  end
  return fly(self, trip, trip.flight:next(self.now(), self.monotonic()))
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
  return start(self, deadline)
end

--- The token to try after the platform refused `token`: usually one that another caller has fetched
--- already, else a new one. Ask once in each call of the user: if the platform refuses the new
--- token as well, report that.
---@param token string
---@param deadline number?
---@return string? token
---@return wxlive.Error? err
function Tokens:refused(token, deadline)
  actions.emit(self, { event = "refused" })
  return start(self, deadline, token)
end

--- Takes a token that came by another way than a fetch, such as with a shop's consent: callers that
--- have none that works find it in the store.
---@param token string
---@param life number   seconds
function Tokens:adopt(token, life)
  actions.keep(self, {}, token, self.now() + life)
end

--- When the current token ends (seconds since 1970); nil without one.
---@return number?
function Tokens:expires()
  return self.shared.cell:expires()
end

-- ---- making one ------------------------------------------------------------------------------

-- Long names are cut; two checksums over the whole name keep them distinct.
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

local function from_provider(provider)
  return function(_, _, refused)
    local token, life = provider(refused)
    if type(token) ~= "string" then
      return nil, failures.from("token_provider", life)
    end
    return { access_token = token, expires_in = tonumber(life) or UNKNOWN_LIFE }
  end
end

-- The tokens of a third-party platform and of its shops are replaced by a fetch, as plain ones are.
local cell_modes = { component = "plain", authorizer = "plain" }

local known = {
  appid = "string", host = "string", mode = "string", store = "table|userdata|boolean",
  fetch = "callable", provider = "callable", now = "callable", monotonic = "callable",
  sleep = "callable", hook = "callable|boolean", random = "callable", background = "callable",
  boot = "callable", notice = "callable", detached = "boolean",
  lock_seconds = "number", fetch_seconds = "number", wait_seconds = "number",
}

--- Makes the token manager of a client. Managers of the same store (or provider), appid, mode and
--- host share one cell.
---@class wxlive.TokenOptions
---@field appid string
---@field mode ("stable"|"plain"|"component"|"authorizer")?     default: stable
---@field host string?                 of the platform, so that a sandbox's token stays its own
---@field store wxlive.Store?          needed unless there is a provider
---@field fetch (fun(forced: boolean, seconds: number): table?, wxlive.Error?)?
---@field provider (fun(refused: string?): string?, any)?  token, seconds it lives | nil, why
---@field now (fun(): number)?         seconds since 1970
---@field monotonic (fun(): number)?   default: the system's, or `now` when that is the user's own
---@field sleep (fun(seconds: number))?
---@field hook (fun(event: table))?    is told what happens; see M.emit in wxlive.token.actions
---@field random (fun(): number)?      in [0, 1)
---@field background (fun(job: fun(cancelled: boolean?)): boolean)?  runs a job beside its caller;
---  false: it cannot. The job gets true when nginx calls it only to drop it
---@field detached boolean?           such a job outlives its caller, however that one ends
---@field boot (fun(): string?, number?)?  name of the machine's run, seconds since its start
---@field notice (fun(text: string))?  is told what no caller is told: a store that fails
---@field lock_seconds number?         how long a lock outlives one that died with it; default 15,
---  plain: 8
---@field fetch_seconds number?        how long a fetch may take, below lock_seconds; default 10,
---  plain: 6
---@field wait_seconds number?         the first wait for another caller's fetch; default 0.05
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
      message = both("token: appid is needed, and either provider or both store and fetch",
        "token：须给出 appid，以及 provider，或 store 与 fetch 两者") }
  end
  local now = o.now or core.system.now
  local self = setmetatable({
    appid = o.appid, mode = mode, store = o.store, now = now,
    -- An injected clock replaces both.
    monotonic = o.monotonic or now == core.system.now and core.system.monotonic or now,
    fetch = o.provider and from_provider(o.provider) or o.fetch,
    sleep = o.sleep or core.system.sleep, hook = o.hook, background = o.background,
    detached = o.detached,
    -- A clock of the user's own has nothing to do with the machine's.
    boot = o.boot or now == core.system.now and core.process.boot or function() end,
    notice = o.notice or notice.warn,
    key = key_for(mode, o.host or "-", o.appid), pace = pace.prefix(o.host or "-"),
  }, Tokens)
  self.shared, err = shared_for(owner, self.key, function()
    local cell, why = core.token.cell {
      mode = cell_modes[mode] or mode, seed = (o.random or random.number)(), lock = o.lock_seconds,
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
