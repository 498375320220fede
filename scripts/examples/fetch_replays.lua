-- A hook for wxlive watch: fetches the videos of a show as soon as its replay is available.
--   scripts/wxlive watch --kind rooms --hook scripts/examples/fetch_replays.lua
-- REPLAYS names the folder (default: replays), WXLIVE the command. What it cannot fetch now
-- makes the hook fail, and then the change comes again.
local folder = os.getenv("REPLAYS") or "replays"
local wxlive = os.getenv("WXLIVE") or "scripts/wxlive"

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local hooks = {}

function hooks.replay_ready(event)
  local status = os.execute(("%s replays %d --to %s >&2"):format(quote(wxlive), event.room_id,
    quote(folder)))
  if status ~= true and status ~= 0 then
    return nil, "room " .. event.room_id .. ": not everything was fetched"
  end
  return true
end

return hooks
