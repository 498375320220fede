--- Figures to tables.
local textwidth = require "wxlive.text"

local M = {}

--- Least, middle and most of a list.
function M.spread(values)
  local sorted = {}
  for i, value in ipairs(values) do
    sorted[i] = value
  end
  table.sort(sorted)
  local n = #sorted
  if n == 0 then
    return nil
  end
  local middle = n % 2 == 1 and sorted[(n + 1) / 2] or (sorted[n / 2] + sorted[n / 2 + 1]) / 2
  return { min = sorted[1], median = middle, max = sorted[n] }
end

--- "1.21 (1.18 to 1.30)"
function M.ratio(spread)
  return spread and ("%.2f (%.2f to %.2f)"):format(spread.median, spread.min, spread.max) or "-"
end

--- 12345678 -> 12 345 678
function M.thousands(n)
  if not n then
    return "-"
  end
  local text = ("%d"):format(n)
  return (text:reverse():gsub("(%d%d%d)", "%1 "):reverse():gsub("^ ", ""))
end

--- Prints rows of text under a heading, in columns; the first is set left, the others right.
function M.table(title, rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, textwidth.width(cell))
    end
  end
  print("\n" .. title)
  for _, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local space = (" "):rep(widths[i] - textwidth.width(cell))
      cells[i] = i == 1 and cell .. space or space .. cell
    end
    print("  " .. table.concat(cells, "   "))
  end
end

return M
