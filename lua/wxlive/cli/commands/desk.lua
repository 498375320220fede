--- wxlive desk: a page on loopback to watch the rooms of accounts, and to show cards.
local accounts_of = require "wxlive.cli.accounts"
local client = require "wxlive.cli.client"
local pick = require("wxlive.text.language").pick
local loops = require "wxlive.concurrent.loop"
local map = require "wxlive.concurrent.map"
local observer = require "wxlive.cli.observer"
local servers = require "wxlive.cli.desk"
local shop = require "wxlive.cli.shop"
local tables = require "wxlive.base.tables"

local M = {
  name = "desk",
  summary = "watch rooms, audits and quotas in a browser, and show cards",
  summary_zh = "在浏览器中查看直播间、审核与配额，推送商品卡片",
  accounts = "own", shop = true,
}

function M.define(command)
  servers.define_port(command)
  observer.define(command)
  command:epilog(pick("The address works once, on this machine only. "
    .. "wxlive rundown run FILE --room ID --desk runs a show with this page beside it.",
    "地址仅可使用一次，且仅限本机访问。"
    .. "wxlive rundown run 文件 --room ID --desk 在执行流程的同时打开此页面。"))
end

-- The clients of the accounts that the command line names, or of that of the settings.
local function open_clients(args, log)
  local options = { hooks = log.hooks, quota = true }
  if not accounts_of.are_named(args) then
    return { assert(client.open(args, options)) }
  end
  return tables.map(accounts_of.select(args), function(account)
    return assert(client.open(accounts_of.arguments(args, account), options))
  end)
end

M.run = shop.interruptible(function(args, interrupted)
  local log = servers.log()
  local clients = open_clients(args, log)
  local server = servers.listen(args.port)
  server:open({ accounts = clients, log = log }, servers.say)
  map.wait(map.spawn(server.run, server, interrupted, loops.sleep))
  return true
end)

return M
