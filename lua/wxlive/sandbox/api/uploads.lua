--- Upload and download of temporary media.
local image = require "wxlive.media.picture"
local media = require "wxlive.sandbox.api.media"
local multipart = require "wxlive.sandbox.server.multipart"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local upload = require "wxlive.media.upload"

-- The errcode of too many bytes of each type, and the endings that it may have.
local kinds = {
  image = {
    code = 40009, endings = { png = true, jpg = true, jpeg = true, gif = true }, is_picture = true,
  },
  voice = { code = 45001, endings = { amr = true, mp3 = true } },
  video = { code = 45001, endings = { mp4 = true } },
  thumb = { code = 40009, endings = { jpg = true, jpeg = true }, is_picture = true, only = "JPEG" },
}

local M = {}

local function find_part(call)
  local request = call.request
  local parts, reason = multipart.parse(request.headers["content-type"] or "", request.body)
  if not parts then
    return refuse(41005, reason)
  end
  for _, part in ipairs(parts) do
    if part.name == "media" then
      if not part.filename or part.filename == "" then
        return refuse(41005, "the part media has no quoted filename")
      end
      return part
    end
  end
  return refuse(41005, "no part is named media")
end

local function check_file(type_, part)
  local rule, most, size = kinds[type_], upload.types[type_].bytes, #part.data
  if size == 0 then
    return refuse(44001, "the file is empty")
  elseif size > most then
    return refuse(rule.code, ("the file has %d bytes, the most is %d"):format(size, most))
  end
  local ending = part.filename:lower():match("%.([^.]+)$")
  if not rule.endings[ending] then
    return refuse(40005, ("the file name %q does not end as this type's must")
      :format(part.filename))
  end
  local picture, reason
  if rule.is_picture then
    picture, reason = image.parse(part.data)
    if not picture or (rule.only and picture.type ~= rule.only) then
      return refuse(40005, ("the bytes are not a picture of a kind that is taken: %s")
        :format(tostring(reason or picture.type)))
    end
  end
  return true
end

function M.upload_media(account, params, call)
  local part, refused = find_part(call)
  if not part then
    return nil, refused
  end
  local ok
  ok, refused = check_file(params.type, part)
  if not ok then
    return nil, refused
  end
  local media_id = media.store(account, params.type, part.data, part.filename)
  return { type = params.type, media_id = media_id, created_at = account.platform:now() }
end

function M.get_media(account, params)
  local document = media.find(account, params.media_id)
  if not document then
    return refuse(40007, "this account has no such media_id (temporary media, 3 days)")
  elseif document.type == "video" then
    return { video_url = media.url(account, params.media_id) }
  end
  return {
    bytes = document.bytes,
    content_type = media.content_type(document),
    headers = {
      ["Content-disposition"] = ('attachment; filename="%s.%s"'):format(params.media_id,
        document.kind),
    },
  }
end

return M
