-- Lets a script of this checkout find wxlive in the source and build trees, with nothing set:
--   dofile("scripts/dev/paths.lua")     WXLIVE_BUILD names another build directory
-- A script that was copied elsewhere lacks this file and uses the installed modules.
local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "."
local root = here .. "/../.."
local build = os.getenv("WXLIVE_BUILD") or "build"
if not build:find("^/") then
  build = root .. "/" .. build
end
local interpreter = rawget(_G, "jit") and "luajit" or "5.4"

package.path = root .. "/lua/?.lua;" .. root .. "/lua/?/init.lua;" .. package.path
package.cpath = build .. "/" .. interpreter .. "/?.so;" .. package.cpath
return root
