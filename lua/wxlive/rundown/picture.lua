--- A picture of a rundown: a line for each row, time from left to right. For a terminal and as SVG.
--- Pure.
local agendas = require "wxlive.rundown.agenda"
local language = require "wxlive.text.language"
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"
local times = require "wxlive.rundown.times"
local words = require "wxlive.rundown.words"

local M = {}

local escape, fit, pick = text_of.xml, text_of.fit, language.pick

local LABEL, LEAST_WIDTH = 30, 20

-- Seconds between the marks of the scale.
local STEPS = { 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400 }

--- What a row does, in a few words. The card of a person's choice has the name of its goods.
---@param row wxlive.rundown.Row
---@param goods integer?   which of its goods; all of them when left out
---@return string
function M.label(row, goods)
  local action = words.actions[row.action]
  local parts = { pick(action.words[1], action.zh) }
  if goods then
    parts[2] = row.name or row.goods[goods]
  elseif row.goods[1] then
    parts[2] = #row.goods == 1 and row.goods[1]
      or pick("%d goods", "%d 件商品"):format(#row.goods)
  end
  if row.action == "hook" then
    parts[2] = row.hook
  elseif row.action == "note" then
    parts[2] = row.note
  end
  return table.concat(parts, " ")
end

--- Lays a rundown out between the planned start and end, or as far as its last cue goes.
---@param rows wxlive.rundown.Row[]
---@param room { start_time: number, end_time: number }
---@return { first: number, last: number, lines: table[] }   lines: { row, label, cues = moments }
function M.layout(rows, room)
  local first, last = room.start_time, math.max(room.end_time, room.start_time + 60)
  local lines = tables.map(rows, function(row)
    return { row = row, label = M.label(row), cues = {} }
  end)
  -- Each row has an agenda of its own, so that a row with many cues does not use up the limit.
  for _, line in ipairs(lines) do
    local agenda = agendas.new({ line.row }, { zero = first, planned = first }, {
      seed = "check", last = last,
    })
    local cue = agenda:next()
    while cue and #line.cues < 20000 do
      line.cues[#line.cues + 1] = cue.due
      agenda:take(cue)
      cue = agenda:next()
    end
  end
  return { first = first, last = last, lines = lines }
end

-- The distance between marks, so that their texts do not overlap.
local function step_of(seconds, places)
  return tables.find(STEPS, function(step) return seconds / step <= places end) or STEPS[#STEPS]
end

local function hour(moment)
  return times.clock(moment):sub(1, 5)
end

-- Moments of the scale, whole multiples of the step in Beijing.
local function marks(picture, places)
  local step = step_of(picture.last - picture.first, places)
  local list, at = {}, math.ceil(picture.first / step) * step
  while at <= picture.last do
    list[#list + 1] = at
    at = at + step
  end
  return list
end

-- The time at which a row begins, or the digit of its card.
local function when(line)
  return line.cues[1] and times.clock(line.cues[1])
    or line.row.digit and pick("key ", "按键 ") .. line.row.digit or "-"
end

-- Cells of one line: "●" a cue, "━" cues that repeat faster than the columns, else "·" at a mark.
local function cells_of(line, column, width, scale)
  local cells = {}
  for x = 1, width do
    cells[x] = scale[x] and "·" or " "
  end
  if line.row.every and line.cues[2] then
    for x = column(line.cues[1]), column(line.cues[#line.cues]) do
      cells[x] = "─"
    end
  end
  for _, moment in ipairs(line.cues) do
    cells[column(moment)] = "●"
  end
  return table.concat(cells)
end

--- Draws a rundown with text.
---@param rows wxlive.rundown.Row[]
---@param room { start_time: number, end_time: number }
---@param width integer   columns of the screen
---@return string
function M.text(rows, room, width)
  local picture = M.layout(rows, room)
  local label = math.min(LABEL, math.max(12, math.floor(width / 3)))
  local space = math.max(LEAST_WIDTH, width - label - 12)
  local span = math.max(picture.last - picture.first, 1)
  local function column(moment)
    local x = math.floor((moment - picture.first) / span * (space - 1) + 0.5) + 1
    return math.max(1, math.min(space, x))
  end
  local scale, head = {}, {}
  for x = 1, space do
    head[x] = " "
  end
  for _, moment in ipairs(marks(picture, math.floor(space / 8))) do
    local x = column(moment)
    scale[x] = true
    if x + 4 <= space then
      for i, char in ipairs { hour(moment):byte(1, 5) } do
        head[x + i - 1] = string.char(char)
      end
    end
  end
  local out = { (" "):rep(label + 11) .. table.concat(head) }
  for _, line in ipairs(picture.lines) do
    local at = when(line)
    out[#out + 1] = (fit(at, 9) .. " " .. fit(line.label, label) .. " "
      .. cells_of(line, column, space, scale)):gsub("%s+$", "")
  end
  return table.concat(out, "\n") .. "\n"
end

-- SVG ---------------------------------------------------------------------------------------------

local fills = { push = "#d9363e", on_sale = "#1a7f37", off_sale = "#9a6700", note = "#57606a" }
local OTHER = "#1f6feb"

local LEFT, RIGHT, HEAD, LINE, WIDTH = 330, 30, 40, 24, 1200

--- Draws a rundown as an SVG picture.
---@param rows wxlive.rundown.Row[]
---@param room { name: string?, start_time: number, end_time: number }
---@return string
function M.svg(rows, room)
  local picture = M.layout(rows, room)
  local span, height = math.max(picture.last - picture.first, 1), HEAD + #rows * LINE + 10
  local function x_of(moment)
    local x = LEFT + (moment - picture.first) / span * (WIDTH - LEFT - RIGHT)
    return math.floor(math.max(LEFT, math.min(WIDTH - RIGHT, x)) + 0.5)
  end
  local out = {}
  local function add(pattern, ...)
    out[#out + 1] = pattern:format(...)
  end
  add('<title>%s</title>', escape(room.name or ""))
  for _, moment in ipairs(marks(picture, 14)) do
    add('<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#d0d7de"/>', x_of(moment), HEAD - 8,
      x_of(moment), height - 10)
    add('<text x="%d" y="%d" text-anchor="middle" fill="#57606a">%s</text>', x_of(moment),
      HEAD - 14, hour(moment))
  end
  for i, line in ipairs(picture.lines) do
    local y = HEAD + (i - 1) * LINE + 12
    local fill = fills[line.row.action] or OTHER
    local at = when(line)
    add('<text x="8" y="%d" fill="#24292f">%s %s</text>', y + 4, at,
      escape((text_of.cut(text_of.plain(line.label), 34))))
    if line.row.every and line.cues[2] then
      add('<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="2"/>',
        x_of(line.cues[1]), y, x_of(line.cues[#line.cues]), y, fill)
    end
    local before
    for _, moment in ipairs(line.cues) do
      local x = x_of(moment)
      if x ~= before then
        add('<circle cx="%d" cy="%d" r="4" fill="%s"><title>%s %s</title></circle>', x, y, fill,
          times.clock(moment), escape(line.label))
        before = x
      end
    end
  end
  return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
    .. 'font-family="sans-serif" font-size="13">\n<rect width="100%%" height="100%%" '
    .. 'fill="#ffffff"/>\n%s\n</svg>\n'):format(WIDTH, height, WIDTH, height,
    table.concat(out, "\n"))
end

return M
