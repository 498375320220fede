--- Who works on a ledger, and who of them is dead.
--
-- On this machine the system knows whether a process lives; of another machine only its last sign
-- of life is known.
local core = require "wxlive.core"

local M = {}

-- Longer than any call with its retries, so that a worker that only waits does not pass for dead.
local LEASE, BEAT = 180, 10
M.LEASE = LEASE

-- A process id comes again; the time at which it started does not.
local function start_of(pid)
  local file = io.open("/proc/" .. pid .. "/stat", "r")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  -- The name, in brackets, may hold anything; the start is field 22.
  local rest = text:match("^%d+ .*%) (.*)$")
  if not rest then
    return nil
  end
  local fields = {}
  for field in rest:gmatch("%S+") do
    fields[#fields + 1] = field
  end
  return fields[1] ~= "Z" and fields[20] or nil
end

local serial = 0

--- The name of this process: host:pid:start:n, n tells its ledgers apart.
---@return string
function M.this()
  local pid = math.floor(core.system.pid())
  serial = serial + 1
  return ("%s:%d:%s:%d"):format(core.process.host(), pid, start_of(pid) or "?", serial)
end

--- Tells that this worker lives, when it has not done so lately.
---@return true? ok
---@return wxlive.Error? err
function M.beat(ledger, now)
  local time = core.system.now()
  if not now and time - ledger.beaten < BEAT then
    return true
  end
  ledger.beaten = time
  local ok, err = ledger.db:change("INSERT INTO worker (id, seen_at) VALUES (?, ?)"
    .. " ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at", ledger.worker, time + 0.0)
  return ok and true, err
end

--- Whether a worker is known to be dead.
---@return boolean? dead
---@return wxlive.Error? err
function M.is_dead(ledger, id)
  local host, pid, start = id:match("^(.*):(%d+):([^:]+):%d+$")
  if host == core.process.host() and start ~= "?" then
    return start_of(pid) ~= start
  end
  local seen_at, err = ledger.db:one("SELECT seen_at FROM worker WHERE id = ?", id)
  if err then
    return nil, err
  end
  return not seen_at or core.system.now() - seen_at > LEASE
end

return M
