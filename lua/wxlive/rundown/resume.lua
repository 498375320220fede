--- The beginning of a run: finds the real start, the cues that an earlier run has done, and those
--- that it left in doubt.
local agendas = require "wxlive.rundown.agenda"
local both = require("wxlive.text.sentence").both
local cues = require "wxlive.ledger.cues"
local edits = require "wxlive.rundown.edit"
local ends = require "wxlive.shop.ends"
local perform = require "wxlive.rundown.perform"
local pictures = require "wxlive.rundown.picture"
local rooms = require "wxlive.rundown.room"
local tables = require "wxlive.base.tables"
local words = require "wxlive.rundown.words"

local M = {}

-- Seconds for the look-up of one cue in doubt.
local LOOK = 15

-- The real start: as a person gives it, as an earlier run recorded it, or the moment at which the
-- room went live; for a room that is live already, only the planned start is known.
local function zero_of(show, run, seen_before)
  local now = show.clock.now()
  if run.zero or show.options.zero then
    return show.options.zero or run.zero, run.zero and "resumed" or nil
  elseif seen_before then
    -- The room went live between the last look and now: at the planned start, if that lies between.
    local planned = show.room.start_time
    return planned > (show.last_waiting or now) and planned < now and planned or now, nil
  end
  return math.min(now, show.room.start_time), "supposed"
end

-- What a cue in doubt is called; the ledger has only the goods of a card.
local function label_of(cue, row)
  if cue.action == "push" and cue.goods_id then
    return pictures.label({ action = "push", goods = { cue.goods_id } }, 1)
  end
  return row and pictures.label(row) or cue.key
end

-- The outcome of a cue that was begun by a process which then died: "again" (nothing was done, or a
-- repeat is harmless), "done" or "unknown".
local function judge(show, cue)
  local repeats = words.actions[cue.action] and words.actions[cue.action].repeats
  if repeats == "safe" or repeats == "own" then
    return "again"
  elseif repeats == "look" and cue.goods_id then
    local found = perform.look(show.stage, cue, cue.goods_id, cue.begun_at,
      show.clock.now() + LOOK)
    return found == "absent" and "again" or found
  end
  return "unknown"
end

-- Settles cues in doubt. For a cue that has to be done again, its row's rule for lateness decides
-- whether it still is.
local function settle(show)
  local doubtful, err = cues.list(show.ledger, show.room_id, "begun")
  if not doubtful then
    return nil, err
  end
  for _, cue in ipairs(doubtful) do
    local found = judge(show, cue)
    local row = tables.index(show.rows, "key")[cue.key]
    local ok
    if found == "again" and row then
      ok, err = cues.take_back(show.ledger, show.room_id, cue.key, cue.n)
    else
      found = found == "again" and "failed" or found
      ok, err = cues.finish(show.ledger, show.room_id, cue.key, cue.n, found,
        both("its process ended before the answer was written down",
          "进程在记录结果之前已结束"), show.clock.now())
      show.counts[found] = (show.counts[found] or 0) + 1
      show:tell("cue", {
        state = found, n = cue.n, due = cue.due, goods_id = cue.goods_id, in_doubt = true,
        row = row or { line = 0, action = cue.action, key = cue.key, goods = {} },
        label = label_of(cue, row),
      })
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

--- Prepares a show: its start, its cues in doubt, its agenda.
---@param show wxlive.rundown.Show
---@param run table          of the ledger
---@param seen_before boolean   whether the room was seen before it was live
---@return true? ok
---@return wxlive.Error? err
function M.begin(show, run, seen_before)
  local how
  show.zero, how = zero_of(show, run, seen_before)
  show:save()
  show.stock:see_room(show.room)
  local ok, err = edits.keep_keys(show, show.rows, true)
  if ok then
    ok, err = settle(show)
  end
  if not ok then
    return nil, err
  end
  local past
  past, err = cues.past(show.ledger, show.room_id)
  if not past then
    return nil, err
  end
  show.agenda = agendas.new(show.rows, { zero = show.zero, planned = show.room.start_time }, {
    seed = run.seed, shift = show.shift, past = past,
  })
  for key, done in pairs(past) do
    show.hands[key] = done.n
  end
  show:tell("begun", { zero = show.zero, resumed = how == "resumed" or nil,
    supposed = how == "supposed" or nil })
  rooms.take(show, show.room)
  return true
end

--- The error that a run ends with when not all of its cues were done; nil when they were.
---@param counts table<string, integer>
---@return wxlive.Error?
function M.end_of(counts)
  local left = counts.failed + counts.late + counts.missed
  if counts.unknown > 0 then
    local err = ends.partial("cues_unknown",
      both("of %d cues it is not known whether they were done", "%d 个动作是否已执行未知")
        :format(counts.unknown),
      "look at the room; they are not repeated", "请查看直播间；不会自动重复")
    err.ambiguous = true
    return err
  elseif left > 0 then
    return ends.partial("cues_left",
      both("%d cues were not done: %d failed, %d came too late, %d were missed",
        "%d 个动作未执行：失败 %d，过时 %d，错过 %d"):format(left, counts.failed, counts.late,
        counts.missed))
  end
end

return M
