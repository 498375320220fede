--- Opening a callback message of 1 kB from Lua, beside the OpenSSL calls that it needs and beside a
--- Python program that does the same with OpenSSL and expat.
local callback = require "wxlive.callback"
local core = require "wxlive.core"
local json = require "wxlive.json"
local measure = require "bench.measure"
local process = require "spec.support.process"
local report = require "bench.report"

local M = {}

local SIZE = 1024
local ROUNDS = 3 -- for each of the others': a run takes a fifth of a second
local TOKEN, APPID = "a-token-of-a-shop", "wx0123456789abcdef"
local KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

local function json_message(note)
  return (assert(json.encode {
    ToUserName = "gh_0123456789ab", FromUserName = "oABCDEFGHIJKLMNOPQRSTUVWXYZ12",
    CreateTime = math.floor(core.system.now()), MsgType = "event",
    Event = "wxalive_push_message_notify", PushMessageApiNotify = {
      message_id = "1234567890123456789", room_id = 12, total_count = 1000, success_count = 990,
      openid_error_count = 1, relation_error_count = 2, user_recv_limit_count = 3,
      internal_error_count = 4,
    }, Note = note,
  }))
end

local function xml_message(note)
  return ("<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA["
    .. "oABCDEFGHIJKLMNOPQRSTUVWXYZ12]]></FromUserName><CreateTime>%.0f</CreateTime><MsgType>"
    .. "<![CDATA[event]]></MsgType><Event><![CDATA[wxalive_push_message_notify]]></Event>"
    .. "<PushMessageApiNotify><message_id>1234567890123456789</message_id><room_id>12</room_id>"
    .. "<total_count>1000</total_count><success_count>990</success_count><openid_error_count>1"
    .. "</openid_error_count><relation_error_count>2</relation_error_count><user_recv_limit_count>3"
    .. "</user_recv_limit_count><internal_error_count>4</internal_error_count>"
    .. "</PushMessageApiNotify><Note><![CDATA[%s]]></Note></xml>"):format(core.system.now(), note)
end

-- Filled up to the size with text of three bytes a character.
local function message(make)
  local room = SIZE - #make ""
  return make(("推"):rep(math.floor(room / 3)))
end

local function delivery(make, format)
  local one = assert(callback.new {
    token = TOKEN, aes_key = KEY, appid = APPID, format = format,
  })
  local made = assert(one:delivery(message(make)))
  local encrypt = made.body:match('"Encrypt":"([^"]+)"')
    or made.body:match("<Encrypt><!%[CDATA%[([^%]]+)")
  return made, assert(encrypt)
end

local clients = {
  { name = "OpenSSL, contexts made for each", which = "each" },
  { name = "OpenSSL, contexts kept", which = "kept" },
  { name = "wxlive, Lua 5.4", interpreter = "lua5.4" },
  { name = "wxlive, LuaJIT", interpreter = "luajit" },
  { name = "Python, cryptography and expat", python = true },
}

local function command(client, made, encrypt, body_file, calls)
  local query = made.query
  local words
  if client.which then
    words = { "exec", "build/bench/bare_open", client.which, TOKEN, KEY, query.timestamp,
      query.nonce, encrypt }
  else
    local run = client.python and "exec /usr/bin/python3 bench/clients/peer_open.py"
      or ('eval "$(scripts/dev/env %s)"; exec %s bench/clients/open.lua'):format(
        client.interpreter, client.interpreter)
    words = { run, TOKEN, KEY, APPID, query.timestamp, query.nonce, query.msg_signature, body_file }
  end
  words[#words + 1], words[#words + 2] = tostring(calls), tostring(math.ceil(calls / 10))
  return table.concat(words, " ")
end

--- Prints the table. Figures are CPU time: nothing waits.
---@param directory string
---@param options { rounds: integer, quick: boolean? }
---@return table kept
function M.run(directory, options)
  local rows = { { "", "rate / contexts for each", "rate / contexts kept", "us a message" } }
  local kept = {}
  for _, form in ipairs { { "JSON", json_message, "json" }, { "XML", xml_message, "xml" } } do
    local runs = {}
    for _ = 1, ROUNDS * options.rounds do
      local made, encrypt = delivery(form[2], form[3])
      local body_file = directory .. "/delivery"
      process.write(body_file, made.body)
      local us = {}
      for i, client in ipairs(clients) do
        local got = measure.line(client.name .. ", " .. form[1],
          command(client, made, encrypt, body_file, options.quick and 200 or 50000))
        us[i] = got and got.cpu / got.calls * 1e6
      end
      for i in ipairs(clients) do
        runs[i] = runs[i] or { each = {}, kept = {}, us = {} }
        if us[1] and us[2] and us[i] then
          table.insert(runs[i].each, us[1] / us[i])
          table.insert(runs[i].kept, us[2] / us[i])
          table.insert(runs[i].us, us[i])
        end
      end
    end
    for i, client in ipairs(clients) do
      local of = {}
      for what, values in pairs(runs[i]) do
        of[what] = report.spread(values)
      end
      kept[form[1] .. ", " .. client.name] = of
      rows[#rows + 1] = { form[1] .. ", " .. client.name, report.ratio(of.each),
        report.ratio(of.kept), of.us and ("%.2f"):format(of.us.median) or "-" }
    end
  end
  report.table("A callback message of 1 kB opened: median (least to most)", rows)
  return kept
end

return M
