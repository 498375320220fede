--- One mini program of the soak: its client, what it made, and whether the platform holds that.
local Error = require "wxlive.error"

local Shop = {}
Shop.__index = Shop

local M = {}

---@class soak.Record
---@field kind "room"|"goods"
---@field name string      unlike all others of the round
---@field state "made"|"doubt"|"refused"|"gone"|"maybe_gone"
---@field id integer?
---@field value any        what was written last: a room's close_like, the price of goods
---@field maybe table      other values that may have been written, by a call that ended in doubt
---@field busy boolean?    a call is under way for it

---@param options { appid: string, connect: fun(): wxlive.Broadcast }
function M.new(options)
  local shop = setmetatable(options, Shop)
  shop:forget()
  return shop
end

--- Nothing was made yet; another client.
function Shop:forget()
  self.room, self.goods, self.records, self.media = {}, {}, {}, {}
  self.live = self.connect()
end

local ids = { room = "room_id", goods = "goods_id" }

--- Writes down what a create came to.
---@param kind "room"|"goods"
---@param name string
---@param value any
---@param result table?
---@param err wxlive.Error?
function Shop:created(kind, name, value, result, err)
  local record = { kind = kind, name = name, value = value, maybe = {} }
  self.records[#self.records + 1] = record
  if result then
    record.state, record.id = "made", tonumber(result[ids[kind]])
    table.insert(self[kind], record)
  else
    record.state = err.ambiguous and "doubt" or "refused"
  end
  return record
end

--- Something of a kind that is there and that no other call is at.
---@return soak.Record?
function Shop:pick(kind, random)
  local list = self[kind]
  local record = list[1] and list[random:upto(#list)]
  if not record or record.busy then
    return nil
  end
  record.busy = true
  return record
end

--- What a change came to. Refused and failed changes may have been made by a try before.
function Shop.changed(_, record, value, result)
  record.busy = nil
  if result then
    record.value = value
  else
    record.maybe[#record.maybe + 1] = value
  end
end

--- What a removal came to; nothing else is done with the record.
function Shop:removed(record, result)
  record.state = result and "gone" or "maybe_gone"
  local list = self[record.kind]
  for i, other in ipairs(list) do
    if other == record then
      list[i] = list[#list]
      list[#list] = nil
      break
    end
  end
end

-- Checking ----------------------------------------------------------------------------------------

-- How many of them the platform may hold.
local counts = {
  made = { 1, 1 }, gone = { 0, 0 }, refused = { 0, 0 }, maybe_gone = { 0, 1 },
  doubt = { 0, math.huge },
}

local values = { room = "close_like", goods = "price" }

local function wrong_value(record, held)
  if held == record.value then
    return false
  end
  for _, value in ipairs(record.maybe) do
    if held == value then
      return false
    end
  end
  return true
end

local function check_record(record, held, complain)
  local n, bounds = #held, counts[record.state]
  if n < bounds[1] or n > bounds[2] then
    complain(("%s %s is %s, and the platform holds %d of it"):format(record.kind, record.name,
      record.state, n))
  elseif record.state == "made" then
    if held[1].id ~= record.id then
      complain(("%s %s: its id is %s, not %s"):format(record.kind, record.name,
        tostring(held[1].id), tostring(record.id)))
    elseif wrong_value(record, held[1][values[record.kind]]) then
      complain(("%s %s: %s is %s, which was not what was written last (%s)"):format(record.kind,
        record.name, values[record.kind], tostring(held[1][values[record.kind]]),
        tostring(record.value)))
    end
  end
end

--- Compares the outcomes of the calls with what the platform has.
---@param state table               the sandbox's, of this appid
---@param complain fun(text: string)
function Shop:check(state, complain)
  local by_name = { room = {}, goods = {} }
  for kind, named in pairs(by_name) do
    for _, document in ipairs(state[kind]) do
      named[document.name] = named[document.name] or {}
      table.insert(named[document.name], document)
    end
  end
  for _, record in ipairs(self.records) do
    check_record(record, by_name[record.kind][record.name] or {}, complain)
    by_name[record.kind][record.name] = nil
  end
  for kind, named in pairs(by_name) do
    for name in pairs(named) do
      complain(("%s %s: no call asked for it"):format(kind, name))
    end
  end
end

--- Whether a failure is what callers are promised: an error object of a known kind that shows no
--- token and no secret.
---@param secret string
---@return string? reason
function M.improper(err, secret)
  if not Error.is(err) then
    return "not an error object: " .. tostring(err)
  end
  local text = tostring(err)
  if type(err.kind) ~= "string" or type(err.name) ~= "string" or text:find("\n", 1, true) then
    return "without a kind or name, or of several lines: " .. text
  elseif text:find(secret, 1, true) or text:find("%d%d_[%w_-]+" .. ("[%w_-]"):rep(40)) then
    return "it shows a secret" -- which is not printed here either
  end
  return nil
end

return M
