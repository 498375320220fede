--- Prints what scripts/dev/coverage measured, as tables.
--   lua5.4 scripts/dev/lib/coverage_tables.lua build-coverage
-- Ends with status 1 when C is below its bounds.
local json = require "wxlive.json"

local LINES_LEAST, BRANCHES_LEAST = 90, 80
local SHOWN_BELOW = 90 -- Lua files with less stand by themselves

local build = arg[1]

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function percent(some, all)
  return all == 0 and "–" or ("%.1f"):format(some / all * 100)
end

local function row(...)
  print("| " .. table.concat({ ... }, " | ") .. " |")
end

-- C -----------------------------------------------------------------------------------------------

local function c_tables()
  local summary = assert(json.decode(read(build .. "/c.json")))
  local function numbers(of)
    return percent(of.line_covered, of.line_total), percent(of.branch_covered, of.branch_total)
  end
  row("file", "lines", "of them run, %", "branches", "of them taken, %")
  row("---", "---", "---", "---", "---")
  table.sort(summary.files, function(a, b) return a.filename < b.filename end)
  local function line(name, of)
    local lines, branches = numbers(of)
    row(name, of.line_total, lines, of.branch_total, branches)
  end
  for _, file in ipairs(summary.files) do
    line("`" .. file.filename:gsub("^%.%./", "") .. "`", file)
  end
  line("all", summary)
  return summary.line_covered / summary.line_total * 100 >= LINES_LEAST
    and summary.branch_covered / summary.branch_total * 100 >= BRANCHES_LEAST
end

-- Lua ---------------------------------------------------------------------------------------------

-- Lines that ran, by file: what the hooks of all processes wrote down.
local function lines_run()
  local ran = {}
  for path, number in output("cat " .. build .. "/lines/* 2>/dev/null"):gmatch("(.-)\t(%d+)\n") do
    ran[path] = ran[path] or {}
    ran[path][tonumber(number)] = true
  end
  return ran
end

-- Lines that have code, as the compiler says; without those that only end something.
local function lines_with_code(path)
  local source, number = {}, 0
  for line in io.lines(path) do
    number = number + 1
    source[number] = line
  end
  local code = {}
  for at, what in output("luac5.4 -l -p " .. path):gmatch("\n\t%d+\t%[(%d+)%]\t(%S+)") do
    at = tonumber(at)
    if what ~= "VARARGPREP" and not (source[at] or ""):find("^%s*[end%s%p]*$") then
      code[at] = true
    end
  end
  return code
end

local function measure(path, ran)
  local total, missing = 0, {}
  for number in pairs(lines_with_code(path)) do
    total = total + 1
    if not (ran and ran[number]) then
      missing[#missing + 1] = number
    end
  end
  table.sort(missing)
  return total, missing
end

local function lua_tables()
  local ran, folders, low = lines_run(), {}, {}
  if not next(ran) then
    print("(Lua lines were not counted.)")
    return
  end
  local all = { files = 0, lines = 0, run = 0 }
  for path in output("find lua/wxlive -name '*.lua' | LC_ALL=C sort"):gmatch("[^\n]+") do
    local total, missing = measure(path, ran[path])
    local folder = path:match("^(.*)/")
    folders[folder] = folders[folder] or { files = 0, lines = 0, run = 0 }
    for _, sum in ipairs { folders[folder], all } do
      sum.files, sum.lines = sum.files + 1, sum.lines + total
      sum.run = sum.run + total - #missing
    end
    if total > 0 and (total - #missing) / total * 100 < SHOWN_BELOW then
      low[#low + 1] = { path, total, percent(total - #missing, total) }
    end
    local note = assert(io.open(build .. "/lua-missing.txt", "a"))
    note:write(path, ": ", table.concat(missing, " "), "\n")
    note:close()
  end
  row("folder", "files", "lines", "of them run, %")
  row("---", "---", "---", "---")
  local names = {}
  for name in pairs(folders) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local sum = folders[name]
    row("`" .. name .. "`", sum.files, sum.lines, percent(sum.run, sum.lines))
  end
  row("all", all.files, all.lines, percent(all.run, all.lines))
  print()
  row("file", "lines", "of them run, %")
  row("---", "---", "---")
  for _, file in ipairs(low) do
    row("`" .. file[1] .. "`", file[2], file[3])
  end
end

os.remove(build .. "/lua-missing.txt")
local fine = c_tables()
print()
lua_tables()
os.exit(fine and 0 or 1)
