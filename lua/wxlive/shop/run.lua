--- Puts a sheet on the platform: stages it, does what is to be done, writes the rejects, sums up.
local applies = require "wxlive.shop.apply"
local core = require "wxlive.core"
local diff = require "wxlive.shop.diff"
local ends = require "wxlive.shop.ends"
local rejects = require "wxlive.shop.rejects"
local rows = require "wxlive.shop.rows"
local stage = require "wxlive.shop.stage"

local M = {}

-- When the connection breaks, the staged rows are lost, and the sheet is read again.
local TRIES = 3

-- SHEET.csv -> SHEET.rejects.csv, which may be applied and have rejects itself.
local function reject_path(path)
  local base, extension = path:match("^(.*)(%.%w+)$")
  base, extension = base or path, extension or ".csv"
  return (base:gsub("%.rejects$", "")) .. ".rejects" .. extension
end

local function stage_sheet(run, listener)
  local counts, err
  for _ = 1, TRIES do
    local reader, why = rows.open(run.path, run.options.kind, run.began)
    if not reader then
      return nil, why
    end
    run.kind = reader.kind.name
    counts, err = stage.stage(run.shop.ledger, reader, run.sheet, {
      prune = run.options.prune, report = listener.on_problem,
      warn = listener.on_warning,
    })
    reader:close()
    if counts or err.name ~= "ledger_lost" then
      break
    end
  end
  return counts, err
end

local function sum_up(run, counts, apply)
  local target = run.rejects
  local rejected, unwritten = rejects.write(run.shop.ledger, {
    path = run.path, kind = run.kind, now = run.began,
  }, target)
  local rest, err
  if rejected then
    rest, err = run.shop.ledger:rest(run.kind, run.sheet)
  end
  if not rest then
    return nil, err or unwritten
  end
  local summary = {
    sheet = run.path, kind = run.kind, rows = counts.rows, unchanged = counts.unchanged,
    rejected = rejected, rejects = rejected > 0 and not unwritten and target or nil,
    in_doubt = rest.doubt, left = rest.todo + rest.claimed, err = unwritten,
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
    shop = shop, path = path, options = options, sheet = rows.sheet_name(path),
    began = core.system.now(),
  }
  run.rejects = options.rejects or reject_path(path)
  local counts, err, ok
  ok, err = rejects.check(path, run.rejects, options.rejects ~= nil)
  if ok then
    counts, err = stage_sheet(run, options)
    ok = counts
  end
  -- The audit state of goods decides which changes are possible.
  if counts and run.kind == "goods" and counts.change > 0 then
    ok, err = diff.compare(shop.live, shop.ledger, run.kind)
  end
  if not ok then
    return nil, err
  elseif options.on_begin then
    options.on_begin(total_of(counts))
  end
  local apply = applies.new {
    live = shop.live, ledger = shop.ledger, kind = run.kind, sheet = run.sheet,
    settle = options.settle, concurrency = options.concurrency, wait = options.wait,
    interrupted = options.interrupted, tell = options.on_row, sleep = options.sleep,
    restage = function()
      local again, why = stage_sheet(run, {}) -- all was reported before
      return again and true or nil, why
    end,
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
  summary.err = stopped or unwritten or ends.of_apply(summary, counts)
  return summary
end

return M
