--- wxlive sandbox: the platform on this machine, to try things on.
local language = require "wxlive.language"

local M = {
  name = "sandbox",
  summary = "run the platform's stand-in on this machine",
  summary_zh = "在本机运行沙箱平台",
}

local pick = language.pick

local function whole(name, least, most)
  return function(text)
    local value = text:find("^%d+$") and tonumber(text)
    if not value or value < least or value > most then
      return nil, ("%s must be a whole number from %d to %d, not %s")
        :format(name, least, most, text)
    end
    return value
  end
end

function M.define(command)
  command:option("--port"):argname("<N>"):convert(whole("--port", 0, 65535))
    :description(pick("port on 127.0.0.1; a free one when left out", "127.0.0.1 上的端口，缺省自动选择"))
  command:option("--state"):argname("<FILE>")
    :description(pick("SQLite file that keeps the state between runs", "保存状态的 SQLite 文件"))
  command:option("--seed"):argname("<NAME>")
    :description(pick("data to begin with: demo", "初始数据：demo"))
  command:option("--audit-seconds"):argname("<N>"):convert(whole("--audit-seconds", 0, 86400))
    :description(pick("how long an audit of goods takes (default 1)", "商品审核耗时（默认 1 秒）"))
end

--- Serves until it is interrupted.
function M.run(args)
  local sandbox = require "wxlive.sandbox"
  return sandbox.serve {
    port = args.port, state = args.state, seed = args.seed, audit_seconds = args.audit_seconds,
    on_ready = function(base_url)
      print(pick("# the sandbox is up; in another terminal (Ctrl-C here ends it):",
        "# 沙箱已启动；在另一个终端执行（在此按 Ctrl-C 结束）："))
      print(("export WXLIVE_APPID=%s WXLIVE_SECRET=%s"):format(sandbox.APPID, sandbox.SECRET))
      print("export WXLIVE_BASE_URL=" .. base_url)
      io.stdout:flush()
    end,
  }
end

return M
