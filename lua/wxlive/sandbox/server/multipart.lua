--- Reads multipart/form-data, as narrowly as the platform does: the boundary bare, the parameters
--- of Content-Disposition in quotes. Libraries that write it differently get 41005, from the
--- platform as well as here.
local M = {}

local PARTS_MAX = 32

-- The boundary of a content type; nil when there is none, or it is quoted.
local function boundary_of(content_type)
  local boundary = content_type:match("^multipart/form%-data;%s*boundary=([^%s;\"]+)%s*$")
  if boundary and #boundary <= 70 then
    return boundary
  end
  return nil
end

local function parse_headers(text)
  local headers = {}
  for line in text:gmatch("[^\r\n]+") do
    local name, value = line:match("^([^:%s]+):%s*(.-)%s*$")
    if name then
      headers[name:lower()] = value
    end
  end
  return headers
end

--- The parts of a body, in order.
---@param content_type string
---@param body string
---@return { name: string, filename: string?, content_type: string?, data: string }[]?
---@return string? reason
function M.parse(content_type, body)
  local boundary = boundary_of(content_type)
  if not boundary then
    return nil, "the content type is not multipart/form-data with a bare boundary"
  end
  local mark = "--" .. boundary
  local parts = {}
  if body:sub(1, #mark) ~= mark then
    return nil, "the body does not begin with its boundary"
  end
  local at = #mark + 1
  while body:sub(at, at + 1) == "\r\n" do
    local head_end, data_start = body:find("\r\n\r\n", at, true)
    local stop = data_start and body:find("\r\n" .. mark, data_start + 1, true)
    if not stop or #parts == PARTS_MAX then
      return nil, "a part is not closed by the boundary, or there are too many"
    end
    local headers = parse_headers(body:sub(at, head_end))
    local disposition = headers["content-disposition"] or ""
    parts[#parts + 1] = {
      name = disposition:match('[;%s]name="([^"]*)"'),
      filename = disposition:match('[;%s]filename="([^"]*)"'),
      content_type = headers["content-type"],
      data = body:sub(data_start + 1, stop - 1),
    }
    at = stop + 2 + #mark
  end
  if body:sub(at, at + 1) ~= "--" then
    return nil, "the body does not end with its boundary"
  end
  return parts
end

--- The value of a form field that is not a file; nil where there is none.
---@param content_type string
---@param body string
---@param name string
---@return string?
function M.field(content_type, body, name)
  for _, part in ipairs(M.parse(content_type, body) or {}) do
    if part.name == name and not part.filename then
      return part.data
    end
  end
  return nil
end

return M
