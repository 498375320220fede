--- Short ways to name a test.
local M = {}

local function of(kind)
  return function(file, name, declared)
    return { kind = kind, file = file, name = name, declared = declared }
  end
end

--- A case of a cmocka program.
M.ctest = of "ctest"
--- An `it` of a spec, run by Lua 5.4; declared: the file in which it stands, if it is another.
M.busted = of "busted"
--- An `it` of a spec, run inside nginx.
M.nginx = of "nginx"

return M
