--- The one error object. Every public function that fails returns nil and one of these.
--
-- Branch on `kind`, `name` and `code`, never on the text. No field ever holds a secret or a token.

---@class wxlive.Error
---@field kind "api"|"transport"|"http"|"decode"|"invalid"|"token"|"quota"|"store"|"callback"
---  |"ledger"|"raised"|"usage"|"partial"|"interrupted"|"output"
---  ledger: the ledger failed; raised: a function given to map raised; usage, partial, interrupted
---  and output: of the command and the workflow scripts
---@field name string           stable symbol, such as "room_not_found"
---@field code integer?         the platform's errcode, where there is one
---@field class string?         of the errcode, see wxlive.errcodes
---@field outcome wxlive.Outcome?  of the errcode: what it says of the work, see docs/errors.md
---@field message string        what happened, one line
---@field hint string?          what to do about it, in English
---@field hint_zh string?       the same in Chinese
---@field endpoint string?      method name of the call, such as "create_room"
---@field field string?         the first parameter at fault
---@field problems table[]?     every problem found before sending: { field=, message= }
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
---@field resets_at integer?   of a spent quota: when it starts anew, in seconds since 1970
---@field malformed string?      of an answer that is not JSON: what is wrong with it, and where
---@field body table?           every field of the platform's error answer, names normalised
---@field cause wxlive.Error?   the failure below this one
local Error = {}
Error.__index = Error
Error.__name = "wxlive.Error"

local M = {}

--- Makes an error object out of its fields; the table becomes the object.
---@param fields table
---@return wxlive.Error
function M.new(fields)
  return setmetatable(fields, Error)
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
  return nil, setmetatable(fields, Error)
end

local function one_line(s)
  return (tostring(s):gsub("[\1-\31\127%z]+", " "))
end

--- One line: endpoint: message (name, code N, rid R): hint
function Error:__tostring()
  local parts = {}
  local about = { self.name or self.kind }
  if self.code then
    about[#about + 1] = "errcode " .. tostring(self.code)
  end
  if self.http_status and self.kind == "http" then
    about[#about + 1] = "HTTP " .. tostring(self.http_status)
  end
  if self.rid then
    about[#about + 1] = "rid " .. self.rid
  end
  if self.attempts and self.attempts > 1 then
    about[#about + 1] = ("after %d tries"):format(self.attempts)
  end
  if self.ambiguous then
    about[#about + 1] = "the platform may have done it"
  end
  if self.endpoint then
    parts[1] = self.endpoint .. ": "
  end
  parts[#parts + 1] = one_line(self.message or self.name or self.kind)
  parts[#parts + 1] = " (" .. table.concat(about, ", ") .. ")"
  if self.hint then
    parts[#parts + 1] = "; " .. one_line(self.hint)
  end
  return table.concat(parts)
end

function Error.__concat(a, b)
  return tostring(a) .. tostring(b)
end

return M
