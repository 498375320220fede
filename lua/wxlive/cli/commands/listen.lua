--- wxlive listen: receives the platform's callbacks over HTTP, on loopback, behind a reverse proxy.
local accounts = require "wxlive.cli.accounts"
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local finally = require("wxlive.cli.raised").finally
local http = require "wxlive.cli.http"
local interrupts = require "wxlive.cli.interrupts"
local language = require "wxlive.text.language"
local loops = require "wxlive.concurrent.loop"
local observer = require "wxlive.cli.observer"
local output = require "wxlive.cli.output"
local percent = require "wxlive.base.percent"
local report = require "wxlive.cli.output.report"
local sentence = require "wxlive.text.sentence"
local settings = require "wxlive.settings.file"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"
local usage = require "wxlive.cli.usage"

local M = {
  name = "listen",
  summary = "receive callbacks and print them, or run a handler file",
  summary_zh = "接收推送消息：输出，或交给处理脚本",
  -- One port receives for all that are named.
  accounts = "own",
}

local both, pick = sentence.both, language.pick

local LARGEST = 1024 * 1024

-- Seconds between two looks at a platform's ticket.
local LOOK_EVERY = 600

function M.define(command)
  client.define_number(command, "--port", "<N>", { 0, 65535, whole = true },
    "port on 127.0.0.1; a free one when left out", "127.0.0.1 上的端口，缺省自动选择")
  command:option("--handler"):argname("<FILE>"):description(pick(
    "Lua file that is given the receiver, and the account's name where one is named: "
      .. "local callback, account = ...; callback:on(\"follow\", f)",
    "Lua 处理脚本：local callback, account = ...; callback:on(\"follow\", f)"))
  command:flag("--platform"):description(pick(
    "receive both URLs of a third-party platform: tickets and consents are kept",
    "作为第三方平台接收：保存 ticket 与授权"))
  observer.define(command)
  command:epilog(pick("With several accounts each has an address of its own, /NAME, and its "
    .. "section of the settings has the keys: callback_token, callback_aes_key.",
    "多个账号时每个账号使用各自的地址 /名称，密钥写在配置文件的账号小节中：callback_token、callback_aes_key。"))
end

local function bad_handler(reason)
  return Error.fail {
    kind = "usage", name = "bad_handler",
    message = both("the handler file: %s", "处理脚本：%s"):format(reason),
  }
end

-- Runs the handler file, which registers what it wants to have.
local function load_handler(path, receiver, account)
  local chunk, reason = loadfile(path)
  if not chunk then
    return bad_handler(reason)
  end
  local ok, failure = pcall(chunk, receiver, account)
  if not ok then
    return bad_handler(tostring(failure))
  elseif next(receiver.handlers) == nil then
    return bad_handler(both("%s registers no handler", "%s 没有注册任何处理函数"):format(path))
  end
  return true
end

-- Fields of a platform's pushes that open something.
local hidden = { "raw", "component_verify_ticket", "authorization_code", "pre_auth_code" }

-- Prints every event, as a handler: one that cannot be printed does not count as taken, and the
-- platform delivers it again.
local function print_events(receiver, args)
  receiver:on("*", function(event)
    for _, name in ipairs(hidden) do
      event = tables.without(event, name)
    end
    event.account = args.acts_for and args.acts_for.name
    show.json(event)
    local ok, err = output.flush()
    if not ok then
      args.broken = err
      error(err, 0)
    end
  end)
  return true
end

--- Makes a function that looks at the ticket, at most every LOOK_EVERY seconds, and reports when no
--- new one comes.
---@param platform wxlive.Platform
---@param say fun(text: string|wxlive.Error)
---@param monotonic (fun(): number)?
---@return fun()
function M.ticket_watch(platform, say, monotonic)
  monotonic = monotonic or core.system.monotonic
  local looked = monotonic()
  return function()
    local now = monotonic()
    if now - looked < LOOK_EVERY then
      return
    end
    looked = now
    local status, err = platform:ticket_status()
    if err then
      say(err)
    elseif not status then
      say(pick("no component_verify_ticket has come yet", "尚未收到 component_verify_ticket"))
    elseif status.late then
      say(pick("no component_verify_ticket has come for %.0f min",
        "已有 %.0f 分钟未收到 component_verify_ticket"):format(status.age / 60))
    end
  end
end

-- The receiver of a third-party platform, and a function to be called now and then.
local function platform_receiver(args)
  local platform = assert(client.open_platform(args,
    args.observer and args.observer:client("platform")))
  local receiver = rawget(platform, "callback")
  if not receiver then
    return settings.bad(both("token and aes_key of the pushes are missing (%s, %s)",
      "缺少消息推送的 Token 与 EncodingAESKey（%s、%s）"):format("WXLIVE_COMPONENT_TOKEN",
      "WXLIVE_COMPONENT_AES_KEY"))
  end
  -- A wrong key or place of the vault is told now, and not with the first push.
  local _, wrong = platform:ticket_status()
  assert(not wrong, wrong)
  return receiver, M.ticket_watch(platform, function(text)
    report.print("wxlive listen", text)
  end)
end

-- The receiver of one account, or of the platform; and what is to be done now and then.
local function open_receiver(args)
  local receiver, err = (args.platform and platform_receiver or client.receiver)(args)
  local now_and_then = err
  if not receiver then
    return nil, err
  end
  local ok
  if args.handler then
    ok, err = load_handler(args.handler, receiver, args.acts_for and args.acts_for.name)
  else
    ok = print_events(receiver, args)
  end
  if not ok then
    return nil, err
  end
  return receiver, now_and_then
end

---@class wxlive.cli.Served
---@field any table?                     { receiver, args }: whatever the address
---@field by_name table<string, table>   of each of several accounts, by the name in the address
---@field now_and_then fun()?
---@field err wxlive.Error?              of the accounts that cannot be served

-- The receivers of several accounts. One that cannot be opened is reported; the others are served.
local function open_accounts(args, chosen)
  local served, errors = { by_name = {} }, {}
  for _, account in ipairs(chosen) do
    local own = accounts.arguments(args, account)
    local receiver, err = open_receiver(own)
    if receiver then
      served.by_name[account.name] = { receiver = receiver, args = own }
    else
      errors[account.name] = err
      report.print(report.who(own), err)
    end
  end
  served.err = next(errors) and accounts.failure(chosen, errors)
  if not next(served.by_name) then
    return nil, served.err
  end
  return served
end

-- Everything that the command line wants to be served.
local function open_all(args)
  local one = args
  if accounts.are_named(args) and args.platform then
    return usage.fail("--platform receives for all shops; it does not go with --account and --all",
      "--platform 接收全部商家的推送，不能与 --account、--all 同用")
  elseif accounts.are_named(args) then
    local chosen = accounts.select(args)
    if chosen[2] then
      return open_accounts(args, chosen)
    end
    one = accounts.arguments(args, chosen[1])
  end
  local receiver, now_and_then = open_receiver(one)
  assert(receiver, now_and_then)
  return { any = { receiver = receiver, args = one }, now_and_then = now_and_then, by_name = {} }
end

-- What is served at an address.
local function at_path(served, path)
  return served.any or served.by_name[percent.decode(path:match("^/([^/]*)/?$") or "")]
end

local function serve(served, exchange, request)
  local one = at_path(served, request.path)
  if not one then
    exchange:respond { status = 404, body = "no such account" }
    return
  end
  local receiver, args = one.receiver, one.args
  if request.too_large then
    exchange:respond { status = 413, body = "refused" }
    report.print("wxlive listen", pick("a body larger than 1 MiB was refused",
      "拒绝了超过 1 MiB 的请求体"))
    return
  end
  local response, _, err = receiver:handle(request.method, request.query, request.body)
  exchange:respond {
    status = response.status, body = response.body,
    headers = { ["Content-Type"] = response.content_type, ["Cache-Control"] = "no-store" },
  }
  if err and not args.broken then
    report.print({ program = "wxlive listen", account = args.acts_for and args.acts_for.name }, err)
  end
  if args.observer and args.observer.metrics then
    args.observer.metrics:push(response.status, args.acts_for and args.acts_for.name)
  end
  assert(not args.broken, args.broken)
end

-- The longest wait for a request, in seconds. Otherwise a signal that arrives just before the wait
-- would be noticed at the next request only.
local LONGEST_WAIT = 1

-- Beside metrics, which are served between the waits.
local SHORT_WAIT = 0.1

local function run(listener, served)
  local wait = loops.current() and SHORT_WAIT or LONGEST_WAIT
  while not core.process.interrupted() do
    local exchange, request = listener:poll(wait)
    if loops.current() then
      loops.sleep(0)
    end
    if served.now_and_then then
      served.now_and_then()
    end
    if exchange then
      serve(served, exchange, request)
    end
  end
  listener:poll(0) -- sends the last answer
end

-- Says which address is whose.
local function announce(port, served)
  local function tell(path, one)
    report.print("wxlive listen", ("http://127.0.0.1:%d%s %s%s"):format(port, path,
      pick("mode ", "模式 "), one.receiver.mode))
  end
  if served.any then
    return tell("", served.any)
  end
  for _, name in ipairs(tables.keys(served.by_name)) do
    tell("/" .. name, served.by_name[name])
  end
end

--- Serves until it is asked to end.
function M.run(args)
  local served = assert(open_all(args))
  local listener = http.listen { port = args.port or 0, max_body = LARGEST }
  announce(listener:port(), served)
  finally(function() listener:close() end, interrupts.unbroken, run, listener, served)
  return not served.err or nil, served.err
end

return M
