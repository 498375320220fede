--- A transport of the caller's own: what it raises becomes an error, its responses are checked
--- before the client relies on them, and optional methods that it lacks are added.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local options = require "wxlive.base.options"
local tables = require "wxlive.base.tables"
local both = require("wxlive.text.sentence").both

local M = {}

-- What a field of a response may be, beside nil. Headers are texts: retry_after may be one.
local fields = {
  body = "string", headers = "table", content_type = "string", retry_after = "number|string",
  size = "number", saved = "string",
}

-- The first thing that is wrong with a response, in words for people; nil when it can be relied on.
local function wrong_response(resp)
  if type(resp) ~= "table" then
    return both("a %s", "%s"):format(type(resp))
  elseif not compat.is_integer(resp.status) then
    return both("a table without a status", "没有 status 的 table")
  end
  for name, wanted in pairs(fields) do
    local value = resp[name]
    if value ~= nil and not options.is(wanted, value) then
      return both("a response whose %s is a %s", "%s 为 %s 的应答"):format(name, type(value))
    end
  end
end

-- A response that the client may change, with a body in any case.
local function completed(resp)
  if resp.body ~= nil and type(resp.retry_after) ~= "string" then
    return resp
  end
  local copy = {}
  for name in pairs(fields) do
    copy[name] = resp[name]
  end
  for _, name in ipairs { "status", "http_version", "reused", "timing" } do
    copy[name] = resp[name]
  end
  copy.body, copy.retry_after = resp.body or "", tonumber(resp.retry_after)
  return copy
end

-- Reads what send returned: a response, or an error; otherwise nil and what is wrong.
local function read(resp, err)
  if resp == nil then
    if Error.is(err) then
      return nil, err
    elseif type(err) == "table" and type(err.kind) == "string" then
      return nil, Error.new(tables.merged(err))
    end
    return nil, nil, both("nil and %s", "nil 与 %s"):format(type(err) == "table" and "a table"
      or tostring(err))
  end
  local wrong = wrong_response(resp)
  if wrong then
    return nil, nil, wrong
  end
  return completed(resp)
end

local methods = {}

local Own = { __name = "wxlive.OwnTransport" }

-- `live.transport` shows the fields that the caller gave it.
function Own:__index(key)
  return methods[key] or rawget(self, "given")[key]
end

local function bad_transport(message, method)
  return Error.fail { -- what it has sent is not known
    kind = "transport", name = "bad_transport", message = message,
    hint = ("correct its %s method"):format(method or "send"),
    hint_zh = ("请修正传输对象的 %s 方法"):format(method or "send"),
  }
end

function methods:send(req)
  local fine, resp, err = pcall(self.given.send, self.given, req)
  if not fine and Error.is(resp) then
    return nil, resp
  elseif not fine then
    return bad_transport(both("the transport raised an error: %s", "传输对象抛出了异常：%s")
      :format(Error.reason(resp)))
  end
  local read_it, answer, failure, wrong = pcall(read, resp, err)
  if not read_it then
    wrong = both("what raises an error when it is read", "读取时抛出异常的内容")
  end
  if wrong then
    return bad_transport(both("the transport returned %s, not a response { status, body, headers } "
      .. "or nil and an error", "传输对象返回了 %s，而不是应答 { status, body, headers } 或 nil 与错误")
      :format(wrong))
  end
  return answer, failure
end

function methods:sleep(seconds)
  if type(self.given.sleep) ~= "function" then
    core.system.sleep(seconds)
    return true
  end
  local fine, slept, err = pcall(self.given.sleep, self.given, seconds)
  if fine then
    return slept, err
  elseif Error.is(slept) then
    return nil, slept
  end
  return bad_transport(both("the transport raised an error: %s", "传输对象抛出了异常：%s")
    :format(Error.reason(slept)), "sleep")
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
  if options.is_ours(given) then
    return given
  elseif held[given] then
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
