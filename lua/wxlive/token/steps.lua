--- The steps that the token's state machine asks for, performed with what a manager was given.
--
-- Each does one thing, feeds the answer back and decides nothing. `trip` is what one call has under
-- way: the flight, the refused token, the lock's owner, the last error.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local failures = require "wxlive.token.failure"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"
local ration = require "wxlive.token.ration"

local M = {}

--- Tells the hook. It watches only: one that fails changes nothing. The events:
--   fetch { forced }, fetched { forced, expires_in, seconds },
--   fetch_failed { forced, error, seconds }, read { expires_at } (a token of another process),
--   refused, wait, store_failed { operation, error }; all with appid and mode
---@param self wxlive.Tokens
---@param event table  holds no token
function M.emit(self, event)
  if self.hook then
    event.appid, event.mode = self.appid, self.mode
    pcall(self.hook, event)
  end
end

local emit = M.emit

-- Asks the store, which may be a user's own table. A second value says that it failed.
local function ask_store(self, trip, method, ...)
  local store = self.store
  local ok, value, err = pcall(store[method], store, ...)
  if ok and (value ~= nil or (method == "get" and err == nil)) then
    return value
  end
  trip.store_error = failures.from("token_store", ok and err or value)
  emit(self, { event = "store_failed", operation = method, error = trip.store_error })
  return nil, true
end

--- The error that a reason of the machine stands for, in an object of its own.
function M.error_for(self, trip, reason)
  if reason == "fetch" then
    return failures.copy(trip.err)
  elseif reason == "shared" and self.shared.failure then
    return failures.copy(self.shared.failure)
  end
  local cause = reason == "store" and trip.store_error or nil
  return failures.new(reason, { now = self.now(), wait = trip.ration_wait, cause = cause })
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
  trip.flight:stored(wall, mono, kept.token, kept.expires_at,
    type(kept.fetched_at) == "number" and kept.fetched_at or 0)
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
  local failure = failures.decode(text)
  self.shared.failure = failure or self.shared.failure
  trip.flight:checked(self.now(), self.monotonic(), failure ~= nil)
end

function M.lock(self, trip, seconds)
  local noise = core.system.random(12)
  local owner = noise and noise:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  local taken, failed
  if owner then
    taken, failed = ask_store(self, trip, "add", self.key .. ":lock", owner, seconds)
  end
  if failed or not owner then
    trip.flight:store_failed(self.now(), self.monotonic())
    return
  end
  trip.owner = taken and owner or nil
  trip.flight:locked(self.now(), self.monotonic(), taken)
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
    emit(self, { event = "store_failed", operation = "ration",
      error = failures.from("token_store", ok and err or wait) })
    -- This process at least keeps to the ration by itself.
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
      message = "the answer to the token call holds no access_token and expires_in",
    } or failures.from("token_fetch", err)
  end
  trip.err = err
  trip.cause = failures.cause(err, cut)
  trip.flight:fetch_failed(wall, mono, trip.cause)
  emit(self, { event = "fetch_failed", forced = forced, error = err, seconds = mono - started })
end

function M.write(self, trip)
  local now, cell = self.now(), self.shared.cell
  local expires = cell:expires()
  if expires and expires > now then
    ask_store(self, trip, "set", self.key, json.encode {
      token = cell:token(), expires_at = math.floor(expires), fetched_at = math.floor(now),
    }, expires - now)
  end
end

function M.publish(self, trip, seconds, reason)
  local text = failures.encode(M.error_for(self, trip, reason))
  if text then
    ask_store(self, trip, "set", self.key .. ":failure", text, seconds)
  end
end

function M.wait(self, trip, seconds)
  if not trip.waited then
    trip.waited = true
    emit(self, { event = "wait" })
  end
  self.sleep(seconds)
end

return M
