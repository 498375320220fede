--- Which faults the sandbox makes during a round: a few kinds, each with a chance of its own.
local M = {}

-- The longest that a call is held up before its work is done. A create counts as not done only
-- after `settle` seconds, which must be longer; and nothing is checked before this has passed.
M.DELAY, M.SETTLE = 0.1, 0.5

-- Answers that would be right for a download are spoilt for calls with JSON answers only: no one
-- could tell the bytes of a file from others.
local json_calls = {
  "get_live_info", "goods_list", "goods_info", "create_room", "goods_add", "edit_room",
  "goods_update", "upload_media", "delete_room", "goods_delete", "get_push_url", "add_role",
  "token",
}

local anywhere = {
  { kind = "errcode_before" }, { kind = "errcode_after" },
  { kind = "errcode_after", code = 200001 },
  { kind = "reset_before" }, { kind = "reset_after" },
  { kind = "close" }, { kind = "close", when = "after" },
  { kind = "truncate" }, { kind = "stale" },
  { kind = "http", status = 502 }, { kind = "http", status = 503, when = "after" },
  { kind = "rate", retry_after = 0 },
  { kind = "delay", seconds = M.DELAY }, { kind = "delay", seconds = M.DELAY, when = "after" },
  { kind = "slow_body", seconds = M.DELAY, pieces = 4 },
  { kind = "expire_token" }, { kind = "steal_token" },
}

local spoilt = {
  { kind = "bad_json" }, { kind = "empty" }, { kind = "null" }, { kind = "string_errcode" },
  { kind = "text_plain" }, { kind = "multiply" },
}

local function with(fault, more)
  local out = {}
  for _, fields in ipairs { fault, more } do
    for name, value in pairs(fields) do
      out[name] = value
    end
  end
  return out
end

--- The faults of a round.
---@param random table  of wxlive.sandbox.world.random
---@return table[]
function M.faults(random)
  local out = {}
  for _, fault in ipairs(random:shuffled(anywhere)) do
    if #out == 6 then
      break
    end
    out[#out + 1] = with(fault, {
      probability = 0.001 + 0.011 * random:fraction(), seed = random:upto(1e9),
    })
  end
  for _, fault in ipairs(random:shuffled(spoilt)) do
    if #out == 10 then
      break
    end
    out[#out + 1] = with(fault, {
      on = json_calls[random:upto(#json_calls)], probability = 0.01 + 0.09 * random:fraction(),
      seed = random:upto(1e9),
    })
  end
  return out
end

return M
