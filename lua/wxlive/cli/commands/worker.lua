--- wxlive worker: serves the queue of a ledger for the accounts of the settings file.
local accounts = require "wxlive.cli.accounts"
local client = require "wxlive.cli.client"
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local finally = require("wxlive.cli.raised").finally
local hooks = require "wxlive.cli.hook"
local pick = require("wxlive.text.language").pick
local observer = require "wxlive.cli.observer"
local report = require "wxlive.cli.output.report"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"
local textwidth = require "wxlive.text"
local times = require "wxlive.text.time"
local workers = require "wxlive.worker"

local M = {
  name = "worker",
  summary = "serve the queue for many accounts, as a service, on any number of machines",
  summary_zh = "以服务方式为多个账号执行队列，可在多台机器上同时运行",
  -- All accounts of the settings, unless some are named.
  accounts = "own",
}

function M.define(command)
  client.define_number(command, "--concurrency", "<N>", { 1, 64, whole = true, default = 16 },
    "calls for sheets at a time", "并发数")
  client.define_number(command, "--jobs", "<N>", { 1, 32, whole = true, default = 4 },
    "jobs at a time; each has a connection to the ledger", "同时执行的任务数，每个任务占用一个台账连接")
  client.define_number(command, "--every", "<SECONDS>", { 0, 86400, default = 60 },
    "how often to look at an account's rooms, at its goods a fifth as often; 0: never",
    "轮询各账号直播间的间隔秒数（商品为其五倍），0 表示不跟踪")
  hooks.define(command)
  command:flag("--notify"):description(pick(
    "notify the long-term subscribers of each room that goes on air, once",
    "直播间开播时向长期订阅用户群发通知，每人仅一次"))
  command:option("--replays"):argname("<DIR>"):description(pick(
    "fetch the replay of each show into DIR/ACCOUNT", "将每场直播的回放下载到 目录/账号"))
  shop.define_settle(command)
  client.define_number(command, "--drain", "<SECONDS>", { 0, 3600, default = 60 },
    "how long calls under way may take when it is asked to end", "收到结束信号后，进行中的调用最多等待多少秒")
  shop.define_ledger(command)
  observer.define(command)
  command:epilog(pick("wxlive submit puts sheets into the queue, wxlive jobs shows it. The "
    .. "accounts take turns; one whose quota is spent waits for midnight in Beijing, the others go "
    .. "on. SIGTERM and Ctrl-C finish the calls under way. After a crash, a worker on the same "
    .. "machine takes over at once, one on another machine after three minutes. Start it on each "
    .. "machine with the same options.",
    "表格由 wxlive submit 放入队列，进度见 wxlive jobs。各账号轮流执行；某账号额度用尽时只有它等待到北京时间零点。"
    .. "SIGTERM 与 Ctrl-C 会先完成进行中的调用。进程崩溃后，同机的 worker 立即接手，其他机器在三分钟后接手。"
    .. "各机器请使用相同的选项。"))
end

-- Rows are reported one by one only when they went wrong.
local function is_worth_a_line(told)
  return told.what ~= "row" or told.err ~= nil
end

local function reason_of(told)
  if told.err then
    return report.line(told.err)
  end
  return told.reason
end

local function object_of(told)
  local object = {
    at = math.floor(core.system.now()), what = told.what, account = told.account, kind = told.kind,
    name = told.name, line = told.line, key = told.key, outcome = told.outcome,
    counts = told.counts, reason = reason_of(told), event = told.event,
  }
  if told.seconds then
    object.next_at = object.at + math.ceil(told.seconds)
  end
  return object
end

local function text_of(told)
  local parts = { times.format(core.system.now()), told.account or "-", told.what }
  local event = told.event
  if event then
    parts[#parts + 1] = event.name
    parts[#parts + 1] = compat.integer_text(event.room_id or event.goods_id)
    parts[#parts + 1] = event.room and event.room.name or event.goods and event.goods.name
  end
  if told.name then
    parts[#parts + 1] = told.kind .. " " .. told.name .. (told.line and ":" .. told.line or "")
  end
  if told.seconds then
    parts[#parts + 1] = pick("until %s", "至 %s")
      :format(times.format(core.system.now() + told.seconds))
  end
  parts[#parts + 1] = reason_of(told)
  return textwidth.plain(table.concat(parts, "  "))
end

local function printer(args)
  return function(told)
    if is_worth_a_line(told) then
      if show.wants_json(args) then
        show.json(object_of(told))
      else
        io.stdout:write(text_of(told), "\n")
      end
      io.stdout:flush()
    end
  end
end

-- The accounts that the worker serves: those that the command line names, else all of the settings.
local function open_accounts(args)
  return tables.map(accounts.select(args), function(account)
    return setmetatable({
      name = account.name, appid = account.appid, base_url = account.base_url,
    }, {
      -- A client that cannot be made concerns its own account.
      __index = function(_, key)
        if key == "live" then
          return assert(client.open {
            config = args.config, acts_for = account, observer = args.observer,
          })
        end
      end,
    })
  end)
end

local function open(args)
  local location = assert(shop.location(args))
  return assert(workers.open {
    ledger = location, hook = args.hook and assert(hooks.load(args.hook)),
    accounts = open_accounts(args), concurrency = args.concurrency, lanes = args.jobs,
    every = args.every, settle = args.settle, drain = args.drain, notify = args.notify,
    replays = args.replays, on_report = printer(args),
  })
end

M.run = shop.interruptible(function(args, interrupted)
  local worker = open(args)
  if args.observer then
    args.observer:ledger(worker)
  end
  report.print("wxlive worker", pick("%d accounts, ledger %s", "%d 个账号，台账 %s")
    :format(worker:size(), worker.ledger.db.place))
  return finally(function() worker:close() end, worker.run, worker, { interrupted = interrupted })
end)

return M
