--- Uploads pictures, each content once for as long as its media id lives, over runs and machines.
local Error = require "wxlive.error"

local M = {}

---@class wxlive.ledger.Pictures
local Pictures = {}
Pictures.__index = Pictures
Pictures.__name = "wxlive.ledger.Pictures"

-- Media ids live three days; one that is handed out must outlive the call that it is for.
local LIFE, MARGIN = 3 * 86400, 3600

-- A temporary picture that was uploaded twice does no harm: an unknown outcome is tried again.
local TRIES = 3

-- Somebody of ours uploads the same content: looked at again so often.
local PAUSE = 0.01

---@param live wxlive.Broadcast
---@param ledger wxlive.Ledger
function M.new(live, ledger)
  return setmetatable({ live = live, ledger = ledger, busy = {}, sent = 0 }, Pictures)
end

local function upload(self, digest)
  local path = self.ledger:picture(digest)
  if not path then
    return Error.fail {
      kind = "invalid", name = "no_picture", sent = false,
      message = "the picture of this row is not at hand", hint = "apply its own sheet again",
      hint_zh = "请重新执行该表格",
    }
  end
  local begun = self.ledger.now()
  local answer, err
  for _ = 1, TRIES do
    answer, err = self.live:upload_media { media = path, type = "image" }
    if answer or not err.ambiguous then
      break
    end
  end
  if not answer then
    -- A picture that may be there twice leaves nothing open.
    err.ambiguous = nil
    return nil, err
  end
  self.sent = self.sent + 1
  local ok
  ok, err = self.ledger:keep_media(digest, answer.media_id, begun + LIFE)
  return ok and answer.media_id, err
end

--- The media id of a content.
---@param digest string
---@return string? media_id
---@return wxlive.Error? err
function Pictures:media(digest)
  while self.busy[digest] do
    self.live.transport:sleep(PAUSE)
  end
  local media_id, err = self.ledger:media(digest, MARGIN)
  if media_id or err then
    return media_id, err
  end
  self.busy[digest] = true
  local fine
  fine, media_id, err = pcall(upload, self, digest)
  self.busy[digest] = nil
  if not fine then
    error(media_id, 0)
  end
  return media_id, err
end

return M
