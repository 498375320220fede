--- The desk over a sandbox, asked as a page asks it.
local broadcast = require "wxlive.broadcast"
local desks = require "wxlive.desk"
local json = require "wxlive.json"
local memory = require "wxlive.store.memory"

local M = {}

--- The name by which the page is reached.
M.HOST = "127.0.0.1:8080"

local Page = {}
Page.__index = Page

--- Opens a desk over a sandbox. `bodies` holds everything that it answers.
---@param box table
---@param options table?   of wxlive.desk.new
function M.open(box, options)
  local self = setmetatable({ box = box, log = desks.log(), bodies = {} }, Page)
  self.live = assert(broadcast.new {
    appid = box.appid, secret = box.secret, base_url = box.base_url, hooks = self.log.hooks,
    token_store = memory.new(), quota = true, retry = { attempts = 1 },
  })
  options = options or {}
  options.live, options.log = options.live or self.live, self.log
  self.desk = assert(desks.new(options))
  return self
end

function Page:send(request)
  local headers = { host = M.HOST }
  for name, value in pairs(request.headers or {}) do
    headers[name] = value or nil
  end
  request.headers = headers
  local response = self.desk:handle(request)
  self.bodies[#self.bodies + 1] = json.encode(response)
  return response
end

function Page:get(path, headers, query)
  return self:send { method = "GET", path = path, query = query, headers = headers, body = "" }
end

function Page:post(name, body, headers)
  local all = { ["content-type"] = "application/json", origin = "http://" .. M.HOST,
    ["sec-fetch-site"] = "same-origin" }
  for key, value in pairs(headers or {}) do
    all[key] = value
  end
  local response = self:send { method = "POST", path = self.desk.base .. name, headers = all,
    body = type(body) == "string" and body or json.encode(body or {}) }
  return response.status, json.decode(response.body), response
end

local function answer_of(self, name, asked)
  local status, answer = self:post(name, asked)
  assert(status == 200, answer and answer.error)
  return answer
end

function Page:view(asked)
  return answer_of(self, "view", asked)
end

function Page:act(asked)
  return answer_of(self, "act", asked)
end

--- The goods of a room, as the platform has them.
function Page:room_goods(id)
  for _, room in ipairs(self.box:control("state").room) do
    if room.id == id then
      return room.goods
    end
  end
end

return M
