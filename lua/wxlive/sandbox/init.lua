--- The platform on loopback: a faithful stand-in for the WeChat live-broadcast server API.
--
--   local sandbox = require "wxlive.sandbox"
--   local box = assert(sandbox.start { seed = "demo" })     -- a child process
--   ... box.base_url, box.appid, box.secret ...
--   box:control("fault", { on = "create_room", kind = "errcode_after" })
--   box:stop()
--
-- `sandbox.serve` is the same in this process and returns when it is over. server/control.lua lists
-- the control operations, server/faults.lua the faults that can be switched on.
local catch = require("wxlive.sandbox.server.refusal").catch
local Error = require "wxlive.error"
local components = require "wxlive.sandbox.world.component"
local files = require "wxlive.base.files"
local options_of = require "wxlive.base.options"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both
local seeds = require "wxlive.sandbox.world.seed"
local tables = require "wxlive.base.tables"

local M = {}

--- The default account. Neither means anything to the real platform.
M.APPID = "wx0123456789abcdef"
M.SECRET = "sandbox-secret-that-opens-nothing"

--- The third-party platform that `component = true` stands for: appid, secret, token, aes_key.
M.COMPONENT = components.DEFAULTS

-- Options of both, and their types.
local common = {
  port = "number",                  -- 0: the system chooses
  state = "string",                 -- SQLite file that keeps the state; none: it is forgotten
  seed = "string",                  -- data to begin with: "demo"
  clock = "number",                 -- Unix seconds at the start
  appid = "string",                 -- appid of the default account, which controls act on
  secret = "string",                -- secret of every appid that is not in `accounts`
  accounts = "table",               -- appid -> secret, besides
  audit_seconds = "number|boolean", -- delay of the automatic audit; false: by hand only
  goods_cap = "number",             -- the most goods in a room
  callback = "table",               -- push settings of the default account: url, token, aes_key,
                                    -- mode, format; see wxlive.sandbox.server.callbacks
  component = "table|boolean",      -- a third-party platform, see wxlive.sandbox.world.component:
                                    -- appid, secret, token, aes_key, url, message_url, sets,
                                    -- ticket_seconds; true: sandbox.COMPONENT
  random_seed = "number",           -- makes ids, order of roles and chances of faults repeatable
}

local for_serve = {
  ready_file = "string",            -- base URL and process id go there once requests are taken
  watch_stdin = "boolean",          -- ends when standard input ends, or the parent process does
  on_ready = "function",            -- called with the base URL once requests are taken
}

local for_start = {
  wait = "number",                  -- seconds to wait until requests are taken
  transport = "table|userdata",     -- transport for the control calls
}

local function fail(message, hint, hint_zh)
  return Error.fail {
    kind = "usage", name = "sandbox_failed", sent = false,
    message = both("sandbox: %s", "沙箱：%s"):format(reasons.of(message)), hint = hint,
    hint_zh = hint_zh,
  }
end

-- Numbers that no clock, port or count can be.
local function wrong_numbers(given)
  local problems, problem = options_of.problems()
  for name, value in pairs(given) do
    local whole = name == "port" and 65535
    if type(value) == "number" and (not (value >= 0 and value <= (whole or 2 ^ 53))
      or whole and value % 1 ~= 0) then
      problem(name, both("must be from 0 to %s", "应为 0 至 %s"):format(whole or "2^53"))
    end
  end
  return problems
end

-- A checked copy of the options with the defaults filled in.
local function read_options(given, more)
  given = given == nil and {} or given
  local ok, err = options_of.check("sandbox", given, tables.merged(common, more))
  if ok then
    ok, err = options_of.report("sandbox", wrong_numbers(given))
  end
  if not ok then
    return nil, err
  elseif not seeds.known(given.seed) then
    return fail(both("there is no seed %s", "没有名为 %s 的初始数据"):format(given.seed))
  end
  local options = tables.merged({
    port = 0, appid = M.APPID, secret = M.SECRET, audit_seconds = 1, wait = 10,
  }, given)
  if options.component then
    local component, refused = catch(components.options, options.component)
    if refused then
      return fail(refused.why)
    end
    options.component = component
  end
  return options
end

--- Runs the sandbox in this process until its standard input ends (watch_stdin), a control call
--- stops it, or a signal interrupts it.
---@param given table?
---@return true?
---@return wxlive.Error?
function M.serve(given)
  local options, err = read_options(given, for_serve)
  if not options then
    return nil, err
  end
  local found, httpd = pcall(require, "wxlive.httpd")
  if not found then
    return fail(both("this build has no HTTP server in it (libmicrohttpd was not found)",
      "此构建不含 HTTP 服务（未找到 libmicrohttpd）"))
  end
  local platform, refused = catch(require("wxlive.sandbox.world.platform").new, options)
  if refused then
    return fail(refused.why)
  end
  local listener, failure = httpd.listen {
    port = options.port, watch_stdin = options.watch_stdin == true,
  }
  if not listener then
    platform.store:close()
    return fail(failure.message, "give another port", "请指定其他端口")
  end
  platform.base_url = ("http://127.0.0.1:%d"):format(listener:port())
  assert(seeds.sow(platform, options.seed))
  local ok = true
  if options.ready_file then
    ok, err = files.write(options.ready_file,
      ("%s\n%d\n"):format(platform.base_url, require("wxlive.core").system.pid()))
  end
  if ok then
    if options.on_ready then
      options.on_ready(platform.base_url)
    end
    local process = require("wxlive.core").process
    process.catch()
    require("wxlive.sandbox.server").new(platform, listener):run(process.interrupted)
    process.release()
  end
  listener:close()
  platform.callbacks:close()
  platform.store:close()
  return ok, err
end

--- Starts the sandbox as a child process and waits until it takes requests. The child ends with
--- `box:stop()`, or when its parent process ends for any reason.
---@param given table?
---@return wxlive.sandbox.Box?
---@return wxlive.Error?
function M.start(given)
  local options, err = read_options(given, for_start)
  if not options then
    return nil, err
  end
  local child = {}
  for name in pairs(common) do
    child[name] = options[name]
  end
  return require("wxlive.sandbox.box").start(child, options.wait, options.transport)
end

return M
