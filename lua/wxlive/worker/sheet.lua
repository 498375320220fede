--- A turn of a worker at a sheet: the same run as of `apply`, cut off after some seconds.
local applies = require "wxlive.shop.apply"
local both = require("wxlive.text.sentence").both
local core = require "wxlive.core"
local diff = require "wxlive.shop.diff"
local files = require "wxlive.base.files"
local jobs = require "wxlive.ledger.jobs"

local M = {}

-- Seconds until goods that wait for their audit are looked at again: where looks keep the audit
-- states, only in the ledger, else on the platform; and rows in doubt, the first time and at most.
local AUDIT, UNFOLLOWED_AUDIT, DOUBT, LONGEST_DOUBT = 60, 300, 10, 300

-- Makes what finds the pictures of a sheet: the ledger has their content, a call sends a file.
-- Gives the finder, and what removes the files.
local function finder(ledger)
  local paths = {}
  return function(digest)
    local content, err = jobs.picture(ledger, digest)
    if not content then
      return nil, err
    end
    local ok, path = pcall(os.tmpname) -- raises where it cannot make the file
    if ok then
      paths[#paths + 1] = path
      ok, err = files.write(path, core.signature.decode(content))
    else
      ok, err = files.cannot_write("/tmp", path)
    end
    if not ok then
      -- The fault is this machine's, not the row's: the row stays to do, and the job waits.
      err.kind = "output"
      return nil, err
    end
    return path
  end, function()
    for _, path in ipairs(paths) do
      os.remove(path)
    end
  end
end

-- What is left of a sheet behind a turn that was not cut off.
local function rest_of(ledger, job, counts, progress, follows)
  local rest, err = ledger:rest(job.kind, job.name)
  local waiting = counts.waiting or 0
  if not rest then
    return { err = err }
  elseif rest.todo > 0 then
    return {}
  elseif rest.claimed > 0 then
    return { others = true }
  elseif rest.doubt > 0 then
    local failures = progress and 0 or job.failures
    return {
      wait = math.min(LONGEST_DOUBT, DOUBT * 2 ^ math.min(failures, 10)), failures = failures + 1,
      reason = both("%d rows in doubt: the platform may have done them",
        "%d 行结果未知，平台可能已执行"):format(rest.doubt),
    }
  elseif waiting > 0 then
    return {
      wait = follows and AUDIT or UNFOLLOWED_AUDIT,
      reason = both("%d goods wait for their audit", "%d 个商品等待审核"):format(waiting),
    }
  end
  return { whole = true }
end

--- A turn at a sheet; see wxlive.worker.lane for what it gives.
---@param lane wxlive.worker.Lane
---@param job wxlive.Job
---@param account { live: wxlive.Broadcast }
---@return table turn
function M.turn(lane, job, account)
  local worker, ledger = lane.worker, lane.ledger:of(job.appid)
  if job.compare then
    local ok, err = diff.compare(account.live, ledger, job.kind)
    if not ok then
      return { err = err }
    end
  end
  local ends, told = core.system.monotonic() + worker.options.slice, 0
  local find, clean = finder(ledger)
  local follows = worker.options.every > 0
  local run = applies.new {
    live = account.live, ledger = ledger, kind = job.kind, sheet = job.name, turn = true,
    settle = worker.options.settle, concurrency = lane:share(), find_picture = find,
    audits = not follows and job.state == "waiting",
    sleep = function(seconds) lane:sleep(seconds) end,
    interrupted = function()
      return worker:is_ending() or told > 0 and core.system.monotonic() >= ends
    end,
    tell = function(what, item, err)
      told = told + 1
      lane:report("row", { outcome = what, line = item and item.line, key = item and item.key,
        err = err })
    end,
  }
  local fine, counts, stopped = pcall(run.run, run)
  clean()
  if not fine then
    error(counts, 0)
  end
  local turn = {}
  if stopped then
    turn = { err = stopped }
  elseif not run.interrupted() then
    turn = rest_of(ledger, job, counts, told > 0, follows)
  end
  turn.compared = job.compare
  return turn
end

return M
