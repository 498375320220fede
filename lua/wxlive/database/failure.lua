--- The errors of a database, in the words of its user (ledger or vault): methods of
--- wxlive.database.Db.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local tables = require "wxlive.base.tables"
local both = require("wxlive.text.sentence").both

local M = {}

--- What the messages say of a database.
---@class wxlive.database.Words
---@field noun string          "ledger"; also the kind of errors, and how their names begin
---@field noun_zh string
---@field elsewhere string     how to name another one: "--ledger or ..."
---@field elsewhere_zh string

-- What a driver says, as one line; a sentence stays as it is.
local function reason_of(text)
  return type(text) == "table" and text
    or (tostring(text):gsub("^[^:]*%.lua:%d+: ", ""):gsub("%s+", " "):gsub(" $", ""))
end

--- nil and an error that names the database.
---@param text string|wxlive.Sentence
---@param fields { name: string?, hint: string?, hint_zh: string? }?   name: what stands behind the
---  noun, "failed" when left out
function M:failure(text, fields)
  fields = fields or {}
  local noun = self.words.noun
  return Error.fail {
    kind = noun, name = noun .. "_" .. (fields.name or "failed"), sent = false,
    message = both("%s %s: %s", "%s %s：%s")
      :format(both(noun, self.words.noun_zh), self.place, reason_of(text)),
    hint = fields.hint, hint_zh = fields.hint_zh,
  }
end

--- nil and the error of a file that is not there, for a program that only reads it: an empty new
--- one would answer that nothing was ever done.
---@param hints { hint: string, hint_zh: string }
function M:not_found(hints)
  local words = self.words
  return Error.fail {
    kind = "usage", name = words.noun .. "_not_found", sent = false,
    message = both("there is no %s %s", "没有%s %s")
      :format(both(words.noun, words.noun_zh), self.place),
    hint = hints.hint, hint_zh = hints.hint_zh,
  }
end

--- A hint, for failure, to take another database.
function M:another()
  local words = self.words
  return {
    hint = ("name another %s with %s"):format(words.noun, words.elsewhere),
    hint_zh = ("请用 %s 指定其他%s"):format(words.elsewhere_zh, words.noun_zh),
  }
end

local function read_only(self)
  local owner, words = core.process.owner(self.path), self.words
  return {
    name = "read_only",
    hint = ("it belongs to %s: run this as that user, or name another %s with %s")
      :format(owner or "another user", words.noun, words.elsewhere),
    hint_zh = ("%s属于用户 %s：请以该用户运行，或用 %s 指定其他%s")
      :format(words.noun_zh, owner or "?", words.elsewhere_zh, words.noun_zh),
  }
end

-- What SQLite says, and what to do about it, in both languages; or a method that says it.
local cases = {
  { "readonly", read_only },
  { "malformed", "restore it from a copy, or with sqlite3's .recover; a new one would not know "
    .. "what was done", "请用备份或 sqlite3 的 .recover 恢复；新建的文件没有已执行的记录" },
  { "is locked", "another process holds it: let that one end, then try again",
    "有其他进程正在占用：请等待或结束该进程后重试" },
  -- Where the files beside it do not fit, SQLite says no more than this.
  { "disk I/O", "look at the space that is left on its disk, and at the disk",
    "请检查磁盘剩余空间与磁盘状态" },
  { "is full", "free some space on the disk, then try again", "请清理磁盘空间后重试" },
  { "not a database", M.another },
}

--- nil and the error of a statement that failed: what SQLite says does not say what to do.
---@param reason any
function M:explained(reason)
  local case = self.dialect == "sqlite" and tables.find(cases, function(one)
    return tostring(reason):find(one[1], 1, true)
  end) or {}
  local hint = case[2]
  return self:failure(reason, type(hint) == "function" and hint(self)
    or { hint = hint, hint_zh = case[3] })
end

return M
