--- The desk: a page to watch rooms and running shows from, and to act on them.
--
--   local desks = require "wxlive.desk"
--   local log = desks.log()
--   local live = assert(broadcast.new { hooks = log.hooks, quota = true })
--   local desk = assert(desks.new { live = live, log = log })
--   local response = desk:handle(request)
--
-- A request is { method, path, query, headers (names in lower case), body }, as wxlive.httpd gives
-- it; a response is { status, headers, body }. wxlive.desk.nginx serves it inside nginx, and the
-- commands `wxlive desk` and `wxlive rundown run --desk` on loopback.
--
-- Every request must name one of `hosts`; everything behind the page is POST, as JSON, from the
-- page's own origin, and (with `sessions`) from a browser that came by the one-time address.
local Error = require "wxlive.error"
local actions = require "wxlive.desk.actions"
local actions_of = require "wxlive.rundown.words"
local guard = require "wxlive.web.guard"
local json = require "wxlive.json"
local options_of = require "wxlive.base.options"
local plain = require "wxlive.desk.plain"
local readers = require "wxlive.desk.reader"
local rows = require "wxlive.desk.rows"
local both = require("wxlive.text.sentence").both
local states = require "wxlive.catalogue.states"
local views = require "wxlive.desk.view"
local web = require "wxlive.web"
local words = require "wxlive.desk.words"

local M = {}

--- The most bytes of a request's body.
M.MAX_BODY = 65536

M.options = {
  live = "table", accounts = "table", log = "table", shows = "table", base = "string",
  hosts = "table", https = "boolean", sessions = "table", background = "callable",
}

---@class wxlive.Desk
---@field ended boolean?   nothing comes any more: the page is told so
local Desk = {}
Desk.__index = Desk
Desk.__name = "wxlive.Desk"

--- A log of calls and of what was done. Its hooks go into every client whose calls it shall show.
---@param store wxlive.Store?   for workers that share it; this process's memory when left out
---@param now (fun(): number)?
---@return { hooks: table, calls: wxlive.desk.Rows, events: wxlive.desk.Rows }
function M.log(store, now)
  now = now or require("wxlive.core").system.now
  local calls = rows.new("calls", store)
  return {
    calls = calls, events = rows.new("events", store), hooks = {
      response = function(event)
        calls:add(plain.call(event, now()))
      end,
    },
  }
end

local function inline(job)
  job()
end

--- Makes a desk. Nothing is read before a page asks.
---@param given { live: wxlive.Broadcast?, accounts: wxlive.Broadcast[]?, log: table,
---  shows: wxlive.rundown.Show[]?, base: string?, hosts: string[]?, https: boolean?,
---  sessions: wxlive.desk.Sessions?, background: (fun(job: function))? }
---  live or accounts: the clients, one for each appid; log: of wxlive.desk.log; base: the path of
---  the page ("/"); hosts: the names by which it is reached (those of loopback); https: a server
---  before this one may speak HTTPS; sessions: of wxlive.desk.sessions, left out when a server
---  before this one decides who comes in; background: runs a job beside the request
---@return wxlive.Desk? desk
---@return wxlive.Error? err
function M.new(given)
  local ok, err = options_of.check("wxlive.desk.new", given, M.options, { "log" })
  if not ok then
    return nil, err
  end
  local accounts = given.accounts or { given.live }
  if not accounts[1] then
    return options_of.report("wxlive.desk.new", {
      { field = "live", message = both("is missing", "未设置") },
    })
  end
  local self = setmetatable({
    log = given.log, shows = given.shows or {}, base = given.base or "/", hosts = given.hosts,
    https = given.https, sessions = given.sessions, accounts = {}, by_appid = {},
  }, Desk)
  for _, live in ipairs(accounts) do
    if not self.by_appid[live.appid] then
      local account = { live = live, reader = readers.new(live, given.background or inline) }
      table.insert(self.accounts, account)
      self.by_appid[live.appid] = account
    end
  end
  return self
end

--- Takes an event of a running show.
---@param event table
---@param show wxlive.rundown.Show
function Desk:event(event, show)
  local row = event.row
  self.log.events:add {
    time = event.at, name = event.name, room_id = ("%.0f"):format(tonumber(show.room_id)),
    room = show.room.name, action = row and row.action, line = row and row.line > 0 and row.line
      or nil, state = event.state, label = event.label,
    target = plain.target(event.label, row and row.action), goods_id = event.goods_id,
    several = (event.goods or 0) > 1 and event.goods or nil,
    note = event.note, by_hand = event.by_hand, by = event.by, lateness = event.lateness,
    seconds = event.seconds, shift = event.shift, zero = event.zero, resumed = event.resumed,
    supposed = event.supposed, planned = event.planned, end_time = event.end_time,
    before = event.before, live_status = event.live_status, added = event.added and #event.added,
    removed = event.removed and #event.removed, changed = event.changed and #event.changed,
    problems = event.problems and #event.problems, error = plain.error(event.err),
  }
end

-- Answers -----------------------------------------------------------------------------------------

local function answer(status, content_type, body)
  return {
    status = status, body = body, headers = {
      ["Content-Type"] = content_type, ["Cache-Control"] = "no-store",
      ["X-Content-Type-Options"] = "nosniff",
    },
  }
end

local function refuse(status, reason)
  return answer(status, "application/json", assert(json.encode { error = reason }))
end

local STRANGER = [[
wxlive desk: this address was used already, or is not the one that was printed.
The terminal in which the desk runs shows a new one.

该地址已使用过，或不是命令输出的地址。请使用运行 desk 的终端中输出的新地址。
]]

-- What the page starts with.
local function facts()
  local named = {}
  for name, action in pairs(actions_of.actions) do
    named[name] = { action.words[1], action.zh }
  end
  return web.data {
    words = web.words(words), room = web.keyed(states.room), audit = web.keyed(states.audit),
    actions = named,
  }
end

local function page(self, request)
  local cookie = self.sessions and self.sessions:admit(request.query, self.base)
  if self.sessions and not cookie and not self.sessions:knows(request) then
    return answer(403, "text/plain; charset=UTF-8", STRANGER)
  end
  local response = web.page(request, web.read("web/header.html", "desk/page.html"), {
    title = "wxlive desk", colour = "d6336c",
    style = web.read("web/style.css", "desk/style.css"), facts = facts(),
    script = web.read("web/base.js", "web/rooms.js", "web/lists.js", "desk/script.js",
      "desk/rundown.js", "desk/panels.js"),
  })
  response.headers["Set-Cookie"] = cookie
  return response
end

local behind = {}

function behind.view(self, account, asked)
  account.reader:look()
  return views.of(self, account, asked)
end

function behind.act(self, account, asked)
  return actions.run(self, account.live, asked)
end

-- Whether a request may go behind the page; else the refusal.
local function admitted(self, request)
  local ok, reason, status = guard.change(request, self.https)
  if not ok then
    return nil, refuse(status, reason)
  elseif self.sessions and not self.sessions:knows(request) then
    return nil, refuse(401, "this browser has not come by the desk's address")
  elseif not (request.headers["content-type"] or ""):find("^application/json") then
    return nil, refuse(415, "the body must be application/json")
  elseif request.too_large or #(request.body or "") > M.MAX_BODY then
    return nil, refuse(413, "the body is too long")
  end
  return true
end

local function serve(self, request, work)
  local ok, refusal = admitted(self, request)
  if not ok then
    return refusal
  end
  local asked = json.decode(request.body or "")
  if type(asked) ~= "table" or json.is_array(asked) then
    return refuse(400, "the body is not a JSON object")
  end
  local account = asked.appid == nil and self.accounts[1] or self.by_appid[asked.appid]
  if not account then
    return refuse(400, "there is no such account here")
  end
  local result, reason = work(self, account, asked)
  if not result then
    return refuse(400, reason)
  end
  local text, why = json.encode(result)
  return text and answer(200, "application/json", text) or refuse(500, tostring(why))
end

--- Answers a request.
---@param request { method: string, path: string, query: string?, headers: table<string, string>,
---  body: string? }
---@return { status: integer, headers: table<string, string>, body: string } response
function Desk:handle(request)
  for name, wanted in pairs { method = "string", path = "string", headers = "table" } do
    local fits, err = options_of.argument("desk:handle", "request." .. name, wanted,
      type(request) == "table" and request[name] or nil)
    if not fits then
      error(err.message, 2)
    end
  end
  local ok, reason = guard.host(request, self.hosts)
  if not ok then
    return refuse(403, reason)
  end
  local base = self.base
  local name = request.path:sub(1, #base) == base and request.path:sub(#base + 1)
  if name == "" and request.method == "GET" then
    return page(self, request)
  elseif name == "" then
    return refuse(405, "this address takes GET")
  elseif not behind[name] then
    return refuse(404, "there is no such page")
  end
  local fine, response = pcall(serve, self, request, behind[name])
  if fine then
    return response
  end
  -- The page must be told; what was raised may hold anything.
  return refuse(500, Error.is(response) and plain.error(response).en or "internal error")
end

return M
