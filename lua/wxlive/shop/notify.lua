--- Notifies every long-term subscriber, each once, that a room is live.
local ends = require "wxlive.shop.ends"
local notices = require "wxlive.ledger.notices"

local M = {}

local PAGE_SIZE = 500

-- Sends one page. Returns how many followers were notified, and for how many the outcome is
-- unknown.
local function send(shop, room_id, openids)
  local page, err = notices.reserve(shop.ledger, room_id, openids)
  if not page then
    return nil, err
  elseif not page.openids[1] then
    return 0, page.unknown
  end
  local answer, ok, why
  answer, err = shop.live:push_message { room_id = room_id, user_openid = page.openids }
  if answer or err.ambiguous then
    ok, why = notices.sent(shop.ledger, room_id, page.page, answer and "queued" or "unknown",
      answer and answer.message_id and tostring(answer.message_id))
  else
    ok, why = notices.take_back(shop.ledger, room_id, page.page)
  end
  if not (ok and answer) then
    return nil, why or err
  end
  return #page.openids, page.unknown
end

-- Calls f(openids) for pages of followers, each follower once: one who subscribed in several rooms
-- is listed several times.
local function each_page(shop, size, f)
  local list, seen, batch = shop.live:followers(), {}, {}
  local follower, err, _
  repeat
    follower, err = list:next()
    if follower and not seen[follower.openid] then
      seen[follower.openid] = true
      batch[#batch + 1] = follower.openid
    end
    if not err and (#batch >= size or not follower and batch[1]) then
      _, err = f(batch)
      batch = {}
    end
  until err or not follower
  return not err or nil, err
end

--- See wxlive.Shop: notify.
---@param shop wxlive.Shop
---@param room_id integer
---@param options { page_size: integer?, interrupted: (fun(): boolean) }
---@return table? counts   followers, told_now, told_before, unknown; err
---@return wxlive.Error? err
function M.run(shop, room_id, options)
  local told, known, unknown = 0, 0, 0
  local ok, err = each_page(shop, options.page_size or PAGE_SIZE, function(openids)
    if options.interrupted() then
      return ends.interrupted()
    end
    local n, others = send(shop, room_id, openids)
    if not n then
      return nil, others
    end
    told, known, unknown = told + n, known + #openids, unknown + others
    return true
  end)
  if not ok then
    return nil, err
  end
  local counts = {
    followers = known, told_now = told, told_before = known - told - unknown, unknown = unknown,
  }
  counts.err = ends.of_notify(counts)
  return counts
end

return M
