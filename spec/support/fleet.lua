--- Accounts of one sandbox on one ledger, their sheets in the queue, and workers over them.
local broadcast = require "wxlive.broadcast"
local command = require "spec.support.command"
local core = require "wxlive.core"
local jobs = require "wxlive.ledger.jobs"
local ledgers = require "wxlive.ledger"
local memory = require "wxlive.store.memory"
local shops = require "spec.support.shop"
local tables = require "wxlive.base.tables"
local wxlive_shop = require "wxlive.shop"
local worker = require "wxlive.worker"

local M = {}

-- Seconds that a run may take before it counts as one that does not end.
local LONGEST = 100

local Fleet = {}
Fleet.__index = Fleet

--- A fleet; the first account is the one that controls of the sandbox act on.
---@param names string[]
---@param options table?   of the sandbox
function M.open(names, options)
  local self = setmetatable({ shop = shops.open(options), accounts = {}, now = core.system.now },
    Fleet)
  local box = self.shop.box
  self.box = box
  for i, name in ipairs(names) do
    local live = assert(broadcast.new {
      appid = i == 1 and box.appid or ("wx%016d"):format(i), secret = box.secret,
      base_url = box.base_url, token_store = memory.new(), lookup = { settle = 0.2 },
    })
    self.accounts[i] = { name = name, appid = live.appid, live = live }
    self.accounts[name] = self.accounts[i]
  end
  return self
end

function Fleet:close()
  self.shop:close()
end

function Fleet:ledger(name)
  return assert(ledgers.open(self.shop.location, {
    appid = wxlive_shop.account(self.accounts[name].live),
  }))
end

--- Submits a sheet for an account.
function Fleet:submit(name, lines, options, sheet)
  local path = self.shop:sheet(sheet or "goods.csv", lines)
  local shop = assert(wxlive_shop.open {
    live = self.accounts[name].live, ledger = self.shop.location,
  })
  local summary = assert(shop:submit(path, options))
  shop:close()
  return summary
end

--- Writes the settings file of the accounts, and gives the environment of commands over it.
function Fleet:settings()
  local lines = { "base_url = " .. self.box.base_url, "ledger = " .. self.shop.location }
  for _, account in ipairs(self.accounts) do
    lines[#lines + 1] = ("[%s]\nappid = %s\nsecret = %s"):format(account.name, account.appid,
      self.box.secret)
  end
  local path = self.shop.home .. "/config"
  command.write(path, table.concat(lines, "\n") .. "\n")
  os.execute("chmod 600 " .. path)
  return { WXLIVE_CONFIG = path, WXLIVE_APPID = false, WXLIVE_SECRET = false,
    WXLIVE_BASE_URL = false, WXLIVE_LEDGER = false }
end

--- Makes a room of an account; gives its id.
function Fleet:room(name, title)
  local live, at = self.accounts[name].live, os.time() + 7200
  local media = assert(live:upload_media("scripts/samples/images/cup.png")).media_id
  return math.floor(assert(live:create_room {
    name = title, cover_img = media, share_img = media, feeds_img = media, type = 0,
    start_time = at, end_time = at + 7200, anchor_name = "小王主播", anchor_wechat = "wang_live",
    close_like = 0, close_goods = 0, close_comment = 0,
  }).room_id)
end

--- A job of an account.
function Fleet:job(name, kind, called)
  local ledger = self:ledger(name)
  for _, job in ipairs(assert(jobs.list(ledger))) do
    if job.appid == ledger.appid and job.kind == kind and (not called or job.name == called) then
      ledger:close()
      return job
    end
  end
  ledger:close()
end

--- Runs a worker until over(reports) is true. Gives what it reported, and what `run` gave.
function Fleet:run(options, over)
  local reports = {}
  local given = tables.merged({
    accounts = self.accounts, ledger = self.shop.location, every = 0, slice = 0, settle = 0.2,
    clock = function() return self.now() end,
    on_report = function(report) reports[#reports + 1] = report end,
  }, options)
  local one = assert(worker.open(given))
  local deadline = core.system.monotonic() + LONGEST
  local ok, err = one:run {
    interrupted = function()
      assert(core.system.monotonic() < deadline, "the worker does not come to its end")
      return over(reports)
    end,
  }
  one:close()
  return reports, ok, err
end

--- How many reports are as wanted: M.count(reports, { what = "done", account = "tea" }).
function M.count(reports, wanted)
  local n = 0
  for _, report in ipairs(reports) do
    local fits = true
    for key, value in pairs(wanted) do
      fits = fits and report[key] == value
    end
    n = n + (fits and 1 or 0)
  end
  return n
end

--- For `run`: until so many jobs were done.
function M.done(count)
  return function(reports)
    return M.count(reports, { what = "done" }) >= count
  end
end

return M
