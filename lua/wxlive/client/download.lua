--- A response into a file that has its name only if it is what was asked for.
--
-- The platform refuses a download with HTTP 200 and JSON, which it may call text; a gateway may
-- answer with a page of its own. The transports save any 2xx response; here is decided what it is.
-- A refusal leaves nothing behind, and an older file as it was.
local core = require "wxlive.core"
local failure = require "wxlive.transport.failure"
local files = require "wxlive.base.files"
local random = require "wxlive.base.random"

local M = {}

-- Bytes that are enough to recognize it, and the most that are read of a refusal.
local START, MOST = 64, 1024 * 1024

-- How a text begins that stands in the place of a file: JSON, the page of a gateway or of a network
-- that wants a login, nothing at all.
local beginnings = { "^{", "^<", "^null%s*$", "^$" }

--- Whether a response is an answer in the place of a file. No file is JSON or a web page.
---@param content_type string?
---@param body string   or the start of it
---@return boolean
function M.is_refusal(content_type, body)
  local kind = content_type and content_type:lower()
  if kind and (kind:find("^application/json") or kind:find("^text/html")) then
    return true
  elseif kind and not kind:find("^text/") then
    return false
  end
  local start = core.text.without_bom(body:sub(1, START)):gsub("^%s+", "")
  for _, beginning in ipairs(beginnings) do
    if start:find(beginning) then
      return true
    end
  end
  return false
end

-- A failure of the transport names the file that the caller knows.
local function renamed(err, draft, path)
  for _, name in ipairs { "message", "message_zh" } do
    local text = tostring(err[name])
    local first, last = text:find(draft, 1, true)
    if first then
      err[name] = text:sub(1, first - 1) .. path .. text:sub(last + 1)
    end
  end
  return err
end

--- Sends a request whose response is to be saved in `save_to`. Without `saved` in the response
--- there is no new file, and the body holds what came in its place.
---@param transport wxlive.Transport
---@param request wxlive.HttpRequest   save_to is another name while it is under way
---@return wxlive.HttpResponse? response
---@return wxlive.Error? err
function M.send(transport, request)
  local path = request.save_to
  -- The draft is renamed onto the path: that must never replace /dev/null.
  if not core.system.is_replaceable(path) then
    local _, what = core.system.file_size(path)
    return failure.fail {
      status = "io", sent = false,
      message = ("cannot write %s: %s"):format(path, what or "it is a link of the system"),
    }
  end
  local draft = path .. ".new-" .. assert(random.hex(4))
  request.save_to = draft
  local response, err = transport:send(request)
  request.save_to = path
  if not response then
    return nil, renamed(err, draft, path)
  elseif not response.saved then
    return response
  end
  if response.size == 0 or M.is_refusal(response.content_type, files.read(draft, START) or "") then
    response.body, response.saved = files.read(draft, MOST) or "", nil
    os.remove(draft)
    return response
  end
  local ok, why = os.rename(draft, path)
  if not ok then
    os.remove(draft)
    return failure.fail {
      status = "io", sent = true,
      message = ("cannot put a finished download at %s: %s"):format(path,
        (tostring(why):gsub("^.*: ", ""))),
    }
  end
  response.saved = path
  return response
end

return M
