-- Adds up a run of ctest: prints "PASSED FAILED".
--   lua5.4 scripts/dev/lib/tally.lua ctest.xml DIRECTORY
-- A test that left a report in the directory counts as many as that says, any other test as one. A
-- test that ctest does not call passed has at least one failure.
local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a")
  if file then
    file:close()
  end
  return text
end

local passed, failed = 0, 0
for attributes in assert(read(arg[1])):gmatch("<testcase ([^>]*)>") do
  local name, status = attributes:match('name="([^"]*)"'), attributes:match('status="([^"]*)"')
  local good, bad = (read(arg[2] .. "/" .. name:gsub("/", "+")) or ""):match("^(%d+) (%d+)\n$")
  good, bad = tonumber(good), tonumber(bad)
  if not good then
    good, bad = status == "run" and 1 or 0, 0
  end
  if status ~= "run" and bad == 0 then
    bad = 1
  end
  passed, failed = passed + good, failed + bad
end
print(("%d %d"):format(passed, failed))
