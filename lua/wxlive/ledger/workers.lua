--- The workers on a ledger, and which of them are dead.
--
-- For processes of this machine and container, the system knows whether they are alive. For all
-- others, and for workers that an earlier version named by host and process id, only the last sign
-- of life counts: containers share host names and process ids.
local core = require "wxlive.core"

local M = {}

-- Longer than any call with its retries, so that a waiting worker does not count as dead.
local LEASE, BEAT = 180, 10
M.LEASE = LEASE

local serial = 0

--- The name of this process among the workers: its mark and a number for each of its ledgers.
--- Without a mark from the system: host and process id, which do not show whether the process is
--- alive.
---@return string
function M.this()
  serial = serial + 1
  local mark = core.process.mark()
    or ("%s:%d:?"):format(core.process.host(), math.floor(core.system.pid()))
  return mark .. ":" .. serial
end

--- Records a sign of life of this worker, if the last one is not recent. Its time is that of the
--- database, because clocks of machines differ.
---@return any ok
---@return wxlive.Error? err
function M.beat(ledger, now)
  local time = core.system.monotonic()
  if not now and time - ledger.beaten < BEAT then
    return true
  end
  local ok, err = ledger.db:change("INSERT INTO worker (id, seen_at) VALUES (?, "
    .. ledger.db.sql.clock .. ") ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
    ledger.worker)
  ledger.beaten = ok and time or ledger.beaten
  return ok, err
end

--- Signs a worker off: what it has claimed and not finished is free at once, on every machine.
---@return any ok
---@return wxlive.Error? err
function M.leave(ledger)
  return ledger.db:change("DELETE FROM worker WHERE id = ?", ledger.worker)
end

-- The origin of a mark: one boot of a machine and one namespace of process ids (a container).
local function place_of(mark)
  return mark and mark:match("^(%x+):%d+:%d+")
end

--- Whether a worker is known to be dead.
---@return boolean? dead
---@return wxlive.Error? err
function M.is_dead(ledger, id)
  local mark = id:match("^(%x+:%d+:%d+):%d+$")
  local place = place_of(mark)
  if place and place == place_of(core.process.mark()) then
    return core.process.is_over(mark)
  end
  local silent, err = ledger.db:one("SELECT " .. ledger.db.sql.clock .. " - seen_at FROM worker"
    .. " WHERE id = ?", id)
  if err then
    return nil, err
  end
  return not silent or tonumber(silent) > LEASE
end

--- Whether no other worker that lives is the owner of something.
---@param owner string?
---@return boolean? free
---@return wxlive.Error? err
function M.is_free(ledger, owner)
  if not owner or owner == ledger.worker then
    return true
  end
  return M.is_dead(ledger, owner)
end

return M
