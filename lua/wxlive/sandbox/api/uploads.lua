--- Upload and download of temporary media.
local files = require "wxlive.media.file"
local image = require "wxlive.media.picture"
local media = require "wxlive.sandbox.api.media"
local multipart = require "wxlive.sandbox.server.multipart"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local tables = require "wxlive.base.tables"
local upload = require "wxlive.media.upload"

-- The errcode of too many bytes of each type.
local too_large = { image = 40009, voice = 45001, video = 45001, thumb = 40009 }

local M = {}

local function find_part(call)
  local request = call.request
  local parts, reason = multipart.parse(request.headers["content-type"] or "", request.body)
  for _, part in ipairs(parts or refuse(41005, reason)) do
    if part.name == "media" then
      if not part.filename or part.filename == "" then
        refuse(41005, "the part media has no quoted filename")
      end
      return part
    end
  end
  refuse(41005, "no part is named media")
end

local function check_file(type_, part)
  local rule, size = upload.types[type_], #part.data
  if size == 0 then
    refuse(44001, "the file is empty")
  elseif size > rule.bytes then
    refuse(too_large[type_], ("the file has %d bytes, the most is %d"):format(size,
      rule.bytes))
  end
  local ending = part.filename:lower():match("%.([^.]+)$") or ""
  if not tables.find(rule.contents, function(content)
    return tables.set(files.endings[content])[ending]
  end) then
    refuse(40005, ("the file name %q does not end as this type's must")
      :format(part.filename))
  end
  if type_ == "image" or type_ == "thumb" then
    local picture, reason = image.parse(part.data)
    if not picture or not tables.set(rule.contents)[picture.type] then
      refuse(40005, ("the bytes are not a picture of a kind that is taken: %s")
        :format(tostring(reason or picture.type)))
    end
  end
end

function M.upload_media(account, params, call)
  local part = find_part(call)
  check_file(params.type, part)
  local media_id = media.store(account, params.type, part.data, part.filename)
  return { type = params.type, media_id = media_id, created_at = account.platform:now() }
end

function M.get_media(account, params)
  local document = media.find(account, params.media_id)
  if not document then
    refuse(40007, "this account has no such media_id (temporary media, 3 days)")
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
