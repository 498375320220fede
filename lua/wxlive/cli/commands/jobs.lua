--- wxlive jobs: what is in the queue, how far it is, what it waits for, what failed.
local accounts = require "wxlive.cli.accounts"
local accounts_of = require "wxlive.accounts"
local both = require("wxlive.text.sentence").both
local core = require "wxlive.core"
local ends = require "wxlive.shop.ends"
local Error = require "wxlive.error"
local finally = require("wxlive.cli.raised").finally
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local queues = require "wxlive.worker.queue"
local report = require "wxlive.cli.output.report"
local sheets = require "wxlive.shop.rows"
local shop = require "wxlive.cli.shop"
local shops = require "wxlive.shop"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"

local M = {
  name = "jobs",
  summary = "show the queue: progress, errors, what waits for what",
  summary_zh = "查看队列：进度、错误及等待原因",
  -- Those of all accounts, unless some are named; none of them is opened.
  accounts = "own",
}

local COLUMNS = { "account", "kind", "name", "state", "done", "left", "failed", "next_at",
  "reason" }
local PROBLEMS = { "account", "name", "line", "key", "state", "reason" }

-- Seconds between two looks.
local EVERY = 2

function M.define(command)
  command:argument("job"):args("?"):description(pick(
    "only this sheet (its file name) or room: also the rows that failed, with the reasons",
    "仅查看该表格（文件名）或直播间，并列出失败的行及原因"))
  command:flag("--once"):description(pick("show it once, also on a terminal",
    "只显示一次（终端中默认持续刷新）"))
  command:flag("--unfinished"):description(pick("only what is not finished", "仅未完成的任务"))
  command:flag("--wait"):description(pick(
    "wait until nothing is left, show it once; status 3 when rows failed",
    "等到全部结束后显示一次；有失败的行则退出码为 3"))
  shop.define_ledger(command)
  command:epilog(pick("On a terminal the table is drawn again every two seconds until Ctrl-C. A "
    .. "job waits, until the time in next_at, for the reason in the last column: a quota, an "
    .. "audit, rows whose outcome is unknown, an account that the platform refuses. Finished jobs "
    .. "are shown for a week; by its name one is shown at any time.",
    "在终端中每两秒刷新，按 Ctrl-C 结束。等待中的任务在 next_at 之前不会执行，原因见最后一列："
    .. "额度用尽、等待审核、结果未知的行、账号被拒等。已结束的任务显示一周，指定名称则始终可查。"))
end

-- The names that the settings give the accounts, by the ledger's names of them; nil where the
-- settings hold none.
local function names_of(args)
  local found, names = accounts_of.open(args.config), {}
  for _, account in ipairs(found or {}) do
    names[shops.account(account)] = account.name
  end
  return found and names or nil
end

-- The names of the accounts that the command line names, as keys; nil when it names none.
local function only_of(args)
  if not accounts.are_named(args) or args.all_accounts then
    return nil
  end
  return tables.set(tables.column(accounts.select(args), "name"))
end

local function wanted_of(args)
  -- A sheet goes by its file name, wherever it lies.
  return {
    name = args.job and sheets.sheet_name(args.job), unfinished = args.unfinished,
    accounts = args.only,
  }
end

-- The jobs that are wanted. That there is none of this name is an error: a misspelt name would look
-- like one that is done.
local function read_jobs(queue, args)
  local wanted = wanted_of(args)
  local rows = assert(queue:jobs(wanted))
  if rows[1] or not wanted.name then
    return rows
  end
  wanted.unfinished = nil
  if not assert(queue:jobs(wanted))[1] then
    error(Error.new {
      kind = "usage", name = "unknown_job", sent = false,
      message = args.only and both("no job is called %s for these accounts",
        "这些账号没有名为 %s 的任务"):format(wanted.name)
        or both("no job is called %s", "没有名为 %s 的任务"):format(wanted.name),
      hint = "a sheet goes by its file name, other jobs by the id of the room; `wxlive jobs` "
        .. "lists them",
      hint_zh = "表格以文件名为名，其他任务以直播间 id 为名；wxlive jobs 列出全部任务",
    }, 0)
  end
  return rows
end

-- What a job without rows has done, in its last column.
local function print_jobs(rows, args)
  if not show.wants_json(args) then
    for _, row in ipairs(rows) do
      row.done = row.done or row.counts and (row.counts.told_now or row.counts.fetched)
    end
  end
  show.list(rows, COLUMNS, args, pick("the queue is empty", "队列为空"))
end

local function print_once(queue, args)
  local rows = read_jobs(queue, args)
  local problems = args.job and assert(queue:problems(wanted_of(args)))
  if show.wants_json(args) and problems then
    for _, row in ipairs(rows) do
      row.problems = json.array(tables.only(problems, function(one)
        return one.account == row.account and one.name == row.name
      end))
    end
  end
  print_jobs(rows, args)
  if problems and problems[1] and not show.wants_json(args) then
    io.stdout:write("\n")
    show.list(problems, PROBLEMS, { table = true })
  end
end

-- Draws the table again and again, from the top of the screen.
local function follow(queue, args, interrupted)
  while not interrupted() do
    io.stdout:write("\27[H\27[2J")
    print_once(queue, args)
    io.stdout:flush()
    local wake = core.system.monotonic() + EVERY
    while not interrupted() and core.system.monotonic() < wake do
      core.system.sleep(0.1)
    end
  end
end

-- Says which of the jobs that are waited for no worker with these settings ends; each once.
local function name_unserved(rows, args, named)
  for _, row in ipairs(rows) do
    local job = row.account .. " " .. row.name
    if row.unserved and not named[job] then
      named[job] = true
      report.print(report.who(args), both("waits for %s of %s: %s", "等待 %s（%s）：%s")
        :format(row.name, row.account, row.reason))
    end
  end
end

-- Waits until nothing is left. Gives how many rows failed.
local function await(queue, args, interrupted)
  local named = {}
  while true do
    local rows = read_jobs(queue, args)
    local open, failed = 0, 0
    for _, row in ipairs(rows) do
      open = open + ((row.state == "done" or row.state == "failed") and 0 or 1)
      failed = failed + (row.failed or (row.state == "failed" and 1 or 0))
    end
    name_unserved(rows, args, named)
    if open == 0 then
      return failed
    elseif interrupted() then
      assert(ends.interrupted())
    end
    core.system.sleep(0.2)
  end
end

local function run(queue, args, interrupted)
  if args.wait then
    local failed = await(queue, args, interrupted)
    print_once(queue, args)
    if failed > 0 then
      return nil, ends.partial("rows_rejected",
        both("failed rows: %d; wxlive jobs SHEET names them", "%d 行失败，详见 wxlive jobs 表格名")
          :format(failed))
    end
  elseif args.once or show.wants_json(args) or not core.system.isatty(1) then
    print_once(queue, args)
  else
    follow(queue, args, interrupted)
  end
  return true
end

M.run = shop.interruptible(function(args, interrupted)
  local location = assert(shop.location(args))
  args.only = only_of(args)
  local queue = assert(queues.open(location, names_of(args)))
  return finally(function() queue:close() end, run, queue, args, interrupted)
end)

return M
