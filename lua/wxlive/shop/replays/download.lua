--- Fetches videos into files whose names sort. A file exists whole or not at all; an interrupted
--- download continues within the file if the server supports it.
local core = require "wxlive.core"
local download = require "wxlive.client.download"
local Error = require "wxlive.error"
local ranges = require "wxlive.shop.replays.ranges"
local both = require("wxlive.text.sentence").both

local M = {}

local SECONDS, CONNECT_SECONDS = 3600, 10
local LIST_SECONDS = 600
local MOST_SEGMENTS, MOST_LIST_BYTES = 100000, 32 * 1024 * 1024

-- Fetches the file at once, from a server without ranges.
local function fetch_whole(transport, url, path)
  local response, err = download.send(transport, {
    method = "GET", url = url, save_to = path, timeout = SECONDS,
    connect_timeout = CONNECT_SECONDS, resend = true,
  })
  if not response then
    return nil, err
  elseif response.status ~= 200 or not response.saved then
    if response.saved then
      os.remove(path)
    end
    return ranges.no_video(response.status)
  end
  return "done"
end

--- Fetches an address into a file, unless the file is there.
---@param options { piece: integer?, interrupted: (fun(): boolean)? }?
---@return "done"|"there"|"stopped"|nil what
---@return wxlive.Error? err
function M.fetch(transport, url, path, options)
  if core.system.file_size(path) then
    os.remove(path .. ".part.json")  -- left by a run that was killed just as it finished the file
    return "there"
  end
  local what, err = ranges.fetch(transport, url, path, options)
  if what == "whole" then
    return fetch_whole(transport, url, path)
  end
  return what, err
end

--- What the path of an address ends in, such as mp4.
---@param url string
---@return string?
function M.extension(url)
  return url:gsub("[?#].*$", ""):match("%.(%w+)$")
end

-- An address in a list, which may count from the list's own.
local function absolute(base, reference)
  if reference:find("^%w+://") then
    return reference
  end
  base = base:gsub("[?#].*$", "")
  if reference:sub(1, 1) == "/" then
    return base:match("^(%w+://[^/]+)") .. reference
  end
  return base:match("^(.*/)") .. reference
end

--- Reads an m3u8 playlist: the files to fetch, and the playlist rewritten for the local files.
---@param text string
---@param url string      where the list is from
---@param folder string   name of the folder for the pieces
---@return { url: string, name: string }[] pieces
---@return string local_list
function M.pieces(text, url, folder)
  local pieces, lines = {}, {}
  for line in (core.text.without_bom(text) .. "\n"):gmatch("(.-)\r?\n") do
    if line:find("^[^#%s]") and #pieces < MOST_SEGMENTS then
      local target = absolute(url, line)
      local name = ("%s/%05d.%s"):format(folder, #pieces + 1, M.extension(target) or "ts")
      pieces[#pieces + 1] = { url = target, name = name }
      line = name
    end
    lines[#lines + 1] = line
  end
  return pieces, table.concat(lines, "\n")
end

--- The list that an address leads to. Of several qualities the first is taken, as players do.
---@return string? text
---@return string|wxlive.Error url   where the list itself is
function M.list(transport, url)
  for _ = 1, 3 do
    local response, err = transport:send {
      method = "GET", url = url, timeout = LIST_SECONDS, connect_timeout = CONNECT_SECONDS,
      resend = true, max_body = MOST_LIST_BYTES,
    }
    if not response then
      return nil, err
    elseif response.status ~= 200
      or download.is_refusal(response.content_type, response.body) then
      return ranges.no_video(response.status)
    end
    local text = response.body
    if not text:find("#EXT-X-STREAM-INF", 1, true) then
      return text, url
    end
    local variant = text:match("#EXT%-X%-STREAM%-INF[^\n]*\r?\n([^#%s][^\r\n]*)")
    if not variant then
      break
    end
    url = absolute(url, variant)
  end
  return Error.fail {
    kind = "decode", name = "bad_playlist",
    message = both("the list names no video", "播放列表中没有视频"),
  }
end

return M
