--- Replays and clips: addresses on the sandbox, with bytes that are the same in each request.
local core = require "wxlive.core"

local M = {}

local SEGMENTS, PIECES = 3, 64

--- Where a video of a room can be fetched.
function M.url(account, room_id, name)
  local base_url = account.platform.base_url or "http://sandbox.invalid"
  return ("%s/_sandbox/video/%s/%d/%s"):format(base_url, account.appid, room_id, name)
end

-- The playlist of a whole show; its pieces have addresses beside it.
local function playlist()
  local lines = { "#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:10" }
  for i = 1, SEGMENTS do
    lines[#lines + 1] = "#EXTINF:10.0,"
    lines[#lines + 1] = ("segment-%d.ts"):format(i)
  end
  lines[#lines + 1] = "#EXT-X-ENDLIST"
  return table.concat(lines, "\n") .. "\n"
end

--- Type and bytes of a video. It shows nothing, but is long enough for tests of broken downloads.
function M.bytes(room_id, name)
  if name:find("%.m3u8$") then
    return "application/vnd.apple.mpegurl", playlist()
  end
  return name:find("%.ts$") and "video/mp2t" or "video/mp4",
    ("wxlive sandbox video %s/%s\n"):format(room_id, name):rep(PIECES)
end

--- The answer to a request for a video: all of it, or the one range that is asked for (RFC 9110).
---@param content_type string
---@param bytes string
---@param headers table<string, string>   of the request
---@return { status: integer, headers: table<string, string>, body: string }
function M.answer(content_type, bytes, headers)
  local etag = '"' .. core.message.sha1(bytes) .. '"'
  local answer = {
    status = 200, body = bytes,
    headers = { ["Content-Type"] = content_type, ETag = etag, ["Accept-Ranges"] = "bytes" },
  }
  local first, last = (headers.range or ""):match("^bytes=(%d+)%-(%d*)$")
  if not first or headers["if-range"] and headers["if-range"] ~= etag then
    return answer
  end
  first, last = tonumber(first), math.min(tonumber(last) or math.huge, #bytes - 1)
  if first >= #bytes or last < first then
    answer.status, answer.body = 416, ""
    answer.headers["Content-Range"] = ("bytes */%d"):format(#bytes)
    return answer
  end
  answer.status, answer.body = 206, bytes:sub(first + 1, last + 1)
  answer.headers["Content-Range"] = ("bytes %.0f-%.0f/%d"):format(first, last, #bytes)
  return answer
end

return M
