--- Rows that have another key than before. When a column `key` was added to a sheet that was
--- applied, or taken out of it, or a key was corrected, every such row seems new and its goods
--- gone: what has the same page, or the same name and start, goes on under the new key. The same
--- holds when rows got their keys, or lost them, on the way into another sheet. (Two keys of two
--- sheets are two things.)
local json = require "wxlive.json"
local sentence = require "wxlive.text.sentence"
local tally = require "wxlive.shop.stage.tally"

local M = {}

local BATCH = 500

--- Notes a row that seems new, by what it is.
---@param staging table
---@param row table
---@param key string
---@param wanted string
---@param names string[]?   the rooms that it is wanted in
function M.note(staging, row, key, wanted, names)
  local identity = staging.reader.kind.key(row.params)
  if identity then
    table.insert(staging.noted, { identity, key, row.line, wanted,
      names and assert(json.encode(names)) })
  end
end

-- The goods or the room of a row that is no longer in the sheet go on under the key of a new row.
-- False when a worker has begun the new row.
local function go_on_as(staging, item, new)
  local ledger = staging.ledger
  local names = new.rooms and json.decode(new.rooms)
  local identity = staging.reader.kind.key(item.wanted.params)
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
      identity = new.key ~= identity and identity or nil,
    })
  end
  return ok and true or nil, err
end

-- Another run is doing the row under its former key: the new row would be created beside it.
local function put_off(staging, item, new)
  local ok, err = tally.rooms(staging, new.rooms and json.decode(new.rooms), new.key, -1)
  if ok then
    ok, err = staging.ledger:drop_new(staging.kind, new.key)
  end
  if not ok then
    return nil, err
  end
  local counts = staging.counts
  tally.work(staging, nil, nil, -1)
  counts.bad, counts.later = counts.bad + 1, counts.later + 1
  local said = sentence.both("another run is doing this row under its former key, %s: run this "
    .. "again when it has ended", "另一进程正在以原 key %s 处理该行，请待其结束后重新执行"):format(item.key)
  staging.report(new.line, said.message, said.message_zh)
  return false
end

-- list: the method of the ledger that gives the rows to compare.
local function rename_batch(staging, list, after, renamed)
  local items, err = staging.ledger[list](staging.ledger, staging.kind, staging.sheet, after, BATCH)
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
    if new and item.state == "claimed" and not staging.dry then
      ok, err = put_off(staging, item, new)
    elseif new then
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

-- The methods of the ledger that give the rows to compare; the first one needs the whole sheet.
local lists = { "gone", "without_key_elsewhere", "with_key_elsewhere" }

--- Compares what is gone, or was in another sheet, with what seems new.
---@param staging table
---@param whole boolean   the sheet was read to its end
---@return true? ok
---@return wxlive.Error? err
function M.settle(staging, whole)
  local renamed = { count = 0 }
  for i = whole and 1 or 2, #lists do
    local after, err
    repeat
      after, err = staging:batch(function()
        return rename_batch(staging, lists[i], after, renamed)
      end)
    until not after
    if err then
      return nil, err
    end
  end
  if renamed.count > 0 then
    local said = sentence.both("%d rows have another key than before: they are taken for the same "
      .. "%s, and nothing is created again", "%d 行的 key 与上次不同：仍视为同一%s，不会重复创建")
      :format(renamed.count, staging.reader.kind.noun)
    staging.warn(renamed.line, said.message, said.message_zh)
  end
  return true
end

return M
