--- The look-up of a single call: what a create may have made, when its outcome is unknown.
--
-- wxlive.client.recover says what counts as the same and reads the lists; wxlive.client.known says
-- which ids were there before, or are another call's.
local json = require "wxlive.json"
local knowns = require "wxlive.client.known"
local recover = require "wxlive.client.recover"
local states = require "wxlive.catalogue.states"

local M = {}

local kinds = recover.kinds

-- Pauses between two readings: the platform settles meanwhile, and its quota is not spent.
local FIRST_WAIT, STEP = 0.5, 2

-- Seconds between two checks whether a twin of the call was answered.
local TWIN_WAIT = 0.02

--- Records a create that is about to be sent, if its result can be looked up.
---@param client table
---@param entry table
---@param prepared wxlive.Prepared
---@param deadline number
---@return table? try
function M.begin(client, entry, prepared, deadline)
  local kind = kinds[entry.lookup]
  if kind and client.lookup then
    return knowns.of(client):begin(kind.id, kind.mark, prepared.values, deadline)
  end
end

-- Creates with exactly the same parameters may take each other's results.
local function interchangeable(tries)
  local text = json.encode(tries[1].values)
  for i = 2, #tries do
    if json.encode(tries[i].values) ~= text then
      return false
    end
  end
  return text ~= nil
end

-- The rows that may be adopted. The caller gets them as candidates when it is unclear which is
-- meant.
local function candidates(look, mine)
  local id, out = kinds[look.entry.lookup].id, {}
  for i, one in ipairs(mine) do
    out[i] = { [id] = one.row[id], adopted = true }
  end
  look.call.candidates = out
  return out
end

local function adopt(look, result)
  knowns.of(look.client):took(look.try, result[look.try.kind])
  look.call.candidates = nil
  return "adopt", result
end

-- Waits until every twin of this call was answered or looks, too: a match may be the twin's result.
local function wait_for_twins(look)
  local client = look.client
  while true do
    local _, awaited = knowns.of(client):twins(look.try)
    if not awaited then
      return true
    elseif client.monotonic() + TWIN_WAIT >= look.deadline then
      return false
    end
    client.transport:sleep(TWIN_WAIT)
  end
end

-- The matching rows that may be the result of this call: where its answer named an id, only the row
-- with that id.
local function own(look, matches)
  local mine = {}
  for _, one in ipairs(matches) do
    local fits = one.id == look.named
    if not look.named then
      fits = not knowns.of(look.client):is_foreign(look.try, one.id)
    end
    mine[#mine + 1] = fits and one or nil
  end
  return mine
end

-- Reads the list once. Returns a verdict as `look` does, or "maybe" and a result that is taken if
-- no later reading shows a better one.
local function read_list(look, settled)
  local known, try = knowns.of(look.client), look.try
  if not wait_for_twins(look) then
    return nil
  end
  local found = recover.find(look.client, look.entry.lookup, { look.values }, {
    timeout = look.timeout, again = false,
    before = function(id)
      return id ~= look.named and known:is_foreign(try, id)
    end,
  })
  -- Other calls went on while the list was read.
  local looking, awaited, tries = known:twins(try)
  local mine = own(look, found[1])
  if awaited then
    return nil
  elseif not mine[1] then
    -- What has an id may be there although the list does not show it yet.
    return settled and found.whole and not look.named and "absent" or nil
  end
  local results = candidates(look, mine)
  if known:has_open(try) or #mine > looking or looking > 1 and not interchangeable(tries) then
    return "several"
  elseif not found.whole and not settled then
    return "maybe", results[1]
  end
  return adopt(look, results[1])
end

-- A submission shows in the state of the goods. Rejected goods may have been rejected before this
-- submission, or right after it: the list does not show which.
local function read_audit(look, settled)
  local goods_id = look.values.goods_id
  local answer = look.client:call("goods_info", { goods_ids = { goods_id } },
    { timeout = look.timeout() })
  for _, goods in ipairs(answer and answer.goods or {}) do
    if tostring(goods.goods_id) == tostring(goods_id) then
      local status = tonumber(goods.audit_status)
      if status == states.UNDER_AUDIT or status == states.APPROVED then
        return "adopt", { adopted = true }
      end
      return settled and status == states.WITHDRAWN and "absent" or nil
    end
  end
end

local function look_around(look)
  local client, settle = look.client, look.client.lookup.settle
  local settled = client.monotonic() + settle
  -- If the list contradicts itself after the platform's time to settle, the look-up goes on for as
  -- long again, with at least one more reading.
  local last = settled + settle
  local read = look.try and read_list or read_audit
  local wait, maybe, late = math.min(FIRST_WAIT, settle), nil, 0
  while client.monotonic() + wait < look.deadline do
    client.transport:sleep(wait)
    local at = client.monotonic()
    local verdict, result = read(look, at >= settled)
    if verdict == "adopt" or verdict == "absent" then
      return verdict, result
    elseif verdict == "several" then
      return nil
    elseif verdict == "maybe" then
      maybe = result
    end
    late = late + (at >= settled and 1 or 0)
    if at >= last and late > 1 then
      break
    end
    wait = at < settled and math.min(STEP, math.max(0.05, settled - client.monotonic()))
      or math.min(STEP, math.max(0.05, settle / 2))
  end
  if maybe and not knowns.of(client):is_foreign(look.try, maybe[look.try.kind]) then
    return adopt(look, maybe)
  end
end

--- Looks for what a create may have made.
---@param call wxlive.Call     gets the candidates when it is unclear which is meant
---@param err wxlive.Error     what the create ended with
---@return "adopt"|"absent"|nil verdict   nil: cannot tell
---@return table? result                  what to adopt: ids, and adopted = true
function M.look(call, err)
  local client, try = call.client, call.try
  local look = {
    client = client, entry = call.entry, values = call.prepared.values, call = call, try = try,
    deadline = call.deadline, named = recover.id_in(call.entry.lookup, err.body),
    timeout = function()
      return math.max(0.05, call.deadline - client.monotonic())
    end,
  }
  if try then
    try.looking = true
  end
  local verdict, result = look_around(look)
  if try then
    try.looking = false
  end
  return verdict, result
end

return M
