--- Serves the desk on loopback, beside whatever else the process does: its address printed, each
--- request a task of its own.
local client = require "wxlive.cli.client"
local system = require("wxlive.core").system
local desks = require "wxlive.desk"
local http = require "wxlive.cli.http"
local pick = require("wxlive.text.language").pick
local map = require "wxlive.concurrent.map"
local random = require "wxlive.base.random"
local sessions_of = require "wxlive.desk.sessions"

local M = {}

-- Seconds between two looks for a request, and for which a page may fetch the end of a show.
local TURN, FAREWELL = 0.02, 3

-- A page that asked within so many seconds is still open.
local OPEN = 3

---@class wxlive.cli.Desk
---@field port integer
local Server = {}
Server.__index = Server

--- The log that goes with a desk; see wxlive.desk.log.
M.log = desks.log

--- Prints the desk's address, which is for the terminal alone.
---@param text string
function M.say(text)
  io.stderr:write("wxlive desk: ", text, "\n")
end

--- --port
---@param command table   argparse command
function M.define_port(command)
  client.define_number(command, "--port", "<N>", { 0, 65535, whole = true },
    "port of the desk on 127.0.0.1; a free one when left out", "直播台在 127.0.0.1 上的端口，缺省自动选择")
end

--- Starts to listen, on 127.0.0.1.
---@param port integer?   a free one when left out
---@return wxlive.cli.Desk server
function M.listen(port)
  local listener = http.listen { port = port, max_body = desks.MAX_BODY }
  return setmetatable({ listener = listener, port = listener:port(), under_way = 0 }, Server)
end

--- Opens the desk that is served. Cookies know no ports: the random path keeps this desk's from
--- other servers of this machine.
---@param options { accounts: wxlive.Broadcast[], log: table, shows: table[]? }
---@param say fun(text: string)   prints the address
---@return wxlive.Desk desk
function Server:open(options, say)
  local base = "/" .. assert(random.hex(8)) .. "/"
  local sessions
  local function address()
    return ("http://127.0.0.1:%d%s?token=%s"):format(self.port, base, sessions.token)
  end
  sessions = sessions_of.new(function()
    say(pick("a browser has opened the desk; for another one: ", "已有浏览器打开直播台；再开一个请用：") .. address())
  end)
  self.desk = assert(desks.new {
    accounts = options.accounts, log = options.log, shows = options.shows, base = base,
    sessions = sessions, background = map.spawn,
  })
  say(pick("open in a browser, once: ", "请在浏览器打开（仅可用一次）：") .. address())
  return self.desk
end

-- Answers a request; other requests are answered meanwhile.
local function answer(self, exchange, request)
  self.under_way = self.under_way + 1
  self.asked_at = system.monotonic()
  local tells_end = self.desk.ended and request.path:find("view$") ~= nil
  map.spawn(function()
    local fine, response = pcall(self.desk.handle, self.desk, request)
    exchange:respond(fine and response or { status = 500, body = "internal error" })
    self.under_way = self.under_way - 1
    self.told_end = self.told_end or tells_end
  end)
end

-- Whether a page is open that has not heard of the end.
local function is_awaited(self)
  return self.asked_at and system.monotonic() < self.asked_at + OPEN and not self.told_end
end

--- Serves, as a task, until it is over and what was asked is answered.
---@param is_over fun(): boolean
---@param wait fun(seconds: number)
function Server:run(is_over, wait)
  local stop
  while true do
    if is_over() then
      self.desk.ended = true
      stop = stop or system.monotonic() + FAREWELL
      if system.monotonic() >= stop or self.under_way == 0 and not is_awaited(self) then
        break
      end
    end
    local exchange, request = self.listener:poll(0)
    if exchange then
      answer(self, exchange, request)
    else
      wait(TURN)
    end
  end
  self.listener:poll(0) -- sends the last answer
  self.listener:close()
end

return M
