--- Replays and clips: addresses that lead back to the sandbox, and bytes that stay the same.
local M = {}

local SEGMENTS, PIECES = 3, 64

--- Where a video of a room can be fetched.
function M.url(account, room_id, name)
  local base_url = account.platform.base_url or "http://sandbox.invalid"
  return ("%s/_sandbox/video/%s/%d/%s"):format(base_url, account.appid, room_id, name)
end

-- The list of a whole show: its pieces beside it.
local function playlist()
  local lines = { "#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:10" }
  for i = 1, SEGMENTS do
    lines[#lines + 1] = "#EXTINF:10.0,"
    lines[#lines + 1] = ("segment-%d.ts"):format(i)
  end
  lines[#lines + 1] = "#EXT-X-ENDLIST"
  return table.concat(lines, "\n") .. "\n"
end

--- Type and bytes of a video; no film, but long enough to be cut off.
function M.bytes(room_id, name)
  if name:find("%.m3u8$") then
    return "application/vnd.apple.mpegurl", playlist()
  end
  return name:find("%.ts$") and "video/mp2t" or "video/mp4",
    ("wxlive sandbox video %s/%s\n"):format(room_id, name):rep(PIECES)
end

return M
