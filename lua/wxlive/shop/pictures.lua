--- Uploads pictures, each content once for as long as its media id lives, over runs and machines.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"

local M = {}

local both = sentence.both

---@class wxlive.shop.Pictures
local Pictures = {}
Pictures.__index = Pictures
Pictures.__name = "wxlive.shop.Pictures"

-- Media ids live three days; one that is handed out must outlive the call that it is for.
local LIFE, MARGIN = 3 * 86400, 3600

-- Media ids that a run remembers for half of that margin, so that the ledger is not asked for every
-- row with the same picture.
local REMEMBERED = 100

-- An upload with an unknown outcome is repeated: a temporary picture that exists twice does no
-- harm.
local TRIES = 3

-- Seconds between two checks whether another process has finished uploading the same content.
local PAUSE = 0.01

-- The platform's errors for a media id that it does not know, or no longer knows.
local unknown_media = { picture_unavailable = true, media_id_invalid = true, media_absent = true }

-- The memory of an uploader without a ledger.
local function in_memory()
  local ids = {}
  return {
    now = core.system.now,
    media = function(_, digest) return ids[digest] end,
    keep_media = function(_, digest, media_id)
      ids[digest] = media_id
      return true
    end,
  }
end

--- An uploader.
---@param live wxlive.Broadcast
---@param ledger wxlive.Ledger?   where media ids are remembered over runs and machines
---@param find (fun(digest: string): string?, wxlive.Error?)?   the path of a content, for `media`
function M.new(live, ledger, find)
  return setmetatable({
    live = live, ledger = ledger or in_memory(), find = find, busy = {}, renewed = {}, sent = 0,
    known = {}, count = 0,
  }, Pictures)
end

local function path_of(self, digest)
  local path, err = self.find(digest)
  if path or err then
    return path, err
  end
  return Error.fail {
    kind = "invalid", name = "no_picture", sent = false,
    message = both("the picture of this row is not at hand", "找不到该行的图片"),
    hint = "apply its own sheet again", hint_zh = "请重新执行该表格",
  }
end

-- Sends a file, if it is still the content that is asked for. What was changed while it was sent is
-- not taken: the media id of one content would be kept for another.
local function send(self, digest, path)
  local answer, err
  for _ = 1, TRIES do
    if core.process.digest(path) ~= digest then
      break
    end
    answer, err = self.live:upload_media { media = path, type = "image" }
    if answer or not err.ambiguous then
      break
    end
  end
  if err and not answer then
    -- An unknown outcome needs no look-up: the picture may exist twice.
    err.ambiguous = nil
    return nil, err
  elseif not answer or core.process.digest(path) ~= digest then
    return Error.fail {
      kind = "invalid", name = "picture_changed", sent = false,
      message = both("%s was changed after the sheet was read", "%s 在读取表格之后被修改"):format(path),
      hint = "apply the sheet again", hint_zh = "请重新执行该表格",
    }
  end
  return answer
end

local function upload(self, digest, path)
  local err
  if not path then
    path, err = path_of(self, digest)
  end
  if not path then
    return nil, err
  end
  local begun = self.ledger.now()
  local answer
  answer, err = send(self, digest, path)
  if not answer then
    return nil, err
  end
  self.sent = self.sent + 1
  local ok
  ok, err = self.ledger:keep_media(digest, answer.media_id, begun + LIFE)
  return ok and answer.media_id, err
end

--- Drops media ids that the platform does not know, so that the pictures are uploaded again; once a
--- run for each, because a second refusal has another reason.
---@param err wxlive.Error               of the call that had them
---@param used table<string, string>     digest -> media id
---@return boolean? dropped              whether the call is worth another try
---@return wxlive.Error? why
function Pictures:drop(err, used)
  local dropped = false
  for digest, media_id in pairs(unknown_media[err.name] and used or {}) do
    if self.renewed[digest] == nil then
      self.renewed[digest] = media_id
    end
    if self.renewed[digest] == media_id then
      local ok, why = self.ledger:drop_media(digest, media_id)
      if not ok then
        return nil, why
      end
      self.known[digest], dropped = nil, true
    end
  end
  return dropped
end

-- What the ledger says of a content, or said a short time ago.
local function recall(self, digest)
  local now, one = self.ledger.now(), self.known[digest]
  if one and now < one.until_ then
    return one.media_id
  end
  local media_id, err = self.ledger:media(digest, MARGIN)
  if media_id then
    if self.count >= REMEMBERED then
      self.known, self.count = {}, 0
    end
    self.known[digest] = { media_id = media_id, until_ = now + MARGIN / 2 }
    self.count = self.count + 1
  end
  return media_id, err
end

--- The media id of a content.
---@param digest string
---@param path string?   where it is; as the last staging saw it when left out
---@return string? media_id
---@return wxlive.Error? err
function Pictures:media(digest, path)
  while self.busy[digest] do
    self.live.transport:sleep(PAUSE)
  end
  local media_id, err = recall(self, digest)
  if media_id or err then
    return media_id, err
  end
  self.busy[digest] = true
  local fine
  fine, media_id, err = pcall(upload, self, digest, path)
  self.busy[digest] = nil
  if not fine then
    error(media_id, 0)
  end
  return media_id, err
end

--- The media id of a picture's content.
---@param path string
---@return string? media_id
---@return wxlive.Error? err
function Pictures:upload(path)
  local digest, err = core.process.digest(path)
  if digest then
    return self:media(digest, path)
  end
  return Error.fail {
    kind = "invalid", name = "unreadable_file", sent = false,
    message = both("%s cannot be read: %s", "无法读取 %s：%s"):format(path, sentence.of(err)),
    hint = "check the path in the sheet; it is relative to the sheet's own folder",
    hint_zh = "请检查表格中的路径（相对于表格所在目录）",
  }
end

return M
