--- A transport of the caller's own: its responses are checked before the client relies on them, and
--- optional methods that it lacks are added.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local both = require("wxlive.text.sentence").both

local M = {}

local function is_exchange(resp, err)
  if resp == nil then
    return type(err) == "table" and err.kind ~= nil
  end
  return type(resp) == "table" and compat.is_integer(resp.status)
    and (resp.body == nil or type(resp.body) == "string")
    and (resp.headers == nil or type(resp.headers) == "table")
end

local methods = {}

local Own = { __name = "wxlive.OwnTransport" }

-- `live.transport` shows the fields that the caller gave it.
function Own:__index(key)
  return methods[key] or rawget(self, "given")[key]
end

function methods:send(req)
  local resp, err = self.given:send(req)
  if is_exchange(resp, err) then
    return resp, err
  end
  return Error.fail { -- what it has sent is not known
    kind = "transport", name = "bad_transport",
    message = both("the transport returned %s, not a response { status, body, headers } or nil and "
      .. "an error", "传输对象返回了 %s，而不是应答 { status, body, headers } 或 nil 与错误")
      :format(resp == nil and both("nil and %s", "nil 与 %s"):format(tostring(err))
        or both("a %s", "%s"):format(type(resp))),
    hint = "correct its send method", hint_zh = "请修正传输对象的 send 方法",
  }
end

function methods:sleep(seconds)
  if type(self.given.sleep) == "function" then
    return self.given:sleep(seconds)
  end
  core.system.sleep(seconds)
end

function methods:close()
  return self.given.close and self.given:close()
end

-- Clients that were given the same transport share what holds it.
local held = setmetatable({}, { __mode = "kv" })

--- The transport that a client uses for the one it was given: wxlive's own as they are.
---@param given table|userdata   with send(self, request) -> response | nil, err; see
---                              wxlive.HttpRequest; sleep, close and background may be left out
---@return table transport
function M.hold(given)
  local class = getmetatable(given)
  if type(class) == "table" and type(class.__name) == "string"
    and class.__name:find("^wxlive%.") then
    return given
  end
  if held[given] then
    return held[given]
  end
  local self = { given = given }
  if type(given.background) == "function" then
    self.background = function(_, job)
      return given:background(job)
    end
  end
  held[given] = setmetatable(self, Own)
  return held[given]
end

return M
