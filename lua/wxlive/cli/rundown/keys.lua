--- Keys and lines to commands of a running show.
--
-- On a terminal: n next, s skip, h hold or go on, + or - and a number and Enter: shift, a digit:
-- its card, Tab: the next room, q: quit. As lines: next, skip, hold, go, shift 30, card 3, quit,
-- with the id of a room before it where there are several.
local M = {}

local letters = { n = "next", s = "skip", h = "hold", g = "go", q = "quit" }

---@class wxlive.cli.rundown.Keys
---@field typed string   the digits of a shift that were typed so far
local Keys = {}
Keys.__index = Keys

--- A reader of keys.
---@return wxlive.cli.rundown.Keys
function M.keys()
  return setmetatable({ typed = "" }, Keys)
end

--- Reads typed characters.
---@param bytes string
---@param tell fun(name: string, argument: any)   is called for every command; "other" for Tab
function Keys:feed(bytes, tell)
  for key in bytes:gmatch(".") do
    if self.typed ~= "" then
      if key == "\n" or key == "\r" then
        local seconds = tonumber(self.typed)
        self.typed = ""
        if seconds then
          tell("shift", seconds)
        end
      elseif key:find("%d") then
        self.typed = #self.typed < 6 and self.typed .. key or self.typed
      elseif key == "\127" or key == "\b" then
        self.typed = self.typed:sub(1, -2)
      else
        self.typed = ""
      end
    elseif key == "+" or key == "-" then
      self.typed = key
    elseif key:find("%d") then
      tell("card", key)
    elseif key == "\t" then
      tell("other")
    elseif letters[key:lower()] then
      tell(letters[key:lower()])
    end
  end
end

---@class wxlive.cli.rundown.Lines
local Lines = {}
Lines.__index = Lines

--- A reader of lines.
---@return wxlive.cli.rundown.Lines
function M.lines()
  return setmetatable({ rest = "", typed = "" }, Lines)
end

-- A longer line is not a command.
local LONGEST = 4096

-- Command -> what must follow it.
local known = { next = "", skip = "", hold = "", go = "", shift = "[+-]?%d+", card = "%d",
  quit = "" }

--- Reads input.
---@param bytes string
---@param tell fun(name: string, argument: any, room: string?)
---@param wrong fun(line: string)   is called for a line that is not a command
function Lines:feed(bytes, tell, wrong)
  self.rest = self.rest .. bytes
  while true do
    local line, rest = self.rest:match("^([^\n]*)\n(.*)$")
    if not line then
      break
    end
    self.rest = rest
    local room, command = line:match("^%s*(%d+)%s+(%a.*)$")
    local name, argument = (command or line):match("^%s*(%a+)%s*([+-]?%d*)%s*$")
    if name and known[name] and argument:find("^" .. known[name] .. "$") then
      tell(name, argument ~= "" and argument or nil, room)
    elseif line:find("%S") then
      wrong(line)
    end
  end
  if #self.rest > LONGEST then
    self.rest = ""
  end
end

return M
