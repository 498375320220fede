--- What the commands over a ledger share: the client, the ledger, their options.
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local language = require "wxlive.language"
local ledgers = require "wxlive.ledger"
local places = require "wxlive.places"
local report = require "wxlive.cli.report"
local settings = require "wxlive.cli.settings"

local M = {}

local pick = language.pick

local PLATFORM = "https://api.weixin.qq.com"

--- A converter of numbers for argparse.
---@param name string
---@param least number
---@param most number?
---@param whole boolean?
function M.number(name, least, most, whole)
  return function(text)
    local value = tonumber(text)
    if not value or value < least or value > (most or math.huge) or whole and value % 1 ~= 0 then
      return nil, ("%s must be a %snumber from %s%s, not %s"):format(name, whole and "whole " or "",
        least, most and " to " .. most or "", text)
    end
    return whole and math.floor(value) or value
  end
end

--- --ledger
function M.define_ledger(command)
  command:option("--ledger"):argname("<FILE|URL>"):description(pick(
    "where the ledger is: a file, or postgresql://user@host/database for several machines; "
      .. "WXLIVE_LEDGER, the setting ledger, or wxlive/ledger.db where your system keeps state",
    "台账位置：文件，或多机共享的 postgresql://用户@主机/库；默认取 WXLIVE_LEDGER、配置项 ledger 或用户状态目录下的 "
      .. "wxlive/ledger.db"))
end

-- Where the ledger is: what is said, or a file where the system keeps a user's state.
local function location_of(args)
  local said, err = args.ledger, nil
  if not said or said == "" then
    said, err = settings.read_ledger(args)
  end
  if said or err then
    return said, err
  end
  local state = places.state()
  if not state then
    return Error.fail {
      kind = "usage", name = "no_ledger", sent = false,
      message = pick("there is no place for the ledger: HOME is not set",
        "无法确定台账位置：未设置 HOME"),
      hint = "name one with --ledger or WXLIVE_LEDGER, such as /var/lib/shop/ledger.db",
      hint_zh = "请用 --ledger 或 WXLIVE_LEDGER 指定，例如 /var/lib/shop/ledger.db",
    }
  end
  local folder = state .. "/wxlive"
  os.execute("umask 077; mkdir -p '" .. folder:gsub("'", "'\\''") .. "' 2>/dev/null")
  return folder .. "/ledger.db"
end

--- Opens the client and the ledger.
---@param args table
---@param more table?   options of the client
---@param reading boolean?   a ledger that cannot be written will do
---@return table? shop   { live, ledger }
---@return wxlive.Error? err
function M.open(args, more, reading)
  local live, err = client.open(args, false, nil, more)
  if not live then
    return nil, err
  end
  local location
  location, err = location_of(args)
  if not location then
    return nil, err
  end
  -- What was done in a sandbox was not done on the platform.
  local account = live.base_url == PLATFORM and live.appid or live.appid .. "@" .. live.base_url
  local ledger
  ledger, err = ledgers.open(location, { appid = account, reading = reading })
  if not ledger then
    return nil, err
  end
  return { live = live, ledger = ledger }
end

--- The name under which a sheet's rows are kept: two machines may have it in different places.
function M.sheet_name(path)
  return path:match("([^/]+)$") or path
end

--- A sheet that cannot be read: every problem in a line of its own, then what to end with.
---@return nil
---@return wxlive.Error err
function M.bad_sheet(path, err)
  if not err.problems then
    return nil, err
  end
  for _, problem in ipairs(err.problems) do
    report.print("wxlive", problem.message, path .. (problem.line and ":" .. problem.line or ""))
  end
  return Error.fail {
    kind = "usage", name = "bad_sheet", sent = false,
    message = pick("problems in the sheet: %d; nothing was sent", "表格有 %d 处问题，未发送任何请求")
      :format(#err.problems),
  }
end

--- Runs work(interrupted) so that Ctrl-C only asks it to end.
function M.interruptible(work)
  core.process.catch()
  local results = { pcall(work, core.process.interrupted) }
  core.process.release()
  if not results[1] then
    error(results[2], 0)
  end
  return results[2], results[3]
end

--- The error that a run which was asked to end comes out with.
function M.interrupted()
  return Error.fail {
    kind = "interrupted", name = "interrupted", sent = false,
    message = pick("stopped; what was begun is finished and in the ledger",
      "已停止；进行中的操作均已完成并记入台账"),
    hint = "run it again to go on", hint_zh = "再次运行即可继续",
  }
end

return M
