--- Temporary media, and the checks of the pictures that rooms and goods refer to.
local image = require "wxlive.media.picture"
local refuse = require("wxlive.sandbox.server.refusal").refuse

local LIFE = 3 * 86400
local MB = 1048576

local M = {}

-- By use of a picture: the largest size in bytes or pixels, and the errcode of a larger one.
local uses = {
  cover_img = { max_bytes = 2 * MB, code = 300031 },
  share_img = { max_bytes = MB, code = 300032 },
  feeds_img = { max_bytes = 102400, code = 300037 },
  goods = { max_pixels = 300, code = 300018 },
}

local content_types = {
  png = "image/png", jpeg = "image/jpeg", gif = "image/gif",
  amr = "audio/amr", mp3 = "audio/mpeg", mp4 = "video/mpeg4",
}

--- The media type of a document's bytes.
function M.content_type(document)
  return content_types[document.kind] or "application/octet-stream"
end

--- Where the bytes of a media id can be seen: the listings' addresses lead back to the sandbox.
function M.url(account, media_id)
  return ("%s/_sandbox/media/%s/%s"):format(account.platform.base_url, account.appid, media_id)
end

--- A living media document; nil when it is unknown to the account or older than three days.
function M.find(account, media_id)
  local document = account.media[media_id]
  if not document or account.platform:now() >= document.created_at + LIFE then
    return nil
  end
  return document
end

--- The picture that a room or goods wants to use, or the refusal.
---@param use "cover_img"|"share_img"|"feeds_img"|"goods"
function M.need(account, media_id, use)
  local rule = uses[use]
  local document = M.find(account, media_id)
  if not document then
    refuse(300006, use .. ": this account has no such media_id (temporary media, 3 days)")
  elseif not document.width then
    refuse(300006, use .. ": the media_id is not that of a picture")
  elseif rule.max_bytes and document.size > rule.max_bytes then
    refuse(rule.code, ("%s has %d bytes, the most is %d"):format(use, document.size,
      rule.max_bytes))
  elseif rule.max_pixels
    and (document.width > rule.max_pixels or document.height > rule.max_pixels) then
    refuse(rule.code, ("%s measures %dx%d, the most is %d"):format(use, document.width,
      document.height, rule.max_pixels))
  end
  return document
end

--- Keeps bytes as media of the account.
function M.store(account, type_, bytes, filename)
  local picture = image.parse(bytes) or {}
  local media_id = account.platform.random:word(64)
  account:put("media", media_id, {
    type = type_, size = #bytes, bytes = bytes, filename = filename,
    width = picture.width, height = picture.height,
    kind = (picture.type or filename:match("%.(%w+)$") or "bin"):lower(),
    created_at = account.platform:now(),
  })
  return media_id
end

--- The bytes behind the media address of a listing; its age does not matter.
function M.bytes(account, media_id)
  local document = account.media[media_id]
  if not document then
    return nil
  end
  return document.bytes, M.content_type(document)
end

return M
