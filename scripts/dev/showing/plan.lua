--- A show as it is planned out of a seed: its rundown, the faults, where it is killed.
local M = {}

--- Goods of the rotation, and the first of the goods that one cue each pushes.
M.ROTATION, M.FIRST = 6, 101

-- What may go wrong with a call, and what each kind takes.
local faults = {
  { kind = "errcode_before" }, { kind = "errcode_after" }, { kind = "reset_before" },
  { kind = "reset_after" }, { kind = "close" }, { kind = "truncate" },
  { kind = "http", status = 502 }, { kind = "http", status = 502, when = "before" },
  { kind = "rate", retry_after = 1 }, { kind = "bad_json" }, { kind = "empty" },
  { kind = "expire_token" }, { kind = "stale" },
  { kind = "errcode_before", code = 300047 },
}

-- The share of the calls that each kind of fault strikes.
local CHANCE = 0.01

local others = { "mute", "unmute", "replay on", "replay off", "list", "unlist", "note" }

--- The faults of a show.
---@param random table   of wxlive.sandbox.world.random
---@return table[]
function M.faults(random)
  local list = {}
  for i, fault in ipairs(faults) do
    local copy = { probability = CHANCE, seed = random:upto(1000000) }
    for name, value in pairs(fault) do
      copy[name] = value
    end
    list[i] = copy
  end
  return list
end

--- The rundown of a show.
---@param random table
---@param cues integer
---@return string csv
---@return integer[] goods   that one cue each pushes
function M.rundown(random, cues)
  local lines, goods = { "at,do,goods,every,until,order,note,late" }, {}
  for i = 1, cues do
    local at = ("+%ds"):format(random:upto(3000))
    if random:upto(4) > 1 then
      goods[#goods + 1] = M.FIRST + #goods
      lines[#lines + 1] = ("%s,push,%d,,,,,%s"):format(at, goods[#goods],
        random:upto(3) == 1 and "do" or "")
    else
      lines[#lines + 1] = ("%s,%s,,,,,cue %d,"):format(at, others[random:upto(#others)], i)
    end
  end
  local rotation = {}
  for i = 1, M.ROTATION do
    rotation[i] = i
  end
  lines[#lines + 1] = ("+5m,push,%s,45s-60s,+45m,%s,,"):format(table.concat(rotation, ";"),
    random:upto(2) == 1 and "shuffled" or "")
  return table.concat(lines, "\n") .. "\n", goods
end

--- Behind which steps the process of a show is killed, one after the other: every third show, some
--- of them twice. A step is a request that is about to leave, an answer that has come, or an
--- event.
---@param random table
---@param number integer   of the show
---@return integer[]
function M.kills(random, number)
  if number % 3 ~= 1 then
    return {}
  end
  local first = random:upto(500)
  return random:upto(3) == 1 and { first, random:upto(200) } or { first }
end

return M
