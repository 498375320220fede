--- The response that every transport gives.
local M = {}

---@class wxlive.HttpResponse
---@field status integer
---@field body string
---@field content_type string?
---@field headers table<string, string>  by lower-case name; made when first asked for
---@field http_version "1.0"|"1.1"|"2"
---@field reused boolean                 over a connection that was there already
---@field size integer                   bytes of the body, in the file, else in memory
---@field saved string?                  save_to, when the file was written
---@field retry_after number?            seconds
---@field timing wxlive.HttpTiming       made when first asked for

---@class wxlive.HttpTiming
---@field dns number         seconds that the step took; 0 on a kept connection
---@field connect number     likewise
---@field tls number         likewise
---@field first_byte number  seconds from the start
---@field total number       seconds from the start

-- Fields that few callers need are made when they are first read. `head` holds a line for each
-- header; a line that begins with a blank continues the one before it.
local lazy = {}

function lazy.headers(response)
  local headers = {}
  local head = response.head:gsub("\r?\n[ \t]+", " ")
  for name, value in head:gmatch("([^\r\n:]+):[ \t]*([^\r\n]*)") do
    name = name:lower()
    value = value:gsub("[ \t]+$", "")
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return headers
end

function lazy.timing(response)
  return {
    dns = response[1], connect = response[2], tls = response[3], first_byte = response[4],
    total = response[5],
  }
end

function lazy.size(response)
  return #response.body
end

local Response = { __name = "wxlive.HttpResponse" }

function Response.__index(response, key)
  local make = lazy[key]
  if make then
    local value = make(response)
    rawset(response, key, value)
    return value
  end
end

--- Makes a response out of its fields; the table becomes the object. `head` stands for `headers`,
--- and the seconds of `timing`, in the order of its fields, are numbered.
---@param fields table
---@return wxlive.HttpResponse
function M.new(fields)
  return setmetatable(fields, Response)
end

return M
