--- The catalogue: one declarative entry per endpoint, the single source of truth.
--
-- Methods, validation, positional arguments, documentation, annotations, the command's help and the
-- sandbox's request check all come from here. To add an endpoint, add one entry to a file of this
-- folder; wxlive.catalogue.field and the list below say what an entry and its fields hold.
--
--   name, seed      method name; the official English name in the seed SDK
--   group           where it is listed
--   method, path    as the server takes them; paths are case-sensitive
--   auth            "token" (default: access_token in the query) or "none"
--   retry           "read", "write" (may be sent again), "create" (a blind repeat duplicates),
--                   "once" (spends something scarce: only repeated when it was never sent)
--   lookup          how a create with an unknown outcome is looked for: "rooms", "goods", "audit"
--   done, gone      errcodes that answer a repeat of a write which worked the first time
--   params, args    fields; names of the positional arguments in their official order
--   wrap            the body is wrapped in this object
--   rules           checks across fields, by name (wxlive.client.validate)
--   retired         names of fields that the platform used to take
--   result          fields of the answer; result_kind "binary" for files
--   result_any      fields of which the answer must hold at least one
--   list, row_key   the list that the answer carries, and what tells its rows apart
--   signature       the official page offers API security for it
--   empty           errcodes that mean "no rows"; empty_result is what they give
--   sets            permission sets (权限集), any of which lets a third-party platform call it for a
--                   shop; none: no set is needed
--   confidential    the answer holds tokens: nothing of it is ever quoted
--   quota, errors, notes, notes_zh, doc, example
local groups = {
  { "room", require "wxlive.catalogue.room" },
  { "room_goods", require "wxlive.catalogue.room_goods" },
  { "staff", require "wxlive.catalogue.staff" },
  { "goods", require "wxlive.catalogue.goods" },
  { "subscribe", require "wxlive.catalogue.subscribe" },
  { "support", require "wxlive.catalogue.support" },
}

local compat = require "wxlive.base.compat"
local names = require "wxlive.text.names"

compat.load_only()

local DOC_ROOT = "https://developers.weixin.qq.com/miniprogram/dev/server/API/"

local M = {
  list = {},     -- every method of wxlive.broadcast
  by_name = {},  -- method name -> entry
  -- component: the same of the calls that a third-party platform makes in its own name.
}

-- Permission set 52 (小程序直播管理) covers every live call; both accept the same token.
local live_sets = { 52 }

-- The values that a field takes, as a set.
local function accepted(allowed)
  local set = {}
  for key, value in pairs(allowed) do
    set[type(value) == "string" and value or key] = true
  end
  return set
end

-- The candidates for "did you mean": every right spelling, in the order of the fields, and the
-- wrong names that other libraries use.
---@class wxlive.Nearby
---@field known table<string, table>      spelling -> field
---@field spellings string[]
---@field mistaken table<string, string>  wrong name -> spelling
local function nearby(fields, known)
  local order, near = {}, { known = known, spellings = {}, mistaken = {} }
  for i, field in ipairs(fields) do
    order[field] = i
    for _, name in ipairs(field.mistaken or {}) do
      near.mistaken[name] = field.name
    end
  end
  for spelling in pairs(known) do
    near.spellings[#near.spellings + 1] = spelling
  end
  table.sort(near.spellings, function(a, b)
    local x, y = order[known[a]], order[known[b]]
    return x < y or x == y and a < b
  end)
  return near
end

-- spelling -> number of its field
local function numbers(fields, known)
  local number, index = {}, {}
  for i, field in ipairs(fields) do
    number[field] = i
  end
  for spelling, field in pairs(known) do
    index[spelling] = number[field]
  end
  return index
end

-- Every spelling under which a caller may name a field leads to the field.
local function spellings(fields)
  local known = {}
  local function learn(key, field)
    assert(known[key] == nil or known[key] == field, "two fields answer to " .. key)
    known[key] = field
  end
  for _, field in ipairs(fields) do
    learn(field.name, field)
    learn(field.wire, field)
    learn(names.snake(field.wire), field)
    for _, alias in ipairs(field.aliases or {}) do
      learn(alias, field)
    end
    field.accepts = field.allowed and accepted(field.allowed)
    if field.fields then
      field.known = spellings(field.fields)
      field.near = nearby(field.fields, field.known)
      local index = numbers(field.fields, field.known)
      field.inner = {
        fields = field.fields, index = index, key = "wire", scalar = index[field.scalar],
      }
    end
  end
  return known
end

-- What follows from the fields of an entry is made when it is first asked for: a program uses few
-- of the endpoints.
local function complete(entry)
  entry.known = spellings(entry.params)
  entry.near = nearby(entry.params, entry.known)
  entry.index = numbers(entry.params, entry.known)
  if entry.wrap then -- its fields may be given side by side or within
    entry.index[entry.wrap] = -1
    entry.index[names.snake(entry.wrap)] = -1
  end
end

local unused = {
  __index = function(entry, key)
    if key == "known" or key == "near" or key == "index" then
      complete(setmetatable(entry, nil))
      return entry[key]
    end
  end,
}

local function add(shelf, entry, file)
  assert(not shelf.by_name[entry.name], "duplicate endpoint: " .. entry.name)
  entry.auth = entry.auth or "token"
  entry.result_kind = entry.result_kind or "json"
  entry.file = file
  entry.key = entry.method .. " " .. entry.path
  entry.sets = entry.sets or file ~= "support" and file ~= "component" and live_sets or {}
  if not entry.doc:find("^https://") then
    entry.doc = DOC_ROOT .. entry.doc .. ".html"
  end
  for _, field in ipairs(entry.params) do
    field.where = field.where or (entry.method == "GET" and "query" or "body")
  end
  setmetatable(entry, unused)
  shelf.list[#shelf.list + 1] = entry
  shelf.by_name[entry.name] = entry
end

for _, group in ipairs(groups) do
  for _, entry in ipairs(group[2]) do
    add(M, entry, group[1])
  end
end

return setmetatable(M, {
  __index = function(_, key)
    if key == "component" then
      local component = { list = {}, by_name = {} }
      for _, entry in ipairs(require "wxlive.catalogue.component") do
        add(component, entry, "component")
      end
      M.component = component
      return component
    end
  end,
})
