--- What the commands over a ledger share: the client, the ledger, their options.
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local language = require "wxlive.text.language"
local places = require "wxlive.base.places"
local report = require "wxlive.cli.report"
local settings = require "wxlive.cli.settings"
local shops = require "wxlive.shop"

local M = {}

local pick = language.pick

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

-- Where the ledger is: as named by option or setting, else a file in the user's state directory.
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

--- Opens the shop that the options and settings name.
---@param args table
---@param more table?   options of the client
---@param reading boolean?   a ledger that cannot be written will do
---@return wxlive.Shop? shop
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
  return shops.open { live = live, ledger = location, reading = reading }
end

-- How many warnings are printed one by one; the rest are only counted.
local PRINTED = 20

--- Makes the printer for the warnings of a sheet: hear(line, message) prints one, finish() counts
--- those that were not printed.
---@param sheet string
---@return { hear: fun(line: integer, message: string), finish: fun() }
function M.warnings(sheet)
  local heard = 0
  local self = {}
  function self.hear(line, message)
    heard = heard + 1
    if heard <= PRINTED then
      report.print("wxlive", pick("warning: ", "警告：") .. message, ("%s:%d"):format(sheet, line))
    end
  end
  function self.finish()
    if heard > PRINTED then
      report.print("wxlive", pick("and %d more warnings", "另有 %d 条警告"):format(heard - PRINTED))
    end
  end
  return self
end

--- A summary for printing, without the error that ended the run; that is printed separately.
function M.without_error(summary)
  local copy = {}
  for name, value in pairs(summary) do
    copy[name] = name ~= "err" and value or nil
  end
  return copy
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

return M
