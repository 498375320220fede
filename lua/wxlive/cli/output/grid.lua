--- Tables of text for a terminal: columns aligned by what eyes see, cut to the width of the screen.
local core = require "wxlive.core"
local tables = require "wxlive.base.tables"
local textwidth = require "wxlive.text"

local M = {}

local GAP = 2
local LEAST = 6

local function width_of(text)
  return textwidth.width(text) or #text
end

--- Columns of the terminal that is written to: COLUMNS when it is set, else what the terminal says,
--- else 120; no limit in a pipe.
---@param fd integer?   1 when left out
---@return number
function M.screen(fd)
  local columns = tonumber(os.getenv("COLUMNS") or "")
  if columns and columns >= 20 then
    return columns
  end
  return core.system.columns(fd or 1) or core.system.isatty(fd or 1) and 120 or math.huge
end

--- The width of a drawing: the terminal's, or another one where it has too few columns or is none.
---@param least integer
---@param usual integer
---@return integer
function M.drawing(least, usual)
  local columns = M.screen()
  return columns >= least and columns < math.huge and columns or usual
end

--- A line that can be drawn over: no wider than the terminal.
---@param text string
---@param fd integer?   1 when left out
---@return string
function M.line(text, fd)
  local columns = M.screen(fd)
  return columns < math.huge and (textwidth.cut(text, columns - 1)) or text
end

-- The widest columns give way until all fit.
local function fit(widths, room)
  local total = (#widths - 1) * GAP
  for _, width in ipairs(widths) do
    total = total + width
  end
  while total > room do
    local widest = 1
    for i, width in ipairs(widths) do
      if width > widths[widest] then
        widest = i
      end
    end
    if widths[widest] <= LEAST then
      return
    end
    widths[widest] = widths[widest] - 1
    total = total - 1
  end
end

--- Renders rows under a heading.
---@param columns string[]
---@param rows string[][]
---@param options { width: integer?, colour: boolean? }?
---@return string   ends in a line break
function M.render(columns, rows, options)
  options = options or {}
  local colour = options.colour
  if colour == nil then
    colour = core.system.isatty(1) and not os.getenv("NO_COLOR")
  end
  local widths = tables.map(columns, width_of)
  local cells = {}
  for r, row in ipairs(rows) do
    cells[r] = {}
    for i = 1, #columns do
      local text = textwidth.plain(tostring(row[i] == nil and "" or row[i]))
      cells[r][i] = text
      widths[i] = math.max(widths[i], width_of(text))
    end
  end
  fit(widths, options.width or M.screen())
  local function line(texts)
    local out = {}
    for i = 1, #columns do
      out[i] = textwidth.fit(texts[i], widths[i], i == #columns)
    end
    return (table.concat(out, (" "):rep(GAP)):gsub("%s+$", ""))
  end
  local rules = tables.map(widths, function(width) return ("─"):rep(width) end)
  local head = line(columns)
  local out = { colour and "\27[1m" .. head .. "\27[0m" or head, table.concat(rules, "  ") }
  return table.concat(tables.append(out, tables.map(cells, line)), "\n") .. "\n"
end

return M
