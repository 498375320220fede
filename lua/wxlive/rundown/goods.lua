--- Finds the goods that a rundown names by id, page, name, or key in the ledger.
--
-- A name first means goods of the room; the library is searched only for names that the room does
-- not have.
local compat = require "wxlive.base.compat"
local recover = require "wxlive.client.recover"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"

local M = {}

---@class wxlive.rundown.Goods
---@field id string            digits
---@field name string?
---@field in_room boolean?
---@field audit_status integer?   known once the library was read

---@class wxlive.rundown.Stock
---@field by_id table<string, wxlive.rundown.Goods>
---@field has_library boolean
local Stock = {}
Stock.__index = Stock

local function plain_page(url)
  return (tostring(url):gsub("^/", ""):gsub("%.html", ""))
end

local function note(index, word, goods)
  if word and word ~= "" then
    index[word] = index[word] or {}
    index[word][goods.id] = goods
  end
end

-- Adds the goods of one row of a list.
local function add(self, row, fields)
  local id = compat.integer_text(row.goods_id)
  local goods = self.by_id[id] or { id = id }
  self.by_id[id] = goods
  goods.name = row.name or goods.name
  tables.put(goods, fields)
  note(self.by_name, row.name and text_of.trim(row.name), goods)
  note(self.by_page, row.url and plain_page(row.url), goods)
end

--- The goods of a room, as a list of rooms shows it.
---@param room { goods: table[]? }?
---@return wxlive.rundown.Stock
function M.of_room(room)
  local self = setmetatable({ by_id = {}, by_name = {}, by_page = {}, has_library = false }, Stock)
  self:see_room(room or {})
  return self
end

--- Notes which goods are in the room now.
---@param room { goods: table[]? }
function Stock:see_room(room)
  for _, goods in pairs(self.by_id) do
    goods.in_room = nil
  end
  for _, row in ipairs(room.goods or {}) do
    add(self, row, { in_room = true })
  end
end

--- Reads the library, in all four audit states.
---@param live wxlive.Broadcast
---@return true? ok
---@return wxlive.Error? err
function Stock:read_library(live)
  local ok, err = recover.each(live, "goods", function(row, status)
    add(self, row, { audit_status = status })
  end)
  self.has_library = self.has_library or ok == true
  return ok, err
end

-- Those that are in the room, if any are; by their ids.
local function only(found)
  local list, in_room = {}, {}
  for _, goods in pairs(found or {}) do
    table.insert(goods.in_room and in_room or list, goods)
  end
  list = in_room[1] and in_room or list
  table.sort(list, function(a, b) return compat.is_lower_id(a.id, b.id) end)
  return list
end

--- The goods that a word of the sheet names.
---@param word string
---@param ledger wxlive.Ledger?   for keys
---@return wxlive.rundown.Goods? goods
---@return wxlive.Sentence? wrong
function Stock:find(word, ledger)
  local is_id = word:find("^%d+$") ~= nil
  if is_id and (self.by_id[word] or not self.by_name[word]) then
    return self.by_id[word] or { id = word }
  end
  local list = only(self.by_page[plain_page(word)])
  if not list[1] then
    list = only(self.by_name[word])
  end
  if #list > 1 then
    local ids = tables.column(list, "id")
    return nil, both("%d goods are called %s: write the id of one of them, %s",
      "有 %d 件商品名为 %s：请写其中之一的 id（%s）"):format(#list, text_of.quote(word),
      both(table.concat(ids, " or "), table.concat(ids, " 或 ")))
  elseif list[1] then
    return list[1]
  end
  local item = ledger and ledger:item("goods", word)
  if item and item.platform_id then
    return self.by_id[item.platform_id]
      or { id = item.platform_id, name = (item.wanted.params or {}).name }
  end
  return nil, both("no goods have the id, page, name or key %s",
    "没有 id、页面、名称或编号为 %s 的商品"):format(text_of.quote(word))
end

--- Whether every word of the rows is found without the library.
---@param rows wxlive.rundown.Row[]
---@param ledger wxlive.Ledger?
---@return boolean
function Stock:knows(rows, ledger)
  for _, row in ipairs(rows) do
    for _, word in ipairs(row.goods) do
      if not self:find(word, ledger) then
        return false
      end
    end
  end
  return true
end

return M
