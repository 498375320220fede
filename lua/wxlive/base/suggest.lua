--- The nearest of some names to a misspelt one.
local both = require("wxlive.text.sentence").both

local M = {}

-- Case and underscores carry no meaning here: roomID, room_id and roomid are one word.
local function plain(word)
  return (word:lower():gsub("[_%-]", ""))
end

-- Optimal string alignment: insert, delete, replace, swap neighbours. Gives up above `limit`.
local function distance(a, b, limit)
  if math.abs(#a - #b) > limit then
    return limit + 1
  end
  local before, last, row = {}, {}, {}
  for j = 0, #b do
    last[j] = j
  end
  for i = 1, #a do
    row[0] = i
    local best = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local d = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        d = math.min(d, before[j - 2] + 1)
      end
      row[j] = d
      best = math.min(best, d)
    end
    if best > limit then
      return limit + 1
    end
    before, last, row = last, row, before
  end
  return last[#b]
end

--- The name that `word` was probably meant to be; nil when none is near.
---@param word string
---@param names string[]
---@return string?
function M.nearest(word, names)
  if #word > 64 then
    return nil
  end
  local wanted = plain(word)
  local limit = math.max(1, math.floor(#wanted / 3))
  local best, best_distance
  for _, name in ipairs(names) do
    local d = distance(wanted, plain(name), limit)
    if d <= limit and (not best or d < best_distance) then
      best, best_distance = name, d
    end
  end
  return best
end

--- The question behind an unknown name.
---@param near string?   of nearest
---@return wxlive.Sentence|string   "" without such a name
function M.question(near)
  return near and both("; did you mean %s?", "，您是否想写“%s”？"):format(near) or ""
end

return M
