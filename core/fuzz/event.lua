-- Callback messages read into events. Whatever is read has a kind and an identity, the same when it
-- is read again, text where the platform has text, and can be printed. Read in the short way it is
-- what it is in the general one, to which an escape in a name leads, or a blank within a tag.
local events = require "wxlive.callback.event"
local json = require "wxlive.json"

local texts = { "event", "msg_type", "msg_id", "from_user_name", "to_user_name" }

local function assert_same(a, b, where)
  if type(a) ~= "table" or type(b) ~= "table" then
    assert(a == b, where)
    return
  end
  for k, v in pairs(a) do
    if k ~= "raw" then
      assert_same(v, b[k], k)
    end
  end
  for k in pairs(b) do
    assert(a[k] ~= nil, k)
  end
end

local function the_long_way(text)
  local head, letter, rest = text:match('^(%s*{%s*")(%a)(.*)$')
  if head then
    return ("%s\\u00%02x%s"):format(head, letter:byte(), rest)
  end
  local xml, changed = text:gsub("^(%s*)<xml>", "%1<xml >")
  return changed == 1 and xml or nil
end

local function compare_ways(event, text)
  local long = the_long_way(text)
  if long and #long <= events.max_bytes then
    assert_same(event, (events.read(long)), "one of both ways refuses it")
  end
end

return function(text)
  local event, reason = events.read(text)
  compare_ways(event, text)
  if not event then
    assert(type(reason) == "string" and #reason < 500, "no reason")
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
