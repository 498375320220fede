--- wxlive platform ...: what a third-party platform does beside calls for its shops.
local client = require "wxlive.cli.client"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local help = require "wxlive.cli.help"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local output = require "wxlive.cli.output"
local queries = require "wxlive.callback.query"
local sentence = require "wxlive.text.sentence"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"
local usage = require "wxlive.cli.usage"

local M = {
  name = "platform",
  summary = "third-party platform: ticket, shops, consents, backup",
  summary_zh = "第三方平台：ticket、商家、授权、备份",
}

local both, pick = sentence.both, language.pick

local actions = {}

function M.define(command)
  command:require_command(true):command_target("action")
  local ticket = help.command(command, "ticket", "how old the component_verify_ticket is",
    "查看 component_verify_ticket 的状态")
  ticket:flag("--push"):description(pick("ask the platform to push tickets again",
    "请求平台重新启动推送"))
  client.define_output_options(ticket)
  local shops = help.command(command, "shops", "the shops that gave consent", "已授权的商家")
  shops:flag("--all"):description(pick("also those whose consent is over or not taken over yet",
    "包含已取消与待处理的授权"))
  client.define_output_options(shops)
  local authorize = help.command(command, "authorize",
    "print the address of the page of consent, or take a consent over by its code",
    "生成授权页地址，或用授权码完成授权")
  authorize:mutex(
    authorize:option("--redirect-uri"):argname("<URL>"):description(pick(
      "where the shop is sent back to, with auth_code", "授权后的回调地址（带 auth_code）")),
    authorize:option("--code"):argname("<CODE>"):description(pick(
      "auth_code of the redirect, or its whole address; - reads standard input",
      "回调中的 auth_code 或完整回调地址；- 表示标准输入")))
  authorize:option("--kind"):choices { "pc", "phone" }:description(pick(
    "page for a computer (a QR code) or a phone", "电脑扫码页或手机页"))
  authorize:option("--sets"):argname("<52,19,...>"):description(pick(
    "permission sets to ask for; 52 is live, 19 or 30 allow pictures",
    "请求的权限集；52 为直播，19 或 30 可上传图片"))
  authorize:option("--biz-appid"):argname("<APPID>"):description(pick(
    "only this mini program may consent", "限定授权的小程序"))
  client.define_output_options(authorize)
  client.define_output_options(help.command(command, "sync",
    "take over the shops and refresh tokens that the platform knows", "从平台同步商家与刷新令牌"))
  local info = help.command(command, "info", "what a shop granted", "查看商家的授权")
  info:argument("appid"):argname("<APPID>"):description(pick("the shop", "商家 appid"))
  info:flag("--fresh"):description(pick("ask the platform", "向平台查询"))
  client.define_output_options(info)
  help.command(command, "export", "print the vault, sealed, for a backup", "导出（加密的）保险库备份")
  local import = help.command(command, "import", "take records out of a backup", "从备份导入")
  import:argument("file"):argname("<FILE>"):description(pick(
    "what export printed; - reads standard input", "export 的输出；- 表示标准输入"))
  import:flag("--replace"):description(pick("also replace records that the vault has",
    "覆盖保险库中已有的记录"))
  help.command(command, "reseal",
    "seal the vault with the present key: the last step of changing keys",
    "用当前密钥重新加密保险库（更换密钥的最后一步）")
end

function actions.ticket(platform, args)
  if args.push then
    assert(platform:start_push_ticket())
  end
  local status, err = platform:ticket_status()
  assert(not err, err)
  if not status then
    return show.record({ state = args.push and "asked" or "missing" }, args)
  end
  return show.record({
    state = status.refused and "refused" or status.late and "late" or "good",
    came_at = math.floor(status.at), age = math.floor(status.age),
    ends_in = math.floor(status.ends_in),
  }, args)
end

-- As a row: lists as text on a terminal, as lists in JSON.
local function row_of(info, args)
  local row = tables.merged(info)
  row.sets = row.sets and (show.wants_json(args) and json.array(row.sets)
    or table.concat(row.sets, " "))
  return row
end

function actions.shops(platform, args)
  local rows = json.array {}
  for _, info in platform:shops { all = args.all } do
    rows[#rows + 1] = row_of(info, args)
  end
  return show.list(rows, { "appid", "nick_name", "state", "live", "uploads", "since", "sets" },
    args, pick("no shop has given consent", "暂无已授权的商家"))
end

local function sets_of(text)
  if not text then
    return nil
  end
  local ids = {}
  for word in text:gmatch("[^,%s|]+") do
    ids[#ids + 1] = tonumber(word) or word
  end
  return ids
end

-- The code, out of what a person copied from the browser.
local function code_of(text)
  local code = text:match("[?&]auth_code=([^&#%s]+)")
  return code and queries.unescape(code) or (text:gsub("%s+$", ""))
end

function actions.authorize(platform, args)
  if args.code then
    local code = args.code == "-" and assert(files.input("-")) or args.code
    local live = assert(platform:authorize(code_of(code)))
    local info = assert(platform:shop_info(live.appid))
    show.record(row_of(info, args), args)
    return output.flush(info)
  elseif not args.redirect_uri then
    return usage.fail(both("authorize: give --redirect-uri, for the address of the page of "
      .. "consent, or --code, to take one over",
      "authorize：请提供 --redirect-uri（生成授权页地址）或 --code（完成授权）"))
  end
  local url, expires_in = assert(platform:authorization_url {
    redirect_uri = args.redirect_uri, kind = args.kind, category_ids = sets_of(args.sets),
    biz_appid = args.biz_appid,
  })
  return show.record({ url = url, expires_in = expires_in }, args)
end

function actions.sync(platform, args)
  local summary = assert(platform:sync())
  local failed = json.array {}
  for appid, why in pairs(summary.failed) do
    failed[#failed + 1] = { appid = appid, error = tostring(why) }
  end
  if show.wants_json(args) then
    summary.failed = failed
    show.json(summary)
  else
    show.record({
      shops = summary.shops, new = table.concat(summary.new, " "),
      changed = table.concat(summary.changed, " "), missing = table.concat(summary.missing, " "),
    }, args)
    for _, row in ipairs(failed) do
      io.stderr:write("wxlive: ", row.appid, ": ", row.error, "\n")
    end
  end
  if failed[1] then
    return Error.fail {
      kind = "partial", name = "partial", sent = true,
      message = both("%d of %d shops could not be taken over", "%d/%d 个商家同步失败")
        :format(#failed, summary.shops),
    }
  end
  return true
end

function actions.info(platform, args)
  local info = assert(platform:shop_info(args.appid, { fresh = args.fresh }))
  return show.record(row_of(info, args), args)
end

function actions.export(platform)
  assert(platform:export(function(line)
    io.stdout:write(line, "\n")
  end))
  return output.flush()
end

function actions.import(platform, args)
  local text = assert(files.input(args.file))
  return show.json(assert(platform:import(text, { replace = args.replace })))
end

function actions.reseal(platform)
  return show.json { sealed = (assert(platform:reseal())) }
end

function M.run(args)
  return actions[args.action](assert(client.open_platform(args)), args)
end

return M
