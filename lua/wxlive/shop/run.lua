--- Puts a sheet on the platform: stages it, does what is to be done, writes the rejects, sums up.
local applies = require "wxlive.shop.apply"
local core = require "wxlive.core"
local diff = require "wxlive.shop.diff"
local ends = require "wxlive.shop.ends"
local rejects = require "wxlive.shop.rejects"
local rows = require "wxlive.shop.rows"
local stage = require "wxlive.shop.stage"
local tables = require "wxlive.base.tables"

local M = {}

-- SHEET.csv -> SHEET.rejects.csv, which may be applied and have rejects itself; of an account
-- SHEET.ACCOUNT.rejects.csv.
local function reject_path(path, account)
  local base, extension = path:match("^(.*)(%.%w+)$")
  base, extension = (base or path):gsub("%.rejects$", ""), extension or ".csv"
  local name = type(account) == "table" and account[1] or type(account) == "string" and account
  local ending = name and "." .. name or ""
  if ending ~= "" and base:sub(-#ending) == ending then
    ending = ""
  end
  return base .. ending .. ".rejects" .. extension
end

-- Of a sheet that is read once more: all was reported before.
local QUIET = { on_problem = function() end, on_warning = function() end }

-- Finds the pictures of a run. Where they lie is forgotten with a connection that broke: the sheet
-- is read once more.
local function finder(run)
  local ledger = run.shop.ledger
  local epoch = ledger.db.epoch
  return function(digest)
    local path, err = ledger:picture(digest)
    if not path and not err and epoch ~= ledger.db.epoch then
      epoch = ledger.db.epoch
      local counts
      counts, err = stage.file(ledger, run.path, tables.merged(run.options, QUIET))
      if counts then
        path, err = ledger:picture(digest)
      end
    end
    return path, err
  end
end

-- Writes the rejects. If the sheet had no mistake and no row was refused, it is not read again.
local function write_rejects(run, counts)
  local refused, err = counts.bad, nil
  if refused == 0 then
    refused, err = run.shop.ledger:refused(counts.kind, run.sheet)
  end
  if not refused or refused == 0 then
    return refused, err
  end
  return rejects.write(run.shop.ledger, {
    path = run.path, kind = counts.kind, now = run.options.now, account = run.options.account,
  }, run.rejects)
end

local function sum_up(run, counts, apply)
  local target = run.rejects
  local rejected, unwritten = write_rejects(run, counts)
  local rest, err
  if rejected then
    rest, err = run.shop.ledger:rest(counts.kind, run.sheet)
  end
  local unsure = apply.counts.unsure or 0
  if not rest then
    err = err or unwritten
    err.ambiguous = unsure > 0 or nil
    return nil, err
  end
  local summary = {
    sheet = run.path, kind = counts.kind, rows = counts.rows, unchanged = counts.unchanged,
    rejected = rejected, rejects = rejected > 0 and not unwritten and target or nil,
    in_doubt = rest.doubt + unsure, err = unwritten,
    left = rest.todo + rest.claimed - unsure + counts.later,
    images_uploaded = apply.pictures.sent,
    not_removed = run.options.prune and counts.held + (apply.counts.not_removed or 0) or nil,
  }
  for _, name in ipairs { "created", "changed", "submitted", "removed", "adopted" } do
    summary[name] = apply.counts[name] or 0
  end
  for _, name in ipairs(counts.to_add and { "placed", "taken_out", "waiting" } or {}) do
    summary[name] = apply.counts[name] or 0
  end
  return summary
end

local function total_of(counts)
  return counts.create + counts.change + counts.submit + counts.remove
    + (counts.to_add or 0) + (counts.to_take_out or 0)
end

--- See wxlive.Shop: apply.
---@param shop wxlive.Shop
---@param path string
---@param options table
---@return table? summary
---@return wxlive.Error? err
function M.run(shop, path, options)
  local run = {
    shop = shop, path = path, sheet = rows.sheet_name(path),
    rejects = options.rejects or reject_path(path, options.account),
    -- The rejects are judged by the time of the staging.
    options = tables.merged(options, { now = core.system.now() }),
  }
  local ok, err = rejects.check(path, run.rejects, options.rejects ~= nil)
  local counts
  if ok then
    counts, err = stage.file(shop.ledger, path, run.options)
    ok = counts
  end
  -- The audit state of goods decides which changes are possible.
  if counts and counts.kind == "goods" and counts.change > 0 then
    ok, err = diff.compare(shop.live, shop.ledger, counts.kind)
  end
  if not ok then
    return nil, err
  end
  options.on_begin(total_of(counts))
  local apply = applies.new {
    live = shop.live, ledger = shop.ledger, kind = counts.kind, sheet = run.sheet,
    settle = options.settle, concurrency = options.concurrency, wait = options.wait,
    interrupted = options.interrupted, tell = options.on_row, sleep = options.sleep,
    find_picture = finder(run),
  }
  local _, stopped = apply:run()
  local summary
  summary, err = sum_up(run, counts, apply)
  if not summary then
    return nil, err
  end
  if not stopped and apply.interrupted() then
    _, stopped = ends.interrupted()
  end
  local unwritten = summary.err
  if unwritten then
    unwritten.ambiguous = summary.in_doubt > 0 or nil
  end
  summary.err = stopped and ends.of_stop(summary, stopped) or unwritten
    or ends.of_apply(summary, counts)
  return summary
end

return M
