--- The child process of wxlive.sandbox.start: it reads its options from the ready file, in which it
--- later reports that it is ready.
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

local M = {}

--- Serves until the parent process ends; writes a failure into the ready file, which the parent
--- reads.
function M.run()
  local given = assert(io.open(os.getenv("WXLIVE_SANDBOX_READY") or "", "r"))
  local options = assert(json.decode(given:read("*a")))
  given:close()
  local fine, ok, err = pcall(sandbox.serve, options)
  if not fine then
    ok, err = nil, ok
  end
  if not ok then
    local file = io.open(options.ready_file, "w")
    if file then
      local reason = type(err) == "table" and err.message:gsub("^sandbox: ", "") or err
      file:write("error: ", (tostring(reason):gsub("%c+", " ")), "\n")
      file:close()
    end
  end
  os.exit(ok and 0 or 1)
end

return M
