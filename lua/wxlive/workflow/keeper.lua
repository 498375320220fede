--- Writes goods ids to a CSV file as soon as they are known: the API never returns a lost id again.
local core = require "wxlive.core"
local csv = require "wxlive.sheet.csv"
local files = require "wxlive.base.files"
local both = require("wxlive.text.sentence").both

local M = {}

---@class wxlive.workflow.Keeper
local Keeper = {}
Keeper.__index = Keeper
Keeper.__name = "wxlive.workflow.Keeper"

local HEADING = { "sheet", "line", "goods_id", "audit_id", "name" }

local function failure(path, reason)
  return files.cannot_write(path, reason, "give --out a path that you may write to",
    "请为 --out 指定可写的路径")
end

-- Whether ids may be added to what is there: nothing, or a file that begins with our heading.
local function is_ours(path)
  if (core.system.file_size(path) or 0) == 0 then
    return true
  end
  local reader = csv.open(path)
  local heading = reader and reader:read() or {}
  if reader then
    reader:close()
  end
  for i, name in ipairs(HEADING) do
    if heading[i] ~= name then
      return false
    end
  end
  return true
end

--- Opens the file for adding to; a new one gets a heading. It is written as the sheet is (byte
--- order mark, separator, line ends), for the same spreadsheet program.
---@param path string
---@param sheet string    path of the sheet, written beside each id
---@return wxlive.workflow.Keeper? keeper
---@return wxlive.Error? err
function M.open(path, sheet)
  if not is_ours(path) then
    return failure(path, both("it is there and does not hold goods ids", "文件已存在，且不是商品 ID 表"))
  end
  local file, reason = io.open(path, "ab")
  if not file then
    return failure(path, reason)
  end
  local keeper = setmetatable({ file = file, path = path, sheet = sheet }, Keeper)
  -- A device or a pipe has no end to look at.
  local is_new = (file:seek("end") or 0) == 0
  keeper.style = csv.style_of(is_new and sheet or path)
  if is_new then
    local ok, err = keeper:put(HEADING, csv.head(keeper.style))
    if not ok then
      file:close()
      return nil, err
    end
  end
  return keeper
end

-- Flushed at once, because a killed process loses its buffer.
function Keeper:put(cells, head)
  local ok, reason = self.file:write(head or "", csv.row(cells, self.style))
  if ok then
    ok, reason = self.file:flush()
  end
  if not ok then
    return failure(self.path, reason)
  end
  return true
end

--- Adds the ids of one row.
---@param row table
---@return true? ok
---@return wxlive.Error? err
function Keeper:write(row)
  return self:put {
    self.sheet, tostring(row.line), tostring(row.goods_id), tostring(row.audit_id or ""),
    row.params.name,
  }
end

function Keeper:close()
  self.file:close()
end

return M
