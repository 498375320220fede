--- A desk that a command serves, as a browser or a program sees it: its address, its requests.
local await = require "spec.support.await"
local curl = require "spec.support.curl"
local json = require "wxlive.json"
local process = require "spec.support.process"

local M = {}

local Page = {}
Page.__index = Page

--- The desk of a child of spec.support.shop, once it has printed its address.
---@param child table
function M.of(child)
  local self = setmetatable({ child = child }, Page)
  self.address = await(function() return self:latest() end, "the desk's address")
  self.origin, self.base = self.address:match("^(http://[^/]+)(/[^?]*)")
  self.url = self.origin .. self.base
  return self
end

--- The address that was printed last.
function Page:latest()
  local last
  local printed = process.read(self.child.err) or ""
  for address in printed:gmatch("(http://[%w.:]+/%x+/%?token=%x+)\n") do
    last = address
  end
  return last
end

--- Comes in by the address, as a browser does: the cookie goes with every request from then on.
function Page:enter()
  local response = curl.send { url = self.address }
  self.cookie = response.headers["set-cookie"] and response.headers["set-cookie"]:match("^[^;]+")
  return response
end

--- Asks for view or act; gives the status and the answer.
function Page:post(name, body, headers)
  local all = { Origin = self.origin, Cookie = self.cookie }
  for key, value in pairs(headers or {}) do
    all[key] = value
  end
  local response = curl.send {
    method = "POST", url = self.url .. name, headers = all, content_type = "application/json",
    body = json.encode(body or {}),
  }
  return response.status, json.decode(response.body)
end

function Page:view(asked)
  local status, answer = self:post("view", asked)
  assert(status == 200, status)
  return answer
end

function Page:act(asked)
  local status, answer = self:post("act", asked)
  assert(status == 200, status .. " " .. tostring(answer and answer.error))
  return answer
end

return M
