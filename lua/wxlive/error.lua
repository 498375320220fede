--- The one error object. Every public function that fails returns nil and one of these.
--
-- Branch on `kind`, `name` and `code`, never on the text. No field ever holds a secret or a token.
local language = require "wxlive.text.language"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local split = sentence.split

-- Bytes that are shown of what a function of the caller's own gave as a reason.
local REASON_MAX = 200

---@class wxlive.Error
---@field kind "api"|"transport"|"http"|"decode"|"invalid"|"token"|"quota"|"store"|"callback"
---  |"ledger"|"vault"|"raised"|"usage"|"partial"|"interrupted"|"output"
---  ledger, vault: the ledger or vault failed; raised: a function given to map raised; usage,
---  partial, interrupted and output: of the command and the workflow scripts
---@field name string           stable symbol, such as "room_not_found"
---@field code integer?         the platform's errcode, where there is one
---@field class string?         of the errcode, see wxlive.errcodes
---@field outcome wxlive.Outcome?  of the errcode: what it says of the work, see docs/errors.md
---@field message string        what happened, one line, in English
---@field message_zh string?    the same in Chinese
---@field hint string?          what to do about it, in English
---@field hint_zh string?       the same in Chinese
---@field endpoint string?      method name of the call, such as "create_room"
---@field field string?         the first parameter at fault
---@field problems table[]?     every problem found before sending: { field=, message=,
---  message_zh= }
---@field rid string?           the platform's id of the request, for get_rid_info
---@field http_status integer?
---@field attempts integer?     how often the request was made
---@field full boolean?         of a store: it has no room left
---@field sent boolean?         false: the platform never saw the request
---@field ambiguous boolean?    true: the platform may have done it all the same
---@field doubtful boolean? an earlier attempt may have succeeded; safe to repeat unless ambiguous
---@field candidates table[]?   when ambiguous and several were found: what may have been made
---@field rows table[]?         of list_not_whole: what the list showed all the same
---@field retry_after number?   seconds after which it may work
---@field repeated number?      it is the answer of a token call that failed so many seconds ago
---@field resets_at integer?   of a spent quota: when it starts again, in seconds since 1970
---@field malformed string?      of an answer that is not JSON: what is wrong with it, and where
---@field body table?           every field of the platform's error answer, names normalised
---@field cause wxlive.Error?   the failure below this one
local Error = {}
Error.__index = Error
Error.__name = "wxlive.Error"

local M = {}

--- Makes an error object out of its fields; the table becomes the object.
---@param fields table   its message is a text, or a sentence of wxlive.text.sentence
---@return wxlive.Error
function M.new(fields)
  return setmetatable(split(fields), Error)
end

---@param x any
---@return boolean
function M.is(x)
  return getmetatable(x) == Error
end

--- Returns nil and a new error, so that a caller fails in one return statement.
---@param fields table
---@return nil
---@return wxlive.Error
function M.fail(fields)
  return nil, setmetatable(split(fields), Error)
end

--- What pcall caught, as an error: the error object itself, or a new one.
---@param value any
---@param fields table?   further fields of the new one
---@return wxlive.Error
function M.raised(value, fields)
  if M.is(value) then
    return value
  end
  return M.new(tables.merged({
    kind = "raised", name = "raised", message = tostring(value),
  }, fields))
end

--- In words, the reason that a function of the caller's own returned or raised.
---@param given any
---@return string|wxlive.Sentence
function M.reason(given)
  if type(given) == "string" or type(given) == "number" then
    return tostring(given):sub(1, REASON_MAX)
  end
  return sentence.both("no reason was given", "未给出原因")
end

local function one_line(s)
  return (tostring(s):gsub("[\1-\31\127%z]+", " "))
end

-- How a line is put together: what stands behind the endpoint, round the name and codes, between
-- them and before the hint; tries and ambiguous in words.
local english = { ": ", " (", ", ", ")", "; ", "after %d tries", "the platform may have done it" }
local chinese = { "：", "（", "，", "）", "；", "共尝试 %d 次", "平台可能已执行" }

--- An error as one line: endpoint: message (name, code N, rid R): hint
---@param err wxlive.Error
---@param in_chinese boolean?   where it has Chinese words
---@return string
function M.line(err, in_chinese)
  local words, about = in_chinese and chinese or english, { err.name or err.kind }
  local message = in_chinese and err.message_zh or err.message or err.name or err.kind
  local hint = in_chinese and err.hint_zh or err.hint
  if err.code then
    about[#about + 1] = "errcode " .. tostring(err.code)
  end
  if err.http_status and err.kind == "http" then
    about[#about + 1] = "HTTP " .. tostring(err.http_status)
  end
  if err.rid then
    about[#about + 1] = "rid " .. err.rid
  end
  if err.attempts and err.attempts > 1 then
    about[#about + 1] = words[6]:format(err.attempts)
  end
  if err.ambiguous then
    about[#about + 1] = words[7]
  end
  return (err.endpoint and err.endpoint .. words[1] or "") .. one_line(message) .. words[2]
    .. table.concat(about, words[3]) .. words[4] .. (hint and words[5] .. one_line(hint) or "")
end

Error.__tostring = M.line

--- An error as one line in the reader's language.
---@param err wxlive.Error
---@return string
function M.read(err)
  return M.line(err, language.is_chinese())
end

function Error.__concat(a, b)
  return tostring(a) .. tostring(b)
end

return M
