--- Fetches a large file piece by piece, and continues where an earlier run ended.
--
-- The received bytes are beside the target in PATH.part; PATH.part.json has the server's name for
-- that version of the file (its ETag, else its date) and its length. A piece is asked for on the
-- condition that the version is still the same (RFC 9110, If-Range), and taken only when the answer
-- says that it is the piece that was asked for, therefore a file never mixes two versions. From a
-- server without ranges or versions, the whole file is fetched at once. A part is written by one
-- run at a time, which holds a lock on it: the kernel gives it back when the process dies.
local core = require "wxlive.core"
local download = require "wxlive.client.download"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local both = require("wxlive.text.sentence").both

local M = {}

--- Bytes of a piece, which is held in memory.
M.PIECE = 4 * 1024 * 1024

local SECONDS, CONNECT_SECONDS = 600, 10

-- How often a download may start over: the file may change twice.
local FRESH_STARTS = 3

-- A part can be renamed or removed between its opening and its lock.
local CLAIMS = 10

local function failed(name, message, status)
  return Error.fail {
    kind = "http", name = name, http_status = status, message = message,
    hint = "addresses of replays expire: run it again", hint_zh = "回放地址会过期，请重新执行",
  }
end

---@class wxlive.shop.Fetch
---@field transport table
---@field url string
---@field path string
---@field part string    the file of what has been received
---@field about string   the file that says of which version it is
---@field piece integer
---@field state { validator: string, total: number, at: number }?   what has been received; nil:
---  nothing

-- Closes the part, and removes it when it is empty.
local function release(self, handle)
  if handle:seek("end") == 0 then
    os.remove(self.part)
    os.remove(self.about)
  end
  handle:close()
end

-- Makes this run the only one that writes the part, until it closes the handle. Gives "there" when
-- another run has just finished the file.
local function claim(self)
  for _ = 1, CLAIMS do
    local handle, reason = io.open(self.part, "ab")
    if not handle then
      return files.cannot_write(self.path, reason)
    end
    local what = core.system.claim(handle, self.part)
    if what == "claimed" then
      if core.system.file_size(self.path) then
        release(self, handle)
        return "there"
      end
      return handle
    end
    handle:close()
    if what == "busy" then
      break
    end
  end
  return Error.fail {
    kind = "usage", name = "busy",
    message = both("%s is being fetched by another run", "另一进程正在下载 %s"):format(self.path),
    hint = "wait until it ends", hint_zh = "请等待另一个下载结束",
  }
end

-- Writes bytes to a file: "wb" empties it first, "ab" adds to it.
local function write(path, mode, bytes)
  local file, reason = io.open(path, mode)
  local ok = file and file:write(bytes)
  if file and not file:close() or not ok then
    return files.cannot_write(path, reason or "no space is left")
  end
  return true
end

-- Emptied, not removed: the lock is on the file, not on its name.
local function discard(self)
  self.state = nil
  os.remove(self.about)
  return write(self.part, "wb", "")
end

-- What an earlier run left; nil when there is nothing to continue.
local function begun(self)
  local state = json.decode(files.read(self.about) or "")
  local size = core.system.file_size(self.part)
  if type(state) == "table" and type(state.validator) == "string"
    and not state.validator:find("%c") and type(state.total) == "number"
    and size and size <= state.total then
    return { validator = state.validator, total = state.total, at = size }
  end
  return nil
end

-- The validator of this version of the file. A weak ETag is not one: the bytes may differ under it.
local function validator_of(headers)
  local etag = headers.etag
  local validator = etag and etag:find('^"') and etag or headers["last-modified"]
  return validator and not validator:find("%c") and validator or nil
end

-- Whether an answer names another version. An answer may lack some validators, therefore the kept
-- one is compared with the same kind only.
local function is_other(validator, headers)
  local named = headers[validator:find('^"') and "etag" or "last-modified"]
  return named ~= nil and named ~= validator
end

-- "bytes 0-99/1234" -> 0, 99, 1234
local function range_of(headers)
  local first, last, total = (headers["content-range"] or ""):match("^bytes (%d+)%-(%d+)/(%d+)$")
  return tonumber(first), tonumber(last), tonumber(total)
end

local function finish(self)
  local ok, reason = os.rename(self.part, self.path)
  if not ok then
    return files.cannot_write(self.path, reason)
  end
  os.remove(self.about)
  return "done"
end

-- Accepts a piece that is the one asked for.
local function take(self, from, response)
  local state = self.state
  local first, last, total = range_of(response.headers)
  if first ~= from or not last or last >= total or last - first + 1 ~= #response.body
    or state and (total ~= state.total or is_other(state.validator, response.headers)) then
    discard(self)
    return failed("bad_range", both("the server sent another piece of the video than was "
      .. "asked for", "服务器返回的视频片段与请求的不符"),
      response.status)
  end
  local ok, err = true, nil
  if not state then
    state = { validator = validator_of(response.headers), total = total }
    -- The part is emptied first: old bytes must never be combined with the name of the new version.
    ok, err = discard(self)
    if ok then
      ok, err = write(self.about, "wb", assert(json.encode(state)))
    end
  end
  if ok then
    ok, err = write(self.part, "ab", response.body)
  end
  if not ok then
    return nil, err
  end
  state.at, self.state = last + 1, state
  return "more"
end

-- Cannot be continued: the answer is not a piece, or does not name its version.
local function is_whole(state, response)
  local headers = response.headers
  local _, last, total = range_of(headers)
  return headers["content-encoding"] ~= nil
    or not state and not validator_of(headers) and last and total and last + 1 < total
end

--- The error of an answer with this status that brings no video.
---@param status integer
---@return nil
---@return wxlive.Error
function M.no_video(status)
  return failed("no_video", both("the video was not given (HTTP %d)", "未能取得视频（HTTP %d）")
    :format(status), status)
end

local function ask(self, from)
  return self.transport:send {
    method = "GET", url = self.url, timeout = SECONDS, connect_timeout = CONNECT_SECONDS,
    resend = true, max_body = self.piece,
    headers = {
      Range = ("bytes=%.0f-%.0f"):format(from, from + self.piece - 1),
      ["If-Range"] = self.state and self.state.validator or nil,
    },
  }
end

-- One step: "more", "done", "again" from the start, "whole", or nil and an error.
local function step(self)
  local state = self.state
  local from = state and state.at or 0
  if state and from == state.total then
    return finish(self)
  end
  local response, err = ask(self, from)
  if not response and err.name == "too_large" then  -- not a piece, but all of it
    return state and "again" or "whole"
  elseif not response then
    return nil, err
  elseif response.status == 206 then
    if is_whole(state, response) then
      return "whole"
    end
    return take(self, from, response)
  elseif response.status == 416 then
    return state and "again" or "whole"  -- an empty file has no first byte
  elseif response.status ~= 200
    or download.is_refusal(response.content_type, response.body) then
    return M.no_video(response.status)
  end
  -- The server sent the whole file although a piece was asked for: it is another version, or the
  -- server has no ranges. The kept version is removed first, because it does not belong to these
  -- bytes.
  os.remove(self.about)
  local ok
  ok, err = write(self.part, "wb", response.body)
  if not ok then
    return nil, err
  end
  return finish(self)
end

local function fetch(self, interrupted)
  local starts = 0
  self.state = begun(self)
  while true do
    if interrupted and interrupted() then
      return "stopped"
    end
    local what, err = step(self)
    if what == "again" or what == "whole" then
      discard(self)
    end
    if what == "again" then
      starts = starts + 1
      if starts > FRESH_STARTS then
        return failed("bad_range", both("the video changes while it is fetched",
          "视频在下载过程中发生变化"))
      end
    elseif what ~= "more" then
      return what, err
    end
  end
end

--- Fetches an address into a file.
---@param transport table
---@param url string
---@param path string
---@param options { piece: integer?, interrupted: (fun(): boolean)? }?
---@return "done"|"there"|"stopped"|"whole"|nil what   whole: it has to be fetched in one go
---@return wxlive.Error? err   what has come stays for the next run, unless it was wrong
function M.fetch(transport, url, path, options)
  options = options or {}
  local self = {
    transport = transport, url = url, path = path, part = path .. ".part",
    about = path .. ".part.json", piece = options.piece or M.PIECE,
  }
  local handle, err = claim(self)
  if not handle or handle == "there" then
    return handle, err
  end
  local what
  what, err = fetch(self, options.interrupted)
  if what == "done" then
    handle:close()  -- its name is the video's now
  else
    release(self, handle)
  end
  return what, err
end

return M
