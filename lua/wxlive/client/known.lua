--- The rooms and goods that a client knows: those that it created or adopted, those that it saw in
--- a list, and the creates that are under way.
--
-- The platform has no idempotency key: therefore the result of an unanswered create can be
-- recognised among similar things only by knowing which existed before, and which another call has
-- created. All of it is in memory, for one client; nothing here does I/O.
local M = {}

-- How many ids of each kind are kept; beyond that, the older half is dropped.
local MOST = 20000

---@class wxlive.Known
---@field held (fun(kind: string, id: any): boolean)?   whether something else, such as a row of a
---  ledger, is known to have an id
local Known = {}
Known.__index = Known
Known.__name = "wxlive.Known"

---@param monotonic fun(): number
---@return wxlive.Known
function M.new(monotonic)
  return setmetatable({ monotonic = monotonic, serial = 0, under_way = {} }, Known):forget()
end

--- The record of a client. It is made on first use: an idle client has none.
---@param client wxlive.Broadcast
---@return wxlive.Known
function M.of(client)
  local self = client.known
  if not self then
    self = M.new(client.monotonic)
    client.known = self
  end
  return self
end

--- Forgets ids: a sandbox that refuses a token before its end may have been reset and count from 1
--- again. Creates that are under way are kept.
---@return wxlive.Known self
function Known:forget()
  self.young, self.old, self.count, self.open = {}, {}, 0, {}
  return self
end

-- An id as a text of digits, the same for a number and for text, unless a number would round it.
local function key_of(id)
  local number = type(id) == "string" and tonumber(id)
  return number and number < 2 ^ 53 and number or id
end

-- Entries: the serial of the list that showed the id; below 0, the serial of the create whose
-- result it is.
local function get(self, kind, key)
  local young, old = self.young[kind], self.old[kind]
  return young and young[key] or old and old[key]
end

local function put(self, kind, key, entry)
  if self.count >= MOST then
    self.old, self.young, self.count = self.young, {}, 0
  end
  local young = self.young[kind]
  if not young then
    young = {}
    self.young[kind] = young
  end
  if not young[key] then
    self.count = self.count + 1
  end
  young[key] = entry
end

local none = {}

--- Notes the ids of a list that was read.
---@param kind string    "room_id" or "goods_id"
---@param rows table[]
function Known:listed(kind, rows)
  self.serial = self.serial + 1
  local young = self.young[kind] or none
  for i = 1, #rows do
    local id = rows[i][kind]
    -- Most were listed before.
    if id ~= nil and not young[id] then
      local key = key_of(id)
      if not get(self, kind, key) then
        put(self, kind, key, self.serial)
        young = self.young[kind]
      end
    end
  end
end

--- A create that is about to be sent.
---@param kind string      as in listed
---@param mark fun(values: table): string   gives the same text for creates whose work looks the
---  same; called when that is first asked
---@param values table     what is asked for
---@param deadline number  on the monotonic clock: after it the create has ended, even if the
---  coroutine that made it did not return
---@return table try
function Known:begin(kind, mark, values, deadline)
  local serial = self.serial + 1
  self.serial = serial
  local try = { kind = kind, mark = mark, values = values, deadline = deadline, serial = serial }
  -- A list, and not a set: one whose keys are always new is rebuilt all the time.
  local tries = self.under_way
  try.at = #tries + 1
  tries[try.at] = try
  return try
end

-- Takes a create out of those that are under way, if it is still there.
local function remove(tries, try)
  local at, n = try.at, #tries
  if at then
    tries[at], tries[n].at = tries[n], at
    tries[n], try.at = nil, nil
  end
end

local function mark_of(try)
  if type(try.mark) == "function" then
    try.mark = try.mark(try.values)
  end
  return try.mark
end

--- Records the result of a create, also a result that the look-up assigned to it.
function Known:took(try, id)
  put(self, try.kind, key_of(id), -try.serial)
end

--- A create has ended.
---@param try table
---@param id any          what it made, when that is known
---@param unknown boolean?  it may have made something that was not found
function Known:finish(try, id, unknown)
  remove(self.under_way, try)
  if id ~= nil then
    self:took(try, id)
  elseif unknown then
    self.open[mark_of(try)] = true
  end
end

--- Whether this thing cannot be the result of this create: it existed before, or another create
--- made it.
---@return boolean
function Known:is_foreign(try, id)
  local entry = get(self, try.kind, key_of(id))
  if self.held and self.held(try.kind, id) then
    return true
  elseif not entry then
    return false
  elseif entry < 0 then
    return entry ~= -try.serial
  end
  return entry < try.serial
end

--- The creates like this one that are under way, itself among them.
---@return integer looking   how many are looking for their work
---@return boolean awaited   another's answer is still to come
---@return table[] tries
function Known:twins(try)
  local looking, awaited, tries = 0, false, {}
  local mark, now = mark_of(try), self.monotonic()
  for i = #self.under_way, 1, -1 do -- backwards: one that is removed makes room for the last
    local one = self.under_way[i]
    if one ~= try and one.deadline < now then
      -- The coroutine of this create was ended from outside: its outcome is unknown.
      self:finish(one, nil, true)
    elseif mark_of(one) == mark then
      tries[#tries + 1] = one
      if one.looking then
        looking = looking + 1
      elseif one ~= try then
        awaited = true
      end
    end
  end
  return looking, awaited, tries
end

--- Whether creates like this one have ended with an unknown outcome.
---@return boolean
function Known:has_open(try)
  return self.open[mark_of(try)] ~= nil
end

return M
