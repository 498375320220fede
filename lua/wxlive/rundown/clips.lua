--- Clips of explanations, as evidence that a card was shown. The platform makes a clip of goods
--- when their card is shown, also when the anchor shows it on a phone, or another program does.
--- Therefore a clip proves a card of this show only where the goods had none before.
local cues = require "wxlive.ledger.cues"

local M = {}

-- Seconds between two looks at the coming cards, and how far ahead each of them reaches: a card is
-- reached before its time, and little time remains in which another person can show it.
local EVERY, AHEAD = 30, 60

-- A limit above the number of cards that can be shown within AHEAD.
local MOST = 32

-- Seconds that one question may take. A show does not wait for its answer.
local SECONDS = 5

-- The kind under which the ledger keeps what was last seen of a clip.
local KIND = "clip"

local function id_of(room_id, goods_id)
  return ("%s/%s"):format(room_id, goods_id)
end

--- Whether goods have a clip in a room.
---@param live wxlive.Broadcast
---@param room_id integer
---@param goods_id string
---@param seconds number   that the answer may take
---@return "present"|"absent"|nil state   nil: the platform does not say
function M.state(live, room_id, goods_id, seconds)
  local video, err = live:goods_video(room_id, goods_id, { timeout = math.max(seconds, 1) })
  if video or err.name == "clip_not_ready" or err.name == "clip_failed" then
    return "present"
  end
  return err.name == "no_clip" and "absent" or nil
end

--- Whether a clip of these goods proves that a cue has shown their card: they had none before, and
--- no other cue has shown it.
---@param ledger wxlive.Ledger
---@param room_id integer
---@param goods_id string
---@param cue { key: string, n: integer }
---@return boolean
function M.proves(ledger, room_id, goods_id, cue)
  return cues.was_pushed(ledger, room_id, goods_id, cue.key, cue.n) == false
    and ledger:seen(KIND, id_of(room_id, goods_id)) == "absent"
end

-- The goods of the cards before a moment that this show has not looked at, and never showed.
local function goods_before(show, moment)
  local list = {}
  for _, cue in ipairs(show.agenda:coming(MOST)) do
    local id = cue.due <= moment and cue.row.action == "push" and (show:ids_of(cue) or {})[1]
    if id and not show.clips_seen[id] then
      show.clips_seen[id] = true
      if cues.was_pushed(show.ledger, show.room_id, id, "", 0) == false then
        list[#list + 1] = id
      end
    end
  end
  return list
end

--- Looks, beside the cues, whether the goods of the coming cards have clips: once for each of the
--- goods, and not for goods whose card the ledger's shows have pushed. A look that fails is no
--- evidence, and delays nothing.
---@param show wxlive.rundown.Show
---@return number next   when the next look is due
function M.look_ahead(show)
  local now = show.clock.now()
  if now >= (show.clips_at or now) then
    show.clips_at = now + EVERY
    show:beside("clips", function()
      for _, id in ipairs(goods_before(show, now + AHEAD)) do
        local state = M.state(show.live, show.room_id, id, SECONDS)
        if state then
          show:keep(show.ledger:see(KIND, id_of(show.room_id, id), state))
        end
      end
    end)
  end
  return show.clips_at
end

return M
