-- Sheets: what is read can be written, and reads back the same; cutting the file into other
-- portions changes nothing; what cannot be read is said with a line.
local csv = require "wxlive.sheet.csv"

local function rows_of(text, portion)
  local at = 1
  local reader = csv.reader(function()
    local part = text:sub(at, at + portion - 1)
    at = at + portion
    return part
  end, "sheet.csv")
  local rows = {}
  while true do
    local row, line = reader:read()
    if not row then
      local err = line
      assert(not err or err.kind == "invalid" and err.line >= 1, "error")
      return rows, err and tostring(err)
    end
    assert(line >= 1, "line")
    rows[#rows + 1] = row
  end
end

local function same(a, b)
  assert(#a == #b, "rows")
  for i, row in ipairs(a) do
    assert(#row == #b[i], "cells")
    for j, cell in ipairs(row) do
      assert(type(cell) == "string" and cell == b[i][j], "cell")
    end
  end
end

return function(text)
  local rows, wrong = rows_of(text, 65536)
  local again, wrong_again = rows_of(text, 3)
  same(rows, again)
  assert(wrong == wrong_again, "another error")
  if wrong then
    return
  end
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = csv.line(row) .. "\n"
  end
  -- behind a mark and a separator line of our own: what a first cell holds would be taken for them
  same(rows, (rows_of("\239\187\191sep=,\n" .. table.concat(lines), 65536)))
end
