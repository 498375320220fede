--- Who may use a desk: the browser that came by its address. The address carries a token that works
--- once; the browser gets a cookie for it, which no script can read and no other site can send.
local random = require "wxlive.base.random"
local tables = require "wxlive.base.tables"

local M = {}

local COOKIE = "wxlive_desk"

-- Browsers at the same time; of more, the oldest has to come by a new address.
local MOST = 16

---@class wxlive.desk.Sessions
---@field token string   of the address: the next browser's
local Sessions = {}
Sessions.__index = Sessions

--- Sessions without a browser yet.
---@param on_open fun()?   is called when a browser has come in, and `token` is a new one
---@return wxlive.desk.Sessions
function M.new(on_open)
  return setmetatable({ token = assert(random.hex(16)), open = {}, on_open = on_open }, Sessions)
end

--- Whether a request comes from a browser that was let in.
---@param request table
---@return boolean
function Sessions:knows(request)
  local cookies = "; " .. (request.headers.cookie or "")
  for id in cookies:gmatch("[;%s]" .. COOKIE .. "=(%x+)") do
    if tables.set(self.open)[id] then
      return true
    end
  end
  return false
end

--- Lets a browser in: the value of Set-Cookie for the address's token; nil for any other token.
---@param query string?
---@param base string     the path of the desk
---@return string?
function Sessions:admit(query, base)
  local token = ("&" .. (query or "")):match("&token=(%x+)")
  if token ~= self.token then
    return nil
  end
  local id = assert(random.hex(32))
  table.insert(self.open, id)
  if #self.open > MOST then
    table.remove(self.open, 1)
  end
  self.token = assert(random.hex(16))
  if self.on_open then
    self.on_open()
  end
  return ("%s=%s; Path=%s; HttpOnly; SameSite=Strict"):format(COOKIE, id, base)
end

return M
