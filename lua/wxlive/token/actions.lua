--- The actions that the token's state machine asks for, performed with what a manager was given.
--
-- Each action does one thing and reports the result; the machine decides. `trip` is the state of
-- one call: the flight, the refused token, the lock's owner, the last error.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local failures = require "wxlive.token.failure"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local pace = require "wxlive.token.pace"
local random = require "wxlive.base.random"
local ration = require "wxlive.token.ration"
local sentence = require "wxlive.text.sentence"

local M = {}

local both = sentence.both

-- How far the clocks of two machines may differ, and how long an entry is used when they differ
-- more.
local CLOCK_SKEW, UNKNOWN_AGE = 60, 120

-- No failure is kept for longer, in seconds: a store that never drops it must not make it last.
local FAILURE_MAX = 30

--- Calls the hook. A hook only watches: its failure changes nothing. The events:
--   fetch { forced }, fetched { forced, expires_in, seconds },
--   fetch_failed { forced, error, seconds }, read { expires_at } (a token of another process),
--   refused, wait, paced (a fetch must wait for its turn among the accounts of the store),
--   store_failed { operation, error },
--   takeover { reason = "dead" or "slow" } (of the lock of another process);
--   all with appid and mode
---@param self wxlive.Tokens
---@param event table  holds no token
function M.emit(self, event)
  if self.hook then
    event.appid, event.mode = self.appid, self.mode
    pcall(self.hook, event)
  end
end

local emit = M.emit

-- Which operations of which store have failed and were reported. With a store that keeps failing,
-- every process fetches a token of its own. Callers do not notice; therefore the operator gets a
-- report.
local reported = setmetatable({}, { __mode = "k" })

local function report(self, operation, err)
  local of_store = reported[self.store] or {}
  reported[self.store] = of_store
  if not of_store[operation] then
    of_store[operation] = true
    self.notice(sentence.read(both("the token store failed: %s%s", "令牌存储不可用：%s%s"):format(
      err.message and sentence.of(err) or err.name,
      err.hint and both(" (%s)", "（%s）"):format(both(err.hint, err.hint_zh or err.hint)) or "")))
  end
end

local function store_failed(self, operation, err)
  emit(self, { event = "store_failed", operation = operation, error = err })
  report(self, operation, err)
  return err
end

-- Asks the store, which may be a user's own table. A second value says that it failed.
local function ask_store(self, trip, method, ...)
  local store = self.store
  local ok, value, err = pcall(store[method], store, ...)
  if ok and (value ~= nil or (method == "get" and err == nil)) then
    local of_store = reported[store]
    if of_store then
      of_store[method] = nil
    end
    return value
  end
  trip.store_error = store_failed(self, method, failures.from("token_store", ok and err or value))
  return nil, true
end

--- Keeps a failure for the callers that waited for it, and for those of the next seconds.
---@param self wxlive.Tokens
---@param err wxlive.Error
---@param at number?   on now()'s clock, where another process met it
function M.keep_failure(self, err, at)
  local ago = at and math.max(0, math.min(self.now() - at, 60)) or 0
  self.shared.failure, self.shared.failed_at = err, self.monotonic() - ago
end

--- A new error object for a reason of the state machine.
function M.error_for(self, trip, reason)
  if reason == "fetch" then
    return failures.copy(trip.err)
  elseif reason == "shared" and self.shared.failure then
    local err = failures.copy(self.shared.failure)
    if self.shared.failed_at < trip.began then
      return failures.repeated(err, self.monotonic() - self.shared.failed_at)
    end
    return err
  end
  local cause = reason == "store" and trip.store_error or nil
  reason = reason == "deadline" and trip.was_paced and "paced" or reason
  return failures.new(reason, { now = self.now(), wait = trip.ration_wait, cause = cause })
end

-- The age of an entry by the clock that starts at boot, if it was written since then: all processes
-- of a machine share that clock, and it cannot be set.
local function age_of(self, kept)
  local boot, up = self.boot()
  if boot and kept.boot == boot and type(kept.up) == "number" and kept.up <= up then
    return up - kept.up
  end
end

-- When an entry was fetched and when it ends, on now()'s clock. The writer's wall clock may be
-- wrong, or have been set since.
local function times_of(self, kept, wall)
  local ends, fetched = kept.expires_at, type(kept.fetched_at) == "number" and kept.fetched_at or 0
  local age = age_of(self, kept)
  if age then
    return wall + (ends - fetched) - age, wall - age
  elseif fetched > wall + CLOCK_SKEW and ends > fetched then
    -- The clocks of two machines differ. The store removes the entry in time, but how much time is
    -- left is unknown: use the token for a short while, then look again.
    return wall + math.min(ends - fetched, UNKNOWN_AGE), wall
  end
  return ends, fetched
end

function M.read(self, trip)
  local text, failed = ask_store(self, trip, "get", self.key)
  local wall, mono = self.now(), self.monotonic()
  if failed then
    trip.flight:store_failed(wall, mono)
    return
  end
  local kept = type(text) == "string" and json.decode(text)
  if type(kept) ~= "table" or type(kept.token) ~= "string" or type(kept.expires_at) ~= "number" then
    trip.flight:stored(wall, mono)
    return
  end
  local cell = self.shared.cell
  local before = cell:token()
  local ends, fetched = times_of(self, kept, wall)
  trip.flight:stored(wall, mono, kept.token, ends, fetched)
  if cell:token() ~= before then
    emit(self, { event = "read", expires_at = cell:expires() })
  end
end

function M.check(self, trip)
  local text, failed = ask_store(self, trip, "get", self.key .. ":failure")
  if failed then
    trip.flight:store_failed(self.now(), self.monotonic())
    return
  end
  local failure, at = failures.decode(text)
  if at and self.now() - at > FAILURE_MAX + CLOCK_SKEW then
    failure = nil
  elseif failure then
    M.keep_failure(self, failure, at)
  end
  trip.flight:checked(self.now(), self.monotonic(), failure ~= nil)
end

-- A unique name, followed by the process, so that other processes can check whether it still runs.
local function owner_name()
  local noise = random.hex(12)
  return noise and noise .. "@" .. (core.process.mark() or "")
end

local function is_over(holder)
  local mark = holder:match("^%x+@(.+)$")
  return mark ~= nil and core.process.is_over(mark)
end

-- Whether a fetch may begin now, by the pace of all accounts: asks pace.is_open or pace.take. When
-- the store fails it may: the actions around this one report that.
local function in_turn(self, trip, ask)
  if trip.stood_still then
    return true
  end
  local ok, turn = pcall(ask, self.store, self.pace, self.now())
  trip.paced = ok and not turn
  if trip.paced and not trip.was_paced then
    trip.was_paced = true
    emit(self, { event = "paced" })
  end
  return not trip.paced
end

-- Waits, and looks again, as if another caller fetched.
local function not_locked(self, trip)
  trip.flight:locked(self.now(), self.monotonic(), false)
end

--- Tries to take the lock; where another caller holds it, finds out who.
function M.lock(self, trip, seconds)
  if not in_turn(self, trip, pace.is_open) then
    return not_locked(self, trip)
  end
  local key, owner = self.key .. ":lock", owner_name()
  local taken, failed, holder
  if owner then
    taken, failed = ask_store(self, trip, "add", key, owner, seconds)
    if taken == false then
      holder, failed = ask_store(self, trip, "get", key)
    end
  end
  if failed or not owner then
    trip.flight:store_failed(self.now(), self.monotonic())
    return
  elseif taken and not in_turn(self, trip, pace.take) then
    ask_store(self, trip, "delete", key, owner)
    return not_locked(self, trip)
  end
  trip.owner = taken and owner or nil
  trip.holder = not taken and type(holder) == "string" and holder or nil
  trip.flight:locked(self.now(), self.monotonic(), taken, trip.owner or trip.holder,
    trip.holder and is_over(trip.holder))
end

function M.take(self, trip, seconds, gone)
  local _, failed = ask_store(self, trip, "delete", self.key .. ":lock", trip.holder)
  if failed then
    trip.flight:store_failed(self.now(), self.monotonic())
    return
  end
  M.lock(self, trip, seconds)
  if trip.owner then
    emit(self, { event = "takeover", reason = gone and "dead" or "slow" })
  end
end

function M.unlock(self, trip)
  local owner = trip.owner
  trip.owner = nil
  if owner then
    ask_store(self, trip, "delete", self.key .. ":lock", owner)
  end
end

function M.ration(self, trip)
  local now = self.now()
  local ok, wait, err = pcall(ration.take, self.store, self.key, now)
  if not ok or not wait then
    store_failed(self, "ration", failures.from("token_store", ok and err or wait))
    -- At least this process keeps to the ration.
    self.shared.rations = self.shared.rations or memory.new { clock = self.now }
    wait = ration.take(self.shared.rations, self.key, now)
  end
  trip.ration_wait = wait
  trip.flight:rationed(self.now(), self.monotonic(), wait)
end

function M.fetch(self, trip, seconds, forced, cut)
  local started = self.monotonic()
  emit(self, { event = "fetch", forced = forced })
  local ok, answer, err = pcall(self.fetch, forced, seconds, trip.refused)
  local wall, mono = self.now(), self.monotonic()
  local life = ok and type(answer) == "table" and tonumber(answer.expires_in)
  if life and type(answer.access_token) == "string" then
    trip.flight:fetched(wall, mono, answer.access_token, life)
    emit(self, { event = "fetched", forced = forced, expires_in = life, seconds = mono - started })
    return
  end
  if not ok then
    err = failures.from("token_fetch", answer)
  elseif not Error.is(err) then
    err = answer and Error.new {
      kind = "token", name = "bad_token_answer", sent = true,
      message = both("the answer to the token call holds no access_token and expires_in",
        "获取令牌的应答中没有 access_token 与 expires_in"),
    } or failures.from("token_fetch", err)
  end
  trip.err = err
  trip.cause = failures.cause(err, cut)
  trip.flight:fetch_failed(wall, mono, trip.cause)
  emit(self, { event = "fetch_failed", forced = forced, error = err, seconds = mono - started })
end

--- Puts a token into the store, where every flight looks first.
function M.keep(self, trip, token, expires)
  local now = self.now()
  if expires and expires > now then
    local boot, up = self.boot()
    ask_store(self, trip, "set", self.key, json.encode {
      token = token, expires_at = math.floor(expires), fetched_at = math.floor(now),
      boot = boot, up = up and math.floor(up),
    }, expires - now)
  end
end

function M.write(self, trip)
  local cell = self.shared.cell
  M.keep(self, trip, cell:token(), cell:expires())
end

function M.publish(self, trip, seconds, reason)
  local text = failures.encode(M.error_for(self, trip, reason), self.now())
  if text then
    ask_store(self, trip, "set", self.key .. ":failure", text, seconds)
  end
end

function M.wait(self, trip, seconds)
  if not trip.waited then
    trip.waited = true
    emit(self, { event = "wait" })
  end
  if trip.paced and trip.deadline then
    local left = trip.deadline - self.monotonic()
    local share = math.max(0, math.min(1, left / (trip.deadline - trip.began)))
    seconds = math.max(0.001, math.min(pace.wait(self.now(), share), left))
  end
  local before = self.now()
  local _, err = self.sleep(seconds)
  -- On a clock of the user's own that stands still the next window never comes.
  trip.stood_still = trip.paced and self.now() == before
  -- Sleeping fails where it is impossible, such as in a phase of nginx without sockets.
  trip.stop = Error.is(err) and err or nil
end

return M
