--- Rows that have another key than before. When a column `key` was added to a sheet that was
--- applied, or taken out of it, or a key was corrected, every such row seems new and its goods
--- gone: what has the same page, or the same name and start, goes on under the new key.
local json = require "wxlive.json"
local rows = require "wxlive.shop.rows"
local sentence = require "wxlive.text.sentence"
local tally = require "wxlive.shop.tally"

local M = {}

local BATCH = 500

--- Notes a row that seems new, by what it is.
---@param staging table
---@param row table
---@param key string
---@param wanted string
---@param names string[]?   the rooms that it is wanted in
---@return any ok
---@return wxlive.Error? err
function M.note(staging, row, key, wanted, names)
  local identity = staging.reader.kind.key(row.params)
  if not identity then
    return true
  end
  staging.news = true
  return staging.ledger:note_new(identity, {
    key = key, line = row.line, wanted = wanted, rooms = names and assert(json.encode(names)),
  })
end

-- The goods or the room of a row that is no longer in the sheet go on under the key of a new row.
-- False when a worker has begun the new row.
local function go_on_as(staging, item, new)
  local ledger = staging.ledger
  local names = new.rooms and json.decode(new.rooms)
  local ok, err = tally.rooms(staging, names, new.key, -1)
  if ok and staging.dry then
    ok, err = ledger:note_keys { { item.key, new.line } }
  elseif ok then
    ok, err = ledger:rename(item, new.key)
  end
  if err then
    return nil, err
  elseif not ok then
    ok, err = tally.rooms(staging, names, new.key, 1)
    if not ok then
      return nil, err
    end
    return false
  end
  tally.work(staging, nil, nil, -1)
  local todo = tally.work(staging, item, new.wanted, 1)
  ok, err = tally.rooms(staging, names, item.key, 1)
  if ok and not staging.dry then
    ok, err = ledger:want(item, {
      sheet = staging.sheet, line = new.line, wanted = new.wanted, todo = todo,
    })
  end
  return ok and true or nil, err
end

local function rename_batch(staging, after, renamed)
  local items, err = staging.ledger:gone(staging.kind, staging.sheet, after, BATCH)
  if not items then
    return nil, err
  end
  for _, item in ipairs(items) do
    after = item.key
    local identity, new = staging.reader.kind.key(item.wanted.params), nil
    if identity then
      new, err = staging.ledger:take_new(identity)
    end
    local ok
    if new then
      ok, err = go_on_as(staging, item, new)
    end
    if err then
      return nil, err
    elseif ok then
      renamed.count, renamed.line = renamed.count + 1, renamed.line or new.line
    end
  end
  return items[BATCH] and after or false
end

--- Compares what is gone with what seems new, when the sheet was read to its end.
---@param staging table
---@return true? ok
---@return wxlive.Error? err
function M.settle(staging)
  if not staging.news then
    return true
  end
  local renamed, after = { count = 0 }, nil
  repeat
    local function batch()
      return rename_batch(staging, after, renamed)
    end
    local more, err
    if staging.dry then
      more, err = batch()
    else
      more, err = staging.ledger.db:transaction(batch, true)
    end
    if more == nil then
      return nil, err
    end
    after = more
  until not after
  if renamed.count > 0 then
    local said = sentence.both("%d rows have another key than before: they are taken for the same "
      .. "%s, and nothing is created again", "%d 行的 key 与上次不同：仍视为同一%s，不会重复创建")
      :format(renamed.count, rows.noun(staging.kind))
    staging.warn(renamed.line, said.message, said.message_zh)
  end
  return true
end

return M
