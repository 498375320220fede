--- Pages of documentation as programs: what stands in their code blocks, run as a reader would.
--
--   ```lua                 a part of the page's Lua program: all of them, in order, are one script
--   ```sh                  a part of the page's shell script, likewise
--   ```text                right behind one of these: what it prints; "…" stands for anything
--   ```lua file=NAME       (any language) a file of that name in the page's directory; not run
--   ```c file=scripts/NAME the same as that file of this checkout; C is compiled and run
--   ```sh manual           changes the machine or needs the network: not run, see M.manual
local command = require "spec.support.command"

local M = {}

-- What a block marked manual may begin its lines with: these are tried by scripts/dev/package_test
-- or scripts/demo, or are named in the page as not tried.
M.manual = {
  ["./scripts/demo"] = true, ["./scripts/test"] = true, ["scripts/test"] = true,
  ["scripts/wxlive"] = true, ["scripts/dev/bench"] = true, ["scripts/dev/build"] = true,
  ["scripts/dev/coverage"] = true, ["scripts/dev/fault_matrix"] = true, ["scripts/dev/fuzz"] = true,
  ["scripts/dev/generate"] = true,
  ["scripts/dev/packages"] = true, ["scripts/dev/soak"] = true,
  ["scripts/dev/spec"] = true, ["build/torture_message"] = true, apk = true, apt = true,
  brew = true, cd = true, cmake = true, cpack = true, docker = true, eval = true, git = true,
  ["lua5.4"] = true, luarocks = true, mkdir = true,
}

---@class spec.Block
---@field language string
---@field manual boolean
---@field file string?
---@field first integer   the line after the fence
---@field text string
---@field output string?  what it is to print

--- The blocks of a page, in order.
---@param path string
---@return spec.Block[]
function M.blocks(path)
  local blocks, open, adjacent = {}, nil, nil
  local number = 0
  for line in (command.read(path) .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local indent, info = line:match("^(%s*)```(.*)$")
    if info and not open then
      assert(indent == "", path .. ":" .. number .. ": an indented fence is not run")
      open = {
        language = info:match("^%w*"), manual = info:find(" manual", 1, true) ~= nil,
        file = info:match(" file=(%S+)"), first = number + 1, lines = {},
      }
    elseif info then
      open.text = table.concat(open.lines, "\n") .. "\n"
      if open.language == "text" and adjacent then
        adjacent.output = open.text
        adjacent = nil
      else
        blocks[#blocks + 1] = open
        adjacent = not open.file and not open.manual and open or nil
      end
      open = nil
    elseif open then
      open.lines[#open.lines + 1] = line
    elseif line:find("%S") then
      adjacent = nil
    end
  end
  assert(not open, path .. ": a code block has no end")
  return blocks
end

--- One script of all blocks of a language, every line where it stands on the page, so that errors
--- name the right one. Before each block it prints a mark.
---@param blocks spec.Block[]
---@param language "lua"|"sh"
---@return string? script   nil when there are none
function M.program(blocks, language)
  local lines, at, count = {}, 1, 0
  local mark = language == "lua" and 'io.write("\\001%d\\n") io.flush()'
    or "set -eu; printf '\\001%d\\n'"
  for i, block in ipairs(blocks) do
    if block.language == language and not block.file and not block.manual then
      count = count + 1
      while at < block.first - 1 do
        lines[at] = ""
        at = at + 1
      end
      lines[at] = mark:format(i)
      at = at + 1
      for line in block.text:gmatch("(.-)\n") do
        lines[at] = line
        at = at + 1
      end
    end
  end
  return count > 0 and table.concat(lines, "\n") .. "\n" or nil
end

--- What each block printed, by its index.
---@param out string
---@return table<integer, string>
function M.outputs(out)
  local of = {}
  for index, text in out:gmatch("\1(%d+)\n([^\1]*)") do
    of[tonumber(index)] = text
  end
  return of
end

--- Whether an output is what the page shows.
---@param shown string
---@param printed string
---@return boolean
function M.agrees(shown, printed)
  local pattern = shown:gsub("%s+$", ""):gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")
    :gsub("…", ".-")
  return printed:gsub("%s+$", ""):find("^" .. pattern .. "$") ~= nil
end

--- Every page there is, sorted.
---@return string[]
function M.list()
  local pipe = assert(io.popen("ls README.md CONTRIBUTING.md SECURITY.md docs/*.md docs/zh/*.md "
    .. "2>/dev/null"))
  local paths = {}
  for path in pipe:lines() do
    paths[#paths + 1] = path
  end
  pipe:close()
  return paths
end

return M
