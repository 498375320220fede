--- The rows of a sheet: whether they are rooms or goods, the key of a row, and what it asks for.
local catalogue = require "wxlive.catalogue"
local columns = require "wxlive.shop.columns"
local core = require "wxlive.core"
local json = require "wxlive.json"
local owners = require "wxlive.shop.owners"
local sentence = require "wxlive.text.sentence"
local sheets = require "wxlive.sheet.reader"
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"

local M = {}

local both = sentence.both

-- What differs between sheets of goods and of rooms. noun: what the rows are, for messages.
local kinds = {
  goods = {
    name = "goods", endpoint = "goods_add", noun = both("goods", "商品"),
    -- The key of goods: a page of the mini program shows one product.
    key = function(params)
      local url = type(params.url) == "string" and params.url or nil
      return url and params.third_party_appid and params.third_party_appid .. " " .. url or url
    end,
  },
  rooms = {
    name = "rooms", endpoint = "create_room", noun = both("rooms", "直播间"),
    -- The key of a room: a weekly show has the same name on many days.
    key = function(params)
      if type(params.name) == "string" and type(params.start_time) == "number" then
        return ("%s @%.0f"):format(params.name, params.start_time)
      end
    end,
  },
}
M.kinds = kinds

-- Whether a sheet holds rooms or goods: each kind has a column that the other cannot have.
local function kind_of(names)
  local goods, rooms = catalogue.by_name.goods_add.known, catalogue.by_name.create_room.known
  for name in pairs(names) do
    if (goods[name] == nil) ~= (rooms[name] == nil) then
      return goods[name] and kinds.goods or kinds.rooms
    end
  end
end

--- The name under which a sheet's rows are kept: two machines may have it in different places.
---@param path string
---@return string
function M.sheet_name(path)
  return path:match("([^/]+)$") or path
end

--- The folder that a sheet lies in, without symbolic links.
---@param path string
---@return string
function M.folder_of(path)
  local folder = path:match("^(.*/)[^/]*$") or "."
  return core.system.real_path(folder) or folder
end

--- What is wanted of a room, as the ledger keeps it, without its assistants.
---@param wanted table
---@return string
function M.without_assistants(wanted)
  return assert(json.encode { params = wanted.params, images = wanted.images })
end

--- Opens a sheet, CSV or JSON lines (.jsonl), of rooms or of goods.
---@param path string
---@param wanted "rooms"|"goods"|nil   told by its columns when left out
---@param now number?   the time now when left out
---@param account string|string[]|nil   whose rows are read, of a sheet with a column `account`: its
---  name, or its name and those of its groups
---@return table? reader   with reader.kind; is_rejects: it is a file of rejects, a part of a sheet
---@return wxlive.Error? err
function M.open(path, wanted, now, account)
  local kind, has_reasons
  local reader, err = sheets.open(path, function(names)
    has_reasons = names.reason
    kind = wanted and kinds[wanted] or kind_of(names) or kinds.goods
    return kind.endpoint, columns.of(kind.name)
  end, { now = now or core.system.now(), absolute = true, only = owners.only(account) })
  if not reader then
    return nil, err
  end
  reader.kind = kind
  reader.is_rejects = has_reasons or path:find("%.rejects%.%w+$") ~= nil
  for _, column in ipairs(reader.columns) do
    reader.has_rooms = reader.has_rooms or column.name == "rooms"
  end
  return reader
end

--- Whether a row has mistakes that count. They do not when the row is already done: a show in the
--- past cannot be asked for again. A mistake in the column `rooms` always counts: an empty list
--- would take the goods out of a show.
---@param row table
---@param item table?      the row as the ledger has it
---@param wanted string?   what the sheet wants of it
---@return boolean
function M.has_mistakes(row, item, wanted)
  local done = item and item.platform_id and item.applied_text == wanted
  return row.problems[1] ~= nil and (not done or row.doubtful.rooms == true)
end

--- What is wrong with a row whose key another sheet has for something that has neither its name nor
--- its page or start: sheets that number their rows would change each other's goods and rooms.
---@param sheet string
---@param row table
---@param item table?   the row of the ledger with this key
---@return wxlive.Sentence? wrong
function M.of_other_sheet(sheet, row, item)
  local function plain(name)
    return (name:gsub("%.rejects", ""))
  end
  if not item or not row.extra.key or plain(item.sheet) == plain(sheet)
    or not (item.platform_id or item.state == "doubt") then
    return nil
  end
  local had, by = item.wanted.params, item.kind == "goods" and "url" or "start_time"
  if had.name ~= row.params.name and had[by] ~= row.params[by] then
    return both("the key %s is that of %s, line %d of %s: give this row another key",
      "key %s 已属于“%s”（第 %d 行，%s），请为该行另取 key"):format(item.key, had.name, item.line, item.sheet)
  end
end

--- The rooms that a row of goods is wanted in, ids or names. nil when its sheet does not name
--- rooms: then nothing is put into one, and nothing taken out.
---@return string[]? rooms
function M.rooms_of(reader, row)
  local rooms = row.extra.rooms or reader.has_rooms and {} or nil
  if type(rooms) ~= "table" then
    return nil
  end
  return tables.map(rooms, function(room)
    local id = text_of.narrow(tostring(room))
    return id:find("^%d+$") and id or tostring(room)
  end)
end

--- A row as the ledger keeps it: the key, and what is wanted in one text that changes only when the
--- row or a picture's content does.
---@return string? key
---@return string? wanted  JSON: { params, images = { field = { digest, path } } }
---@return wxlive.Sentence? wrong
function M.identify(kind, row)
  local images = {}
  for _, picture in ipairs(row.images) do
    if not picture.digest then
      return nil, nil, both("%s cannot be read", "无法读取 %s"):format(picture.path)
    end
    images[picture.field] = picture.digest
  end
  local params = {}
  for name, value in pairs(row.params) do
    params[name] = images[name] or value
  end
  local key = row.extra.key or kind.key(params)
  if not key then
    return nil, nil, both("the row has nothing that identifies it: add a column `key`",
      "该行没有可识别的内容，请增加 key 列")
  end
  local wanted, reason = json.encode {
    params = params, images = images, assistants = row.extra.assistants,
  }
  if not wanted then
    return nil, nil, sentence.compose(tostring(reason))
  end
  return key, wanted
end

return M
