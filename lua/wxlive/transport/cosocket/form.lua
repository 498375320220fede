--- multipart/form-data out of parts, files in pieces: never a whole file in memory.
local core = require "wxlive.core"
local failure = require "wxlive.transport.failure"
local random = require "wxlive.base.random"
local both = require("wxlive.text.sentence").both

local M = {}

local PIECE = 65536
local FILENAME_MAX = 255

local Form = {}
Form.__index = Form

local function io_failure(message)
  return failure.unsent("io", message)
end

-- Characters beyond ASCII, and those that would end the quoted string, become "_".
local function plain(name)
  return (name:gsub('[^\32-\126]+', "_"):gsub('["\\]+', "_"):sub(1, FILENAME_MAX))
end

local function has_control(s)
  return s ~= nil and s:find("%c") ~= nil
end

local function open_file(path)
  -- A pipe without a writer would hold the call forever.
  local bytes, what = core.system.file_size(path)
  if not bytes and what:find("^it is") then
    return io_failure(("cannot send %s: %s"):format(path, what))
  end
  local f, why = io.open(path, "rb")
  if not f then
    return io_failure(both("cannot read %s", "无法读取 %s"):format(tostring(why)))
  end
  local size = f:seek("end")
  -- A directory can be opened, but not read.
  if not size or size == 0 or not f:seek("set") or not f:read(1) then
    f:close()
    return io_failure(("cannot send %s: it is %s"):format(path, size == 0 and "empty"
      or "not a file"))
  end
  return f, size
end

local function part_head(part, boundary)
  local filename = part.filename or part.path and part.path:match("[^/]*$")
  return ('--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n'):format(boundary,
    plain(part.name), filename and ('; filename="%s"'):format(plain(filename)) or "",
    part.content_type and "Content-Type: " .. part.content_type .. "\r\n" or "")
end

local function check(part)
  if type(part.name) ~= "string" or has_control(part.name) or has_control(part.filename)
    or has_control(part.content_type) or (not part.path) == (not part.data) then
    return failure.unsent("bad_argument", "a part of the form needs a name, and either path or "
      .. "data, without control characters in name, filename and content_type")
  end
  return true
end

--- Opens the files and computes the length. The caller must close it.
---@param parts wxlive.HttpPart[]
---@return table? form   { content_type =, length = }
---@return table? reason
function M.open(parts)
  local boundary = "wxlive-" .. assert(random.hex(16))
  local self = setmetatable({
    content_type = "multipart/form-data; boundary=" .. boundary, length = 0, sources = {},
  }, Form)
  local function add(source, length)
    self.sources[#self.sources + 1] = source
    self.length = self.length + length
  end
  for _, part in ipairs(parts) do
    local ok, reason = check(part)
    local file, size
    if ok and part.path then
      file, size = open_file(part.path)
      reason = size
    end
    if reason and not file then
      self:close()
      return nil, reason
    end
    local head = part_head(part, boundary)
    add(head, #head)
    if file then
      add({ file = file, size = size, path = part.path }, size)
    else
      add(part.data, #part.data)
    end
    add("\r\n", 2)
  end
  local tail = "--" .. boundary .. "--\r\n"
  add(tail, #tail)
  return self
end

local function send_file(source, send)
  local left = source.size
  source.file:seek("set")
  while left > 0 do
    local piece = source.file:read(math.min(PIECE, left))
    if not piece then
      return nil, {
        status = "io", sent = true,
        message = both("cannot send %s to its end: it became shorter while it was being sent",
          "%s 未能完整发送：发送期间文件变短了"):format(source.path),
      }
    end
    left = left - #piece
    local ok, reason = send(piece)
    if not ok then
      return nil, reason
    end
  end
  return true
end

--- Gives the bytes to send(piece), from the beginning each time.
---@param send fun(piece: string): true?, table?
---@return true? ok
---@return table? reason
function Form:write(send)
  for _, source in ipairs(self.sources) do
    local ok, reason
    if type(source) == "table" then
      ok, reason = send_file(source, send)
    else
      ok, reason = send(source)
    end
    if not ok then
      return nil, reason
    end
  end
  return true
end

function Form:close()
  for _, source in ipairs(self.sources) do
    if type(source) == "table" and io.type(source.file) == "file" then
      source.file:close()
    end
  end
end

return M
