--- wxlive sandbox: the platform on this machine, to try things on.
local client = require "wxlive.cli.client"
local pick = require("wxlive.text.language").pick
local settings = require "wxlive.settings"
local tables = require "wxlive.base.tables"

local M = {
  name = "sandbox",
  summary = "run the platform's stand-in on this machine",
  summary_zh = "在本机运行沙箱平台",
}

function M.define(command)
  client.define_number(command, "--port", "<N>", { 0, 65535, whole = true },
    "port on 127.0.0.1; a free one when left out", "127.0.0.1 上的端口，缺省自动选择")
  command:option("--state"):argname("<FILE>")
    :description(pick("SQLite file that keeps the state between runs", "保存状态的 SQLite 文件"))
  command:option("--seed"):argname("<NAME>")
    :description(pick("data to begin with: demo", "初始数据：demo"))
  client.define_number(command, "--audit-seconds", "<N>", { 0, 86400, whole = true },
    "how long an audit of goods takes (default: 1)", "商品审核耗时的秒数（默认 1）")
  command:option("--callback-url"):argname("<URL>")
    :description(pick("push events there, with the keys that wxlive listen takes; in XML",
      "把事件推送到该地址，密钥与 wxlive listen 相同；XML 格式"))
  command:option("--callback-format"):choices { "xml", "json" }
    :description(pick("or in JSON", "推送格式"))
  command:option("--component"):argname("<URL>"):args("?")
    :description(pick("with a third-party platform, whose tickets, consents and shops' events are "
      .. "pushed to the URL; WXLIVE_COMPONENT_APPID and so on, where they are set, are its",
      "包含一个第三方平台，ticket、授权与商家事件推送到该地址；采用已设置的 WXLIVE_COMPONENT_APPID 等"))
end

-- Both sides of a push have the same settings. The appid of a receiver is in its messages,
-- therefore the sandbox uses it, too.
local function push_settings(args)
  if not args.callback_url then
    return {}
  end
  local options = assert(settings.read_callback { config = args.config })
  return {
    appid = options.appid, target = {
      url = args.callback_url, token = options.token, aes_key = options.aes_key,
      mode = options.mode, format = args.callback_format or "xml",
    },
  }
end

-- Settings of a third-party platform, and the variables that hold them on both sides.
local component_variables = {
  { "appid", "WXLIVE_COMPONENT_APPID" }, { "secret", "WXLIVE_COMPONENT_SECRET" },
  { "token", "WXLIVE_COMPONENT_TOKEN" }, { "aes_key", "WXLIVE_COMPONENT_AES_KEY" },
}

-- The third-party platform; both its pushes go to one URL, which learns the shop from its query.
local function component_of(args, defaults)
  if not args.component then
    return nil
  end
  local component, url = {}, args.component[1]
  for _, pair in ipairs(component_variables) do
    local value = os.getenv(pair[2]) or ""
    component[pair[1]] = value ~= "" and value or defaults[pair[1]]
  end
  if url then
    component.url = url
    component.message_url = url .. (url:find("?", 1, true) and "&" or "?") .. "appid=$APPID$"
  end
  return component
end

-- What the other terminal must set. A value that is set already may be a real secret: it is not
-- shown.
local function component_lines(component, defaults)
  local out = {}
  for _, pair in ipairs(component and component_variables or {}) do
    if component[pair[1]] == defaults[pair[1]] then
      out[#out + 1] = ("export %s=%s"):format(pair[2], component[pair[1]])
    end
  end
  return out
end

--- Serves until it is interrupted.
function M.run(args)
  local sandbox = require "wxlive.sandbox"
  local push = push_settings(args)
  local component = component_of(args, sandbox.COMPONENT)
  local appid = push.appid or sandbox.APPID
  return sandbox.serve {
    port = args.port, state = args.state, seed = args.seed, audit_seconds = args.audit_seconds,
    appid = appid, callback = push.target, component = component,
    on_ready = function(base_url)
      local lines = {
        pick("# the sandbox is up; in another terminal (Ctrl-C here ends it):",
          "# 沙箱已启动；在另一个终端执行（在此按 Ctrl-C 结束）："),
        ("export WXLIVE_APPID=%s WXLIVE_SECRET=%s"):format(appid, sandbox.SECRET),
        "export WXLIVE_BASE_URL=" .. base_url,
      }
      tables.append(lines, component_lines(component, sandbox.COMPONENT))
      lines[#lines + 1] = pick("# its console, in a browser: ", "# 控制台，用浏览器打开：")
        .. base_url .. "/console\n"
      -- All lines go out in one write: a reader may close the pipe after the line that it waits
      -- for, and writing another line would end the sandbox.
      io.write(table.concat(lines, "\n"))
      io.stdout:flush()
    end,
  }
end

return M
