--- Stand-ins for what does I/O, so that the pure parts can be driven step by step.
local Error = require "wxlive.error"
local tables = require "wxlive.base.tables"

local M = {}

--- A transport that gives the next of `answers` to each request and keeps what it was asked.
-- An answer is a response or an error object; answers.default serves when the list has run out.
-- Its name is one of wxlive's, so that the client takes it as it is: what it raises ends the test.
function M.transport(answers)
  local transport = { requests = {}, slept = {}, answers = answers or {} }
  function transport.send(_, request)
    transport.requests[#transport.requests + 1] = request
    local answer = transport.answers[#transport.requests] or transport.answers.default
    assert(answer, "the fake transport was asked more often than the test says")
    if answer.kind then
      return nil, answer
    end
    return answer
  end
  function transport.sleep(_, seconds)
    transport.slept[#transport.slept + 1] = seconds
  end
  return setmetatable(transport, { __name = "wxlive.FakeTransport" })
end

--- A response with a JSON body.
function M.json(text, status)
  return { status = status or 200, body = text, content_type = "application/json", size = #text }
end

--- A client over a fake transport, with a token at hand that never has to be fetched.
function M.client(answers, options)
  local broadcast = require "wxlive.broadcast"
  local transport = M.transport(answers)
  local settings = {
    appid = "wx0123456789abcdef", base_url = "https://api.example.test", transport = transport,
    token_provider = function(refused)
      return refused and "TOKEN-2" or "TOKEN-1", 7200
    end,
    token_store = require("wxlive.store.memory").new(),
    clock = function() return 1800000000 end, random = function() return 0.5 end,
  }
  for key, value in pairs(options or {}) do
    settings[key] = value
  end
  return assert(broadcast.new(settings)), transport
end

-- What the specs of creates need ------------------------------------------------------------------

--- A request that was sent and got no answer; one that was not sent.
function M.lost()
  return Error.new { kind = "transport", name = "connection_lost", sent = true, message = "cut" }
end

function M.unsent()
  return Error.new { kind = "transport", name = "connect_failed", sent = false, message = "no" }
end

--- The parameters of a room.
function M.room(changes)
  return tables.merged({
    name = "双十二年货专场", cover_img = "m1", share_img = "m2", feeds_img = "m3",
    start_time = 1800003600, end_time = 1800007200, anchor_name = "小王", anchor_wechat = "wang",
    type = 0, close_like = 0, close_goods = 0, close_comment = 0,
  }, changes)
end

--- The platform's list, with that room under each of these ids.
function M.rooms(...)
  local rows = {}
  for i, id in ipairs { ... } do
    rows[i] = ([[{"roomid":%d,"name":"双十二年货专场","start_time":1800003600,]]
      .. [["end_time":1800007200,"anchor_name":"小王"}]]):format(id)
  end
  return M.json(('{"errcode":0,"total":%d,"room_info":[%s]}'):format(#rows,
    table.concat(rows, ",")))
end

M.no_rooms = M.json [[{"errcode":9410000,"errmsg":"empty room list"}]]

return M
