--- Messages to followers: which followers were notified of a room, page by page, and the outcome of
--- each page.
--
-- A follower's row is on disk before the message leaves; therefore no follower is notified twice,
-- whatever happens. A page whose answer was lost stays as it is: it is never sent again.
local json = require "wxlive.json"

local M = {}

--- Reserves followers that were not notified of this room yet, as one page that is about to be
--- sent.
---@param ledger wxlive.Ledger
---@param room_id integer
---@param openids string[]
---@return { page: string, openids: string[], unknown: integer }? page   openids may be empty;
---  unknown: how many of the others are on pages that may or may not have been sent
---@return wxlive.Error? err
function M.reserve(ledger, room_id, openids)
  local room, now, page = tostring(room_id), ledger:time(), nil
  return ledger.db:transaction(function()
    local count, err = ledger.db:count("SELECT COUNT(*) FROM notice_page WHERE appid = ?"
      .. " AND room_id = ?", ledger.appid, room)
    if not count then
      return nil, err
    end
    -- Run again, this finds its own page where the first run was done, and its answer lost.
    page = page or ("%s/%d"):format(ledger.worker, count + 1)
    local fresh, listed, unknown = {}, {}, 0
    for _, openid in ipairs(openids) do
      local new, why = ledger.db:change("INSERT INTO notice (appid, room_id, openid, page)"
        .. " VALUES (?, ?, ?, ?) ON CONFLICT (appid, room_id, openid) DO NOTHING", ledger.appid,
        room, openid, page)
      if not new then
        return nil, why
      elseif new > 0 then
        fresh[#fresh + 1] = openid
      else
        local found
        found, why = ledger.db:records({ "state", "page" }, "SELECT notice_page.state,"
          .. " notice_page.page FROM notice JOIN notice_page ON notice_page.appid = notice.appid"
          .. " AND notice_page.room_id = notice.room_id AND notice_page.page = notice.page"
          .. " WHERE notice.appid = ? AND notice.room_id = ? AND notice.openid = ?", ledger.appid,
          room, openid)
        if not found then
          return nil, why
        end
        local was = found[1] or {}
        if was.page == page and not listed[openid] then
          fresh[#fresh + 1], listed[openid] = openid, true
        elseif was.page ~= page and (was.state == "sending" or was.state == "unknown") then
          unknown = unknown + 1
        end
      end
    end
    if fresh[1] then
      local ok, why = ledger.db:change("INSERT INTO notice_page (appid, room_id, page, state, at)"
        .. " VALUES (?, ?, ?, 'sending', ?) ON CONFLICT (appid, room_id, page) DO NOTHING",
        ledger.appid, room, page, now)
      if not ok then
        return nil, why
      end
    end
    return { page = page, openids = fresh, unknown = unknown }
  end)
end

--- Records the platform's answer for a page: queued with an id, or unknown.
function M.sent(ledger, room_id, page, state, message_id)
  return ledger.db:change("UPDATE notice_page SET state = ?, message_id = ? WHERE appid = ?"
    .. " AND room_id = ? AND page = ?", state, message_id, ledger.appid, tostring(room_id), page)
end

--- Takes back a page that certainly reached no follower.
function M.take_back(ledger, room_id, page)
  local AT, room = " WHERE appid = ? AND room_id = ? AND page = ?", tostring(room_id)
  return ledger.db:transaction(function()
    return ledger.db:change_each {
      { "DELETE FROM notice" .. AT, ledger.appid, room, page },
      { "DELETE FROM notice_page" .. AT, ledger.appid, room, page },
    }
  end)
end

--- Records the outcome from the platform's callback: a wxalive_push_message_notify event, with
--- message_id and counts. For a callback handler:
---   callback:on("push_result", function(event) notices.settle(ledger, event) end)
---@return boolean? known   whether this ledger has sent that message
---@return wxlive.Error? err
function M.settle(ledger, event)
  local changed, err = ledger.db:change("UPDATE notice_page SET state = 'delivered', answer = ?"
    .. " WHERE appid = ? AND message_id = ?", assert(json.encode(event)), ledger.appid,
    tostring(event.message_id))
  return changed and changed > 0, err
end

--- The pages of a room, oldest first: { page, state, message_id, receivers, result }.
function M.pages(ledger, room_id)
  local pages, err = ledger.db:records({ "state", "message_id", "answer", "receivers",
    whole = { "receivers" } }, "SELECT p.state, p.message_id, p.answer,"
    .. " (SELECT COUNT(*) FROM notice n WHERE n.appid = p.appid AND n.room_id = p.room_id"
    .. " AND n.page = p.page) FROM notice_page p WHERE p.appid = ? AND p.room_id = ?"
    .. " ORDER BY p.at, p.page", ledger.appid, tostring(room_id))
  for i, page in ipairs(pages or {}) do
    local result = page.answer and json.decode(page.answer) or {}
    page.page, page.answer = i, nil
    page.success_count, page.total_count = result.success_count, result.total_count
  end
  return pages and json.array(pages), err
end

return M
