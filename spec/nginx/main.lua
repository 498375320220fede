--- Busted in a timer of an nginx process; ends the process with busted's exit code.
local M = {}

-- For scripts/dev/coverage: counts which lines run, from here on.
if os.getenv("WXLIVE_LINES") then
  require "lua_lines"
end

-- The test tools set globals, the modules under test must not. (nginx's own guard on _G, which this
-- replaces, cannot tell the two apart.)
local function forbid_globals()
  local seen = {}
  setmetatable(_G, {
    __newindex = function(t, name, value)
      local info = debug.getinfo(2, "Sl")
      if info and info.source:find("/lua/wxlive/", 1, true) then
        seen[#seen + 1] = ("%s (%s:%d)"):format(tostring(name), info.short_src, info.currentline)
      end
      rawset(t, name, value)
    end,
  })
  return seen
end

local function read_files(dir)
  local files = {}
  for line in io.lines(dir .. "/files") do
    files[#files + 1] = line
  end
  return files
end

local function run()
  local dir = os.getenv("WXLIVE_SPEC_DIR")
  assert(io.open(dir .. "/began", "w")):close()
  local exit = os.exit
  local code = 0
  -- Closing the Lua state from inside it would be the end of nginx.
  os.exit = function(given) -- luacheck: ignore 122
    code = given == true and 0 or given == false and 1 or given or 0
    error("busted is done", 0)
  end
  -- Before busted, which forgets what each spec file has loaded: nginx and specs must share it.
  require "spec.nginx.peer"
  rawset(_G, "arg", read_files(dir))
  local globals = forbid_globals()
  if os.getenv("WXLIVE_COLLECT") == "1" then
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 400)
  end
  local ok, err = pcall(require "busted.runner", {
    standalone = false, output = "spec.support.report",
  })
  if not ok and err ~= "busted is done" then
    -- On Lua 5.1 busted says that something failed by raising nil.
    code = 1
    if err ~= nil then
      io.stderr:write("busted raised: ", tostring(err), "\n")
    end
  end
  for _, name in ipairs(globals) do
    io.stderr:write("a global was written: ", name, "\n")
    code = 1
  end
  io.stdout:flush()
  exit(code)
end

--- To be called from init_worker_by_lua.
function M.start()
  local ok, err = ngx.timer.at(0, function(premature)
    if not premature then
      run()
    end
  end)
  if not ok then
    error(err)
  end
end

return M
