-- A handler of callbacks: puts people who subscribe to the notices of our rooms on the list for a
-- thank-you coupon, each person once, even after several subscriptions.
--   scripts/wxlive listen --port 8081 --handler scripts/examples/thank_followers.lua
-- THANKS names the list (default: thanks.csv); it is what the coupon system reads.
local files = require "wxlive.store.file"

local callback = ...

local LIST = os.getenv("THANKS") or "thanks.csv"
local MONTH = 30 * 86400

-- Survives restarts, and is shared by all processes that listen on this machine.
local seen = assert(files.new(LIST .. ".seen"))

local function append(...)
  local list = assert(io.open(LIST, "a"))
  assert(list:write(table.concat({ ... }, ","), "\n"))
  assert(list:close())
end

-- An error that is raised here makes the platform deliver the event again.
callback:on("follow", function(event)
  if event.action ~= "add_follow" then
    return
  end
  local key = "thanked:" .. event.user_openid
  local first, err = seen:add(key, "1", MONTH)
  if first == nil then
    error(err)
  elseif first then
    local ok, failure = pcall(append, event.user_openid, event.room_id, event.time)
    if not ok then
      seen:delete(key)
      error(failure)
    end
  end
end)

callback:on("push_result", function(event)
  io.stderr:write(("room %d: %d of %d subscribers were told\n"):format(event.room_id,
    event.success_count, event.total_count))
end)
