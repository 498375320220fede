--- Directories that go away after the test.
local M = {}

--- A new, empty directory of mode 0700.
---@return string
function M.directory()
  local p = assert(io.popen("mktemp -d"))
  local path = p:read("*l")
  p:close()
  return path
end

--- Removes a directory that M.directory gave.
function M.remove(path)
  assert(path:find("^/tmp/") or path:find("^" .. (os.getenv("TMPDIR") or "/tmp")))
  os.execute("rm -rf '" .. path .. "'")
end

function M.write(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

function M.read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("*a")
  f:close()
  return text
end

return M
