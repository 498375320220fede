--- What a command that runs for long shows to the outside: metrics and health over HTTP (--metrics)
--- and a log that programs read (--log).
--
-- A command joins with one line, `observer.define(command)`. With either option args.observer is
-- there; wxlive.cli.client and wxlive.cli.shop tell it of the clients and ledgers that they open.
-- With --metrics the command runs as a task of the loop, and the addresses are served beside it: a
-- process that is stuck does not answer.
local hooks = require "wxlive.hooks"
local http = require "wxlive.cli.http"
local json = require "wxlive.json"
local pick = require("wxlive.text.language").pick
local logs = require "wxlive.log"
local loops = require "wxlive.concurrent.loop"
local metrics_of = require "wxlive.metrics"
local outcomes = require "wxlive.errcodes.outcome"
local report = require "wxlive.cli.output.report"
local both = require("wxlive.text.sentence").both

local M = {}

-- Requests are looked for this often, in seconds.
local LOOK = 0.1

-- Their bodies are thrown away.
local LARGEST = 4096

---@class wxlive.cli.Observer
---@field metrics table?   wxlive.metrics, with --metrics
local Observer = {}
Observer.__index = Observer

-- Options -----------------------------------------------------------------------------------------

-- 9464, 0.0.0.0:9464, [::1]:9464
local function read_address(text)
  local address, port = text:match("^([%d.]+):(%d+)$")
  if not address then
    address, port = text:match("^%[([%x.:]+)%]:(%d+)$")
  end
  port = tonumber(port or text:match("^%d+$"))
  if not port or port > 65535 then
    return nil, pick("--metrics must be a port or ADDRESS:PORT, with an address in digits, not %s",
      "--metrics 应为端口或“地址:端口”（地址为数字形式），而不是 %s"):format(text)
  end
  return { address = address, port = port }
end

-- json, line, json:warn
local function read_log(text)
  local format, level = text:match("^(%a+):?(%a*)$")
  local log = { format = format, level = level ~= "" and level or "info" }
  if not format or not logs.new { format = format, level = log.level } then
    return nil, pick("--log must be line or json, and may name the least level: json:warn; not %s",
      "--log 应为 line 或 json，可附最低级别，例如 json:warn，而不是 %s"):format(text)
  end
  return log
end

--- --metrics and --log
---@param command table   argparse command
function M.define(command)
  command:option("--metrics"):argname("<[ADDRESS:]PORT>"):convert(read_address):description(pick(
    "serve /metrics for Prometheus and /healthz over HTTP; on 127.0.0.1 unless an address is given",
    "通过 HTTP 提供 Prometheus 指标 /metrics 与健康检查 /healthz；缺省仅监听 127.0.0.1"))
  command:option("--log"):argname("<FORMAT[:LEVEL]>"):convert(read_log):description(pick(
    "write what the client does to standard error, as line or json; LEVEL debug, info, warn, error",
    "将客户端的运行记录写到标准错误，格式为 line 或 json；级别 debug、info、warn、error"))
end

-- Clients and ledgers -----------------------------------------------------------------------------

-- After these the account cannot work: the network is away, or the platform refuses everything.
local down = { unsent = true, account = true, token = true }

-- Hooks that remember of each account whether its last call found it able to work.
local function health_of(self, account)
  if not self.accounts[account] then
    self.accounts[account] = true
    self.metrics:collect(function(put)
      put("account_up", { account }, self.failing[account] and 0 or 1)
    end)
  end
  return {
    response = function(event)
      local err = event.error
      local failing = err and (down[outcomes.of(err)] or err.kind == "transport")
      self.failing[account] = failing and report.line(err) or nil
    end,
    ticket = function(event)
      local failing = event.event ~= "received"
      self.failing[account] = failing and pick("no ticket has come for long", "长时间未收到 ticket")
        or nil
    end,
  }
end

--- Options for a client of an account, so that it is seen.
---@param account string   its name, or its appid
---@return { hooks: table, quota: boolean? }
function Observer:client(account)
  local log = self.log and logs.new {
    format = self.log.format, level = self.log.level, account = account,
  }
  if not self.metrics then
    return { hooks = log }
  end
  return {
    hooks = hooks.join(self.metrics:account(account), health_of(self, account), log), quota = true,
  }
end

--- Takes a client that was opened with these options; or the error of one that could not be opened.
---@param live wxlive.Broadcast?
---@param account string
---@param err wxlive.Error?
function Observer:opened(live, account, err)
  if self.metrics and live then
    self.metrics:quotas(live, account)
  elseif self.metrics then
    self.failing[account] = report.line(err)
  end
end

--- Takes a ledger that was opened. It is asked over a connection of its own, one for each database,
--- which waits for no server: the command's may be in the middle of something.
---@param ledger wxlive.Ledger
---@param account string?   of the ledger's rows
function Observer:ledger(ledger, account)
  if not self.metrics then
    return
  end
  local beside, waiting
  local watched = {}
  function watched.waiting()
    local err
    if not beside then
      local place = ledger.db and ledger.db.location or ledger
      beside, err = ledger:beside(self.beside[place])
      self.beside[place] = beside
    end
    if beside then
      waiting, err = beside:waiting()
    end
    self.ledgers[watched] = err and report.line(err) or false
    return not err and waiting or nil
  end
  self.ledgers[watched] = false
  table.insert(self.look_at, self.metrics:ledger(watched, account))
end

-- Serving -----------------------------------------------------------------------------------------

--- Whether the command can do its work, and what stands in the way. It can while one account can,
--- and every ledger answers.
---@return boolean well
---@return string[] reasons
function Observer:health()
  for _, look in ipairs(self.look_at) do
    look()
  end
  local reasons, well, working, accounts = json.array {}, true, 0, 0
  for account in pairs(self.accounts) do
    accounts = accounts + 1
    if self.failing[account] then
      reasons[#reasons + 1] = account .. ": " .. self.failing[account]
    else
      working = working + 1
    end
  end
  table.sort(reasons)
  if accounts > 0 and working == 0 then
    well = false
  end
  for _, failure in pairs(self.ledgers) do
    if failure then
      well = false
      reasons[#reasons + 1] = failure
    end
  end
  return well, reasons
end

local routes = {}

routes["/metrics"] = function(self)
  return {
    status = 200, body = self.metrics:prometheus(),
    headers = { ["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8" },
  }
end

routes["/healthz"] = function(self)
  local well, reasons = self:health()
  return {
    status = well and 200 or 503,
    body = json.encode { status = well and "ok" or "failing", reasons = reasons } .. "\n",
    headers = { ["Content-Type"] = "application/json", ["Cache-Control"] = "no-store" },
  }
end

local function respond(self, exchange, request)
  local route = routes[request.path]
  if not route then
    exchange:respond { status = 404, body = "/metrics or /healthz\n" }
  elseif request.method ~= "GET" and request.method ~= "HEAD" then
    exchange:respond { status = 405, headers = { Allow = "GET, HEAD" } }
  else
    exchange:respond(route(self))
  end
end

-- Answers requests until the command's task has ended.
local function serve(self, listener, loop, task)
  while not task.done do
    local exchange, request = listener:poll(0)
    if exchange then
      respond(self, exchange, request)
    else
      loop:sleep(LOOK)
    end
  end
end

local function listen(at)
  local listener = http.listen({
    address = at.address, port = at.port, max_body = LARGEST,
  }, both("name another address or port with --metrics", "请用 --metrics 指定其他地址或端口"))
  report.print("wxlive", pick("metrics: http://%s:%d/metrics", "指标：http://%s:%d/metrics")
    :format(at.address and at.address:find(":") and "[" .. at.address .. "]" or at.address
      or "127.0.0.1", listener:port()))
  return listener
end

--- Runs a command, seen from outside if its options say so.
---@param run fun(args: table): any, wxlive.Error?
---@param args table   args.observer is set
---@return any done
---@return wxlive.Error? err
function M.over(run, args)
  if not args.metrics and not args.log then
    return run(args)
  end
  local self = setmetatable({
    log = args.log, metrics = args.metrics and assert(metrics_of.new()), accounts = {},
    failing = {}, ledgers = {}, beside = {}, look_at = {},
  }, Observer)
  args.observer = self
  report.as_json(args.log and args.log.format == "json")
  if not args.metrics then
    return run(args)
  end
  local listener = listen(args.metrics)
  local loop = loops.default()
  local task = loop:spawn(run, args)
  loop:spawn(serve, self, listener, loop, task)
  loop:run(task)
  listener:close()
  if not task.ok then
    error(task.value, 0)
  end
  return task.value, task.extra
end

return M
