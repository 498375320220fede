-- Callback messages read into events. Whatever is read has a kind and an identity, the same when it
-- is read again, text where the platform has text, and can be printed.
local events = require "wxlive.callback.event"
local json = require "wxlive.json"

local texts = { "event", "msg_type", "msg_id", "from_user_name", "to_user_name" }

return function(text)
  local event, reason = events.read(text)
  if not event then
    assert(reason and #tostring(reason) < 500, "no reason")
    return
  end
  assert(event.raw == text and type(event.kind) == "string")
  for _, name in ipairs(texts) do
    local value = event[name]
    assert(value == nil or type(value) == "string", name)
  end
  local identity = events.identity(event)
  assert(identity:find("^%x+$") and #identity == 40, "identity")
  local again = assert(events.read(text))
  assert(events.identity(again) == identity, "another identity")
  json.encode(event)
end
