--- What the desk's page shows, as one table for JSON. Every field is chosen here; none holds a
--- token or a secret.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local plain = require "wxlive.desk.plain"
local tables = require "wxlive.base.tables"

local M = {}

-- Coming cues that are shown of each show.
local COMING = 9

local function rows(list, shape)
  return json.array(tables.map(list or {}, shape))
end

local function room_row(room)
  local from = tonumber(room.start_time) or 0
  return {
    id = compat.integer_text(room.room_id), name = room.name, anchor = room.anchor_name,
    push = tonumber(room.type) == 1, from = from,
    to = math.max(tonumber(room.end_time) or from, from), status = room.live_status,
    goods = #(room.goods or {}),
  }
end

-- The goods of a room, with their audit states. audits: by id; nil while they are unknown.
-- complete: goods that are not in audits are approved.
local function goods(room, audits, complete)
  return rows(room and room.goods, function(one)
    local id = compat.integer_text(one.goods_id)
    local judged = audits and audits[id]
    return {
      id = id, name = one.name, url = one.url, status = judged and judged.audit_status
        or complete and 2 or nil,
    }
  end)
end

local function audit_row(one)
  return {
    id = compat.integer_text(one.goods_id), name = one.name, url = one.url,
    status = one.audit_status, reason = type(one.reason) == "string" and one.reason or nil,
  }
end

local function quota_row(one)
  return {
    name = one.name, path = table.concat(one.endpoints, ", "), period = one.period,
    used = one.spent and one.limit or one.used, limit = one.limit,
  }
end

-- A running show. Times are told as seconds from now, so that clocks need not agree.
local function show_row(show)
  local state = show:state(COMING)
  local now = state.now
  return {
    appid = show.live.appid, room_id = compat.integer_text(show.room_id), name = state.room.name,
    file = tostring(show.path):match("[^/]*$"), phase = state.phase, held = state.held,
    shift = state.shift, begun = state.zero and now - state.zero,
    planned = not state.zero and state.room.start_time and state.room.start_time - now or nil,
    ends = state.room.end_time and state.room.end_time - now, status = state.room.live_status,
    counts = state.counts, cards = rows(state.cards, function(card)
      return {
        digit = card.digit, action = "push", target = plain.target(card.label, "push"),
        label = card.label,
      }
    end),
    coming = rows(state.phase ~= "over" and state.coming, function(cue)
      return {
        key = cue.key, n = cue.n, due = cue.due, left = cue.due - now, line = cue.line,
        action = cue.action, target = plain.target(cue.label, cue.action), label = cue.label,
        several = cue.goods and cue.goods > 1 and cue.goods or nil,
        note = cue.action ~= "note" and cue.note or nil,
      }
    end),
  }
end

local function failures(reader)
  local out = {}
  for _, name in ipairs { "rooms", "audits", "quotas" } do
    out[name] = plain.error(reader.errors[name])
  end
  return next(out) and out or nil
end

--- The state as the page shows it. Lists that the page has already are left out: it names the time
--- at which it got them.
---@param desk wxlive.Desk
---@param account { live: wxlive.Broadcast, reader: wxlive.desk.Reader }
---@param asked { room_id: string?, calls: number?, events: number?, rooms_at: number?,
---  audits_at: number? }   calls, events: the last numbers that the page has
---@return table
function M.of(desk, account, asked)
  local reader, live = account.reader, account.live
  local at, audits = reader.at, nil
  if at.audits then
    audits = {}
    for _, one in ipairs(reader.audits) do
      audits[compat.integer_text(one.goods_id)] = one
    end
  end
  local room
  for _, show in ipairs(desk.shows) do
    if compat.integer_text(show.room_id) == asked.room_id and show.live.appid == live.appid then
      room = show.room
    end
  end
  room = room or asked.room_id and reader:room(asked.room_id)
  local view = {
    now = live.clock.now(), appid = live.appid, base_url = live.base_url,
    appids = rows(desk.accounts, function(one) return one.live.appid end),
    ended = desk.ended or nil, rooms_at = at.rooms, audits_at = at.audits, room_id = asked.room_id,
    goods = goods(room, audits, at.audits and reader.audits.complete),
    quotas = rows(reader.quotas, quota_row), failures = failures(reader),
    shows = rows(desk.shows, show_row),
  }
  if at.rooms and asked.rooms_at ~= at.rooms then
    view.rooms = json.array(tables.sorted(tables.map(reader.rooms or {}, room_row), "from", "id"))
  end
  if at.audits and asked.audits_at ~= at.audits then
    view.audits = rows(reader.audits, audit_row)
  end
  view.log, view.calls = desk.log.calls:since(asked.calls)
  view.done, view.events = desk.log.events:since(asked.events)
  return view
end

return M
