--- The look-up: whether the platform already has what a create asked for.
--
-- The platform has no idempotency key, and it is known to answer "system error" to a create that it
-- did perform. Therefore the look-up compares the parameters of the create with the platform's
-- lists. This file decides what counts as the same room and the same goods, reads the lists, and
-- gives one of three answers: found, absent, or cannot tell. "absent" needs a list that was read
-- whole, after the platform had time to settle.
--
-- `find` compares many wishes with one reading of the list, for the ledger; `look` serves a single
-- call whose outcome is unknown.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local knowns = require "wxlive.client.known"
local lists = require "wxlive.client.lists"
local price = require "wxlive.catalogue.price"

local M = {}

-- Pauses between two readings: the platform settles meanwhile, and its quota is not spent.
local FIRST_WAIT, STEP = 0.5, 2

-- Seconds between two checks whether a twin of the call was answered.
local TWIN_WAIT = 0.02

-- What counts as the same -------------------------------------------------------------------------

local function equal(a, b)
  return a == b
end

-- beside: fields that a list shows, but that do not identify a thing.
local kinds = {
  rooms = {
    id = "room_id", beside = {},
    fields = { { "name", equal }, { "start_time", equal }, { "end_time", equal },
      { "anchor_name", equal } },
  },
  goods = {
    id = "goods_id", beside = { { "price_type", equal } },
    fields = { { "name", equal }, { "url", equal }, { "price", price.same } },
  },
}

--- A mark that is the same for wishes whose results look alike in a list.
---@param kind "rooms"|"goods"
---@param wanted table   parameters of create_room or goods_add
---@return string
function M.mark(kind, wanted)
  local parts = { kind }
  for i, field in ipairs(kinds[kind].fields) do
    local value = wanted[field[1]]
    parts[i + 1] = type(value) == "number" and ("%.14g"):format(value) or tostring(value)
  end
  return table.concat(parts, "\n")
end

-- Adds the fields that differ to `list`. Gives whether each that was asked for could be compared.
local function add_differences(fields, listed, wanted, list)
  local certain = true
  for _, field in ipairs(fields) do
    local asked, there = wanted[field[1]], listed[field[1]]
    if asked ~= nil and type(there) ~= type(asked) then
      certain = false
    elseif asked ~= nil and not field[2](there, asked) then
      list[#list + 1] = field[1]
    end
  end
  return certain
end

--- The fields in which a listed row is known not to be what was asked for.
---@param kind "rooms"|"goods"
---@param listed table
---@param wanted table
---@return string[]
function M.differences(kind, listed, wanted)
  local list = {}
  add_differences(kinds[kind].fields, listed, wanted, list)
  add_differences(kinds[kind].beside, listed, wanted, list)
  return list
end

for kind, of in pairs(kinds) do
  function of.mark(values)
    return M.mark(kind, values)
  end
end

--- Whether a listed row is what was asked for. nil when the row lacks a field that is needed to
--- decide.
---@param kind "rooms"|"goods"
---@param listed table
---@param wanted table
---@return boolean?
function M.same(kind, listed, wanted)
  local list = {}
  local certain = add_differences(kinds[kind].fields, listed, wanted, list)
  if list[1] then
    return false
  end
  return certain or nil
end

-- Reading -----------------------------------------------------------------------------------------

local function each_row(list, f, ...)
  while true do
    local row, err = list:next()
    if not row then
      return not err or nil, err
    end
    local _, why = f(row, ...)
    if why then
      return nil, why
    end
  end
end

--- Calls f(row, audit_status) for everything of a kind that the platform lists: goods in all four
--- audit states, in the order in which goods pass through them, so that goods that change state
--- meanwhile are not missed. f ends the reading by nil and an error.
---@param live wxlive.Broadcast
---@param kind "rooms"|"goods"
---@param f fun(row: table, audit_status: integer?): any, wxlive.Error?
---@param options { status: integer?, timeout: (fun(): number)?, sure: (fun(): boolean)? }?
---  status: of goods, this audit state only; timeout: seconds for a page; sure: a short page is not
---  taken for the last one
---@return true? ok   the list was read whole
---@return wxlive.Error? err
function M.each(live, kind, f, options)
  options = options or {}
  if kind == "rooms" then
    return each_row(lists.rooms(live, nil, options), f)
  end
  for status = options.status or 0, options.status or 3 do
    local ok, err = each_row(lists.goods(live, { status = status }, options), f, status)
    if not ok then
      return nil, err
    end
  end
  return true
end

local function by_name(wanted)
  local wishes = {}
  for i, params in ipairs(wanted) do
    local same_name = wishes[params.name] or {}
    wishes[params.name] = same_name
    same_name[#same_name + 1] = i
  end
  return wishes
end

--- Reads the platform's list once and gives what matches each wish.
--
-- found[i] holds every row that matches wanted[i], each once: { id = digits, row = the row,
-- audit_status = of goods }. Wishes with the same mark find the same rows; the caller distributes
-- them. found.whole: the list was read whole and every row could be compared, therefore a wish
-- without a match is absent. Otherwise found.err may say why.
---@param live wxlive.Broadcast
---@param kind "rooms"|"goods"
---@param wanted table[]   parameters of create_room or goods_add
---@param options { before: (fun(id: string): any, wxlive.Error?), timeout: (fun(): number)?,
---  again: boolean? }
---  before: whether an id (digits) was there before, or is another's: it is never a match; again =
---  false: a list that contradicts itself is not read again
---@return table found
function M.find(live, kind, wanted, options)
  local found, wishes, seen, matches = { whole = true }, by_name(wanted), {}, 0
  for i = 1, #wanted do
    found[i] = {}
  end
  local function compare(i, row, id, audit_status)
    local same = M.same(kind, row, wanted[i])
    if same then
      matches = matches + 1
      table.insert(found[i], { id = id, row = row, audit_status = audit_status })
    elseif same == nil then
      found.whole = false
    end
  end
  local ok, err = M.each(live, kind, function(row, audit_status)
    local value = row[kinds[kind].id]
    local id = type(value) == "number" and compat.integer_text(value) or tostring(value)
    local is_before, why = options.before(id)
    if is_before or seen[id] or why then
      return nil, why
    end
    seen[id] = true
    if type(row.name) ~= "string" then
      found.whole = false
      return
    end
    for _, i in ipairs(wishes[row.name] or {}) do
      compare(i, row, id, audit_status)
    end
  end, {
    timeout = options.timeout, again = options.again,
    -- A match is valid even if the list was not read to its end.
    sure = function() return matches < #wanted end,
  })
  if not ok then
    found.whole, found.err = false, err
  end
  return found
end

-- Looking, for one call ---------------------------------------------------------------------------

--- The id that an answer to a create names, even if the answer lacks other fields.
---@param entry table   of the catalogue
---@param answer table?
---@return any id
function M.id_in(entry, answer)
  local kind = kinds[entry.lookup]
  local id = kind and answer and answer[kind.id]
  if type(id) == "string" or type(id) == "number" then
    return id
  end
end

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

-- What may be adopted. It is named to the caller when it cannot be told which is meant.
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

-- The matching rows that may be the result of this call.
local function own(look, matches)
  local mine = {}
  for _, one in ipairs(matches) do
    if one.id == look.named then
      return { one }
    elseif not knowns.of(look.client):is_foreign(look.try, one.id) then
      mine[#mine + 1] = one
    end
  end
  return mine
end

-- One reading of the list: a verdict as `look` gives it, or "maybe" and a result that is to be
-- taken when nothing better comes up.
local function read_list(look, settled)
  local known, try = knowns.of(look.client), look.try
  if not wait_for_twins(look) then
    return nil
  end
  local found = M.find(look.client, look.entry.lookup, { look.values }, {
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
    return settled and found.whole and "absent" or nil
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
      if status == 1 or status == 2 then
        return "adopt", { adopted = true }
      end
      return settled and status == 0 and "absent" or nil
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
---@param call wxlive.Call     candidates are left in it when it cannot be told which is meant
---@param err wxlive.Error     what the create ended with
---@return "adopt"|"absent"|nil verdict   nil: cannot tell
---@return table? result                  what to adopt: ids, and adopted = true
function M.look(call, err)
  local client, try = call.client, call.try
  local named = M.id_in(call.entry, err.body)
  local look = {
    client = client, entry = call.entry, values = call.prepared.values, call = call, try = try,
    deadline = call.deadline, named = named ~= nil and tostring(named) or nil,
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
