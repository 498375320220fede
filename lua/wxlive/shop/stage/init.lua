--- Compares a sheet with the ledger: new, changed and removed rows. Memory does not grow with the
--- sheet.
--
-- A dry staging (plan) writes nothing but a temporary table; else every row that needs work is left
-- in the ledger as "todo". Invalid rows are skipped and reported.
local Error = require "wxlive.error"
local renamed = require "wxlive.shop.stage.renamed"
local room_goods = require "wxlive.ledger.room_goods"
local rows = require "wxlive.shop.rows"
local sentence = require "wxlive.text.sentence"
local steps = require "wxlive.base.steps"
local tally = require "wxlive.shop.stage.tally"

local M = {}

local both = sentence.both

local EMPTY = both("the row is empty", "该行为空")

-- Rows that are looked up and written together, and how many times that in one transaction.
local CHUNK, CHUNKS = 50, 10

-- When the connection breaks, the staged rows are lost, and the sheet is read again.
local TRIES = 3

---@class wxlive.shop.Staging
local Staging = {}
Staging.__index = Staging

--- Runs work() in one transaction; a dry staging needs none. It is not run again: rows are read in
--- it, and cannot be read twice.
function Staging:batch(work)
  if self.dry then
    return work()
  end
  return self.ledger.db:transaction(work, true)
end

-- Whether a row is new: it may have had another key before. It is not begun before that is known,
-- not even by another process.
local function is_fresh(item)
  return not item or item.state == "new"
end

-- Counts what is to be done with a row, and keeps it in the ledger. New rows and pictures are kept
-- with those of the rows around it, see flush.
local function stage_row(self, row, key, wanted, item)
  local todo = tally.work(self, item, wanted, 1)
  if self.dry then
    return true
  end
  for _, picture in ipairs(todo and row.images or {}) do
    self.pictures[picture.digest] = picture.path
  end
  local identity = self.reader.kind.key(row.params)
  local want = { sheet = self.sheet, line = row.line, wanted = wanted, todo = todo,
    fresh = is_fresh(item), identity = identity ~= key and identity or nil }
  if item then
    return self.ledger:want(item, want)
  end
  self.new[#self.new + 1] = self.ledger:new_item(self.kind, key, want)
  return true
end

-- One row. Gives what is wrong with it, as a sentence, and whether it is known which row it is;
-- true when nothing is wrong; nil and an error when the ledger fails.
local function take(self, one)
  local row, key, wanted, item = one.row, one.key, one.wanted, one.item
  if not key then
    return row.problems[1] and sentence.join(row.problems) or one.wrong, false
  elseif rows.has_mistakes(row, item, wanted) then
    -- The key of an invalid row is recorded, too: a mistake in the sheet is not a wish to remove
    -- the row.
    return sentence.join(row.problems), item ~= nil or one.first ~= nil
  elseif one.first then
    return both("line %d has the same %s: add a column `key` that identifies each",
      "与第 %d 行是同一个%s，请增加 key 列加以区分"):format(one.first, self.reader.kind.noun), true
  end
  local other = rows.of_other_sheet(self.sheet, row, item)
  if other then
    return other, true
  end
  local names = rows.rooms_of(self.reader, row)
  if is_fresh(item) then
    renamed.note(self, row, key, wanted, names)
  end
  local ok, err = tally.rooms(self, names, key, 1)
  if ok then
    ok, err = stage_row(self, row, key, wanted, item)
  end
  return ok and true, err
end

-- Rows that were in the sheet and are not any more. Nothing is deleted while a row with a mistake
-- may be one of them: a slip in the page of goods makes them look gone.
local function settle_gone(self)
  local ledger, counts = self.ledger, self.counts
  local prune = self.prune and counts.nameless == 0
  local prune_goods, placed = prune and self.kind == "goods", 0
  local n, err = ledger:count_gone(self.kind, self.sheet)
  if n and prune_goods and n > 0 then
    placed, err = room_goods.count_gone(ledger, self.sheet)
  end
  if not (n and placed) then
    return nil, err
  end
  counts.gone, counts.remove = n, prune and n or 0
  counts.held = self.prune and n - counts.remove or 0
  if placed > 0 then
    tally.add(counts, "to_add", 0)
    tally.add(counts, "to_take_out", placed)
  end
  local ok = true
  if not self.dry then
    ok, err = ledger:settle_gone(self.kind, self.sheet, prune)
    if ok and prune_goods then
      ok, err = room_goods.prune(ledger, self.sheet)
    end
  end
  return ok, err
end

-- Warnings about valid rows, each once, because many rows have the same picture.
local function warn(self, row)
  for _, message in ipairs(row.warnings) do
    self.warn(row.line, message.message, message.message_zh)
  end
  for _, advice in ipairs(row.advice) do
    if not self.said[advice.message] then
      self.said[advice.message] = true
      self.warn(row.line, advice.message, advice.message_zh)
    end
  end
end

-- Reports a problem; it, or a sentence, has the words.
local function bad(self, line, problem)
  self.counts.bad = self.counts.bad + 1
  self.report(line, problem.message, problem.message_zh)
end

-- Reads the next rows, each with its key. Gives whether that was all, and why no more can be read.
local function read_chunk(self)
  local chunk = {}
  while #chunk < CHUNK do
    local row, problem = self.reader:next()
    if not row then
      return chunk, true, problem
    end
    local one = { row = row, wrong = EMPTY }
    if next(row.params) then
      one.key, one.wanted, one.wrong = rows.identify(self.reader.kind, row)
    end
    chunk[#chunk + 1] = one
  end
  return chunk, false
end

-- Looks rows up in the ledger, and notes their keys: item, and first, the line that has the key.
local function look_up(self, chunk)
  local keys, noted = {}, {}
  for _, one in ipairs(chunk) do
    if one.key then
      keys[#keys + 1] = one.key
      noted[#noted + 1] = { one.key, one.row.line }
    end
  end
  local items, err = self.ledger:items(self.kind, keys)
  local lines
  if items then
    lines, err = self.ledger:note_keys(noted)
  end
  for _, one in ipairs(lines and chunk or {}) do
    one.item = items[one.key]
    one.first = lines[one.key] ~= one.row.line and lines[one.key] or nil
  end
  return lines and true, err
end

-- Writes what was put off.
local function flush(self)
  local pictures = {}
  for digest, path in pairs(self.pictures) do
    pictures[#pictures + 1] = { digest, path }
  end
  local new, noted = self.new, self.noted
  self.new, self.noted, self.pictures = {}, {}, {}
  return steps.run {
    function() return self.ledger:insert(new) end,
    function() return self.ledger:note_new(noted) end,
    function() return self.ledger:note_pictures(pictures) end,
  }
end

-- Takes some rows. Gives whether there are more.
local function take_chunk(self)
  local chunk, ended, problem = read_chunk(self)
  local ok, err = look_up(self, chunk)
  if not ok then
    return nil, err
  end
  for _, one in ipairs(chunk) do
    self.counts.rows = self.counts.rows + 1
    local wrong, known = take(self, one)
    if not wrong then
      return nil, known
    elseif wrong == true then
      warn(self, one.row)
    else
      self.counts.nameless = self.counts.nameless + (known and 0 or 1)
      bad(self, one.row.line, wrong)
    end
  end
  if problem then
    self.counts.broken = true
    bad(self, problem.line, problem)
  end
  ok, err = flush(self)
  if not ok then
    return nil, err
  end
  return not ended
end

-- Takes as many rows as one transaction holds. Gives whether there are more.
local function take_batch(self)
  local more, err
  for _ = 1, CHUNKS do
    more, err = take_chunk(self)
    if not more then
      break
    end
  end
  return more, err
end

-- Nothing is deleted when another sheet of this name may own the rows that seem to have left: two
-- brands may each have a goods.csv. Each folder is kept, not only the last one: a run without
-- prune must not open the way for the next run with it.
local function settle_folder(self, folder, moved)
  local others, err = {}, nil
  if self.prune and self.reader.is_rejects then
    return Error.fail {
      kind = "usage", name = "prune_of_rejects", sent = false,
      message = both("%s is a file of rejects: it holds a part of the rows only, and --prune would "
        .. "delete the %s that have been corrected before", "%s 是失败行文件，只含部分行，--prune 会删除此前已修正的%s")
        :format(self.sheet, self.reader.kind.noun),
      hint = "apply it without --prune (prune = false in Lua), and the whole sheet with it",
      hint_zh = "请不带 --prune 执行该文件（Lua 中为 prune = false），仅对完整的表格使用 --prune",
    }
  elseif self.prune and not moved then
    others, err = self.ledger:other_folders(self.kind, self.sheet, folder)
  end
  if others and others[1] then
    return Error.fail {
      kind = "usage", name = "sheet_elsewhere", sent = false,
      message = both("%s came from %s before, and now comes from %s: --prune could delete the "
        .. "%s of another sheet of this name", "%s 此前位于 %s，现在位于 %s：--prune 可能删除另一份同名表格的%s")
        :format(self.sheet, table.concat(others, ", "), folder, self.reader.kind.noun),
      hint = "give each sheet a file name of its own; or, if it is the same sheet and has moved, "
        .. "add --moved once (moved = true in Lua)",
      hint_zh = "请为每份表格取不同的文件名；如果是同一份表格换了位置，请加一次 --moved（Lua 中为 moved = true）",
    }
  elseif others and not self.dry then
    return self.ledger:record_folder(self.kind, self.sheet, folder, moved)
  end
  return others and true, err
end

-- Takes all rows that can be read.
local function take_all(self)
  local more, err
  repeat
    more, err = self:batch(function() return take_batch(self) end)
    if more ~= nil and not self.dry then
      local ok, why = self.ledger.db:analyze("item")
      if not ok then
        return nil, why
      end
    end
  until not more
  return more ~= nil or nil, err
end

-- What only the rows together show.
local function settle(self)
  local whole = not self.counts.broken
  if not whole and self.known then
    -- A sheet that could not be read to its end does not show which rows were removed, nor which of
    -- the fresh ones had another key before: those are not begun.
    return true
  end
  local ok, err = renamed.settle(self, whole)
  if ok and whole then
    ok, err = settle_gone(self)
  end
  if ok and not self.dry then
    ok, err = self.ledger:release_new(self.kind, self.sheet)
  end
  return ok, err
end

-- Begins a reading of the sheet.
local function begin(self)
  local ok, err = true, nil
  if not self.dry then
    -- What dead workers were doing may be what the sheet wants under another key now.
    ok, err = self.ledger:recover(self.kind)
  end
  if ok then
    ok, err = self.ledger:begin_sheet()
  end
  if ok then
    self.known, err = self.ledger:knows_sheet(self.kind, self.sheet)
  end
  return self.known, err
end

local function ignore() end

--- Stages a sheet.
---@param ledger wxlive.Ledger
---@param reader table       of wxlive.shop.rows.open
---@param path string        of the sheet
---@param options { dry: boolean?, prune: boolean?, moved: boolean?,
---  on_problem: fun(line, message, message_zh)?, on_warning: fun(line, message, message_zh)? }
---  moved: sheets of this name in other folders are this sheet
---@return table? counts     kind; rows, create, change, submit, unchanged, doubt, bad; gone, of
---                           which remove are to be deleted, and held are not although that was
---                           asked for; later: rows that another run is doing under other keys;
---                           to_add and to_take_out when the sheet names rooms; rooms: name or id
---                           -> goods to add; moves: rooms that the same rows add goods to, each
---                           in a line -> goods to take out
---@return wxlive.Error? err
function M.stage(ledger, reader, path, options)
  local sheet = rows.sheet_name(path)
  local self = setmetatable({
    ledger = ledger, reader = reader, kind = reader.kind.name, sheet = sheet, dry = options.dry,
    prune = options.prune, report = options.on_problem or ignore,
    warn = options.on_warning or ignore, said = {}, new = {}, noted = {}, pictures = {}, counts = {
      kind = reader.kind.name, rows = 0, create = 0, change = 0, submit = 0, unchanged = 0,
      doubt = 0, bad = 0, gone = 0, remove = 0, held = 0, nameless = 0, later = 0, rooms = {},
      moves = {},
    },
  }, Staging)
  local ok, err = steps.run({ settle_folder, begin, take_all, settle }, self,
    rows.folder_of(path), options.moved)
  return ok and self.counts, err
end

--- Opens a sheet and stages it, once more when the ledger's connection breaks meanwhile.
---@param ledger wxlive.Ledger
---@param path string
---@param options table   those of M.stage, and { kind: "rooms"|"goods"|nil,
---  account: string|string[]|nil, now: number? }
---@param prepare (fun(kind: string): any, wxlive.Error?)?   called before rows are compared
---@return table? counts   as of M.stage
---@return wxlive.Error? err
function M.file(ledger, path, options, prepare)
  local counts, err
  for _ = 1, TRIES do
    local reader
    reader, err = rows.open(path, options.kind, options.now, options.account)
    if not reader then
      return nil, err
    end
    local ready = true
    if prepare then
      ready, err = prepare(reader.kind.name)
    end
    if ready then
      counts, err = M.stage(ledger, reader, path, options)
    end
    reader:close()
    if counts or err.name ~= "ledger_lost" then
      break
    end
  end
  return counts, err
end

--- What a staged sheet asks for, as `plan` and `submit` give it.
---@param path string
---@param counts table   of M.stage
---@return table summary
function M.summary(path, counts)
  return {
    sheet = path, kind = counts.kind, rows = counts.rows, create = counts.create,
    change = counts.change, submit = counts.submit, remove = counts.remove,
    unchanged = counts.unchanged, mistakes = counts.bad, add_to_rooms = counts.to_add,
    take_out_of_rooms = counts.to_take_out,
  }
end

return M
