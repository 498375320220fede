--- Holds what a show's ledger says against what the platform has.
local M = {}

-- How often a card may have been shown, by what its cue ended with.
local bounds = {
  done = { 1, 1 }, unknown = { 0, 1 }, failed = { 0, 0 }, late = { 0, 0 }, skipped = { 0, 0 },
  missed = { 0, 0 },
}

local function rows_in(csv)
  local _, count = csv:gsub("\n", "\n")
  return count - 1
end

-- The cues of each of the goods: how often its card must have been shown, and may have.
local function expected(list)
  local least, most = {}, {}
  for _, cue in ipairs(list) do
    local bound = cue.action == "push" and cue.goods_id and bounds[cue.state]
    if bound then
      least[cue.goods_id] = (least[cue.goods_id] or 0) + bound[1]
      most[cue.goods_id] = (most[cue.goods_id] or 0) + bound[2]
    end
  end
  return least, most
end

--- Looks a show through.
---@param list table[]                    the cues of its ledger
---@param pushes table<string, integer>   how often the platform showed the card of each goods
---@param csv string                      its rundown
---@param plan { ROTATION: integer, FIRST: integer }
---@param complain fun(text: string)
function M.show(list, pushes, csv, plan, complain)
  local least, most = expected(list)
  for id, count in pairs(pushes) do
    if count < (least[id] or 0) then
      complain(("goods %s: %d cards are said to be shown, and %d were"):format(id, least[id],
        count))
    elseif count > (most[id] or 0) then
      complain(("goods %s: at most %d cards are said to be shown, and %d were"):format(id,
        most[id] or 0, count))
    end
    if tonumber(id) >= plan.FIRST and count > 1 then
      complain(("goods %s: the card of one cue was shown %d times"):format(id, count))
    end
  end
  local keys, rotation, highest, distinct = {}, {}, 0, 0
  for _, cue in ipairs(list) do
    if cue.state == "begun" then
      complain(("cue %s %d was left in doubt"):format(cue.key, cue.n))
    end
    if not keys[cue.key] then
      keys[cue.key], distinct = true, distinct + 1
    end
    if cue.key:find("^push|[^|]*|1;2") then
      rotation[cue.n], highest = true, math.max(highest, cue.n)
    end
  end
  if distinct ~= rows_in(csv) then
    complain(("%d rows, and a word of %d of them"):format(rows_in(csv), distinct))
  end
  for n = 1, highest do
    if not rotation[n] then
      complain(("card %d of the rotation was lost"):format(n))
    end
  end
  if highest < 40 then
    complain(("the rotation ended with card %d"):format(highest))
  end
end

return M
