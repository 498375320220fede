--- The look-up: whether the platform already has what a create asked for.
--
-- The platform has no idempotency key, and it is known to answer "system error" to a create that it
-- did perform. Therefore the look-up compares the parameters of the create with the platform's
-- lists. This file decides what counts as the same room and the same goods, reads the lists, and
-- gives one of three answers: found, absent, or cannot tell. "absent" needs a list that was read
-- whole, after the platform had time to settle.
--
-- `find` compares many wishes with one reading of the list, for the ledger; wxlive.client.look
-- serves a single call whose outcome is unknown.
local compat = require "wxlive.base.compat"
local lists = require "wxlive.client.lists"
local price = require "wxlive.catalogue.price"
local steps = require "wxlive.base.steps"

local M = {}

-- What counts as the same -------------------------------------------------------------------------

local function equal(a, b)
  return a == b
end

--- What can be looked up. id: the field that names it; fields: those that identify it, each with
--- how two values are compared; beside: fields that a list shows, but that do not identify a thing;
--- mark(values): a text that is the same for wishes whose results look alike in a list.
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

for kind, of in pairs(kinds) do
  function of.mark(values)
    local parts = { kind }
    for i, field in ipairs(of.fields) do
      local value = values[field[1]]
      parts[i + 1] = type(value) == "number" and ("%.14g"):format(value) or tostring(value)
    end
    return table.concat(parts, "\n")
  end
end
M.kinds = kinds

--- The id, in digits, that an answer to a create names, even if the answer lacks other fields.
---@param kind any        nil for what is not made by the call
---@param answer table?
---@return string? id
function M.id_in(kind, answer)
  local id = kinds[kind] and answer and answer[kinds[kind].id]
  if type(id) == "string" or type(id) == "number" then
    return compat.integer_text(id):match("^[1-9]%d*$")
  end
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
  return steps.each(options.status and { options.status } or { 0, 1, 2, 3 }, function(status)
    return each_row(lists.goods(live, { status = status }, options), f, status)
  end)
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
  local found, wishes, seen, matches = { whole = true }, {}, {}, 0
  for i, params in ipairs(wanted) do
    found[i], wishes[params.name] = {}, wishes[params.name] or {}
    table.insert(wishes[params.name], i)
  end
  local ok, err = M.each(live, kind, function(row, audit_status)
    local value = row[kinds[kind].id]
    local id = type(value) == "number" and compat.integer_text(value) or tostring(value)
    local is_before, why = options.before(id)
    if is_before or seen[id] or why then
      return nil, why
    end
    seen[id] = true
    found.whole = found.whole and type(row.name) == "string"
    for _, i in ipairs(wishes[row.name] or {}) do
      local same = M.same(kind, row, wanted[i])
      found.whole = found.whole and same ~= nil
      if same then
        matches = matches + 1
        table.insert(found[i], { id = id, row = row, audit_status = audit_status })
      end
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

return M
