--- Keys and lines to commands of a running show.
--
-- On a terminal: n next, s skip, h hold or go on, + or - and a number and Enter: shift, a digit:
-- its card, Tab: the next room, q: quit. As lines: next, skip, hold, go, shift 30, card 3, quit,
-- with the id of a room before it where there are several.
--
-- A terminal sends several characters for the other keys (F2: Esc O Q, Home: Esc [ H, Delete:
-- Esc [ 3 ~). None of these characters is a command.
local M = {}

local letters = { n = "next", s = "skip", h = "hold", g = "go", q = "quit" }

---@class wxlive.cli.rundown.Keys
---@field typed string   the digits of a shift that were typed so far
---@field within "escape"|"O"|"["|nil   the part of a key's characters that was read
---@field pasting boolean?   what comes was pasted
local Keys = {}
Keys.__index = Keys

--- A reader of keys.
---@return wxlive.cli.rundown.Keys
function M.keys()
  return setmetatable({ typed = "" }, Keys)
end

--- What a terminal is sent so that it marks what is pasted, and so that it no longer does.
M.PASTES, M.NO_PASTES = "\27[?2004h", "\27[?2004l"

-- Whether a character belongs to a key that sends several of them, or was pasted.
local function is_inside(self, char)
  local within = self.within
  if within == "[" then
    self.number = self.number .. char
    if char:find("[@-~]") then
      self.within = nil
      if self.number == "200~" or self.number == "201~" then
        self.pasting = self.number == "200~"
      end
    end
  elseif char == "\27" then
    self.within, self.typed = "escape", ""
  elseif within == "escape" and (char == "[" or char == "O") then
    self.within, self.number = char, ""
  else
    self.within = nil
    return within ~= nil or self.pasting
  end
  return true
end

local function press(self, key, tell)
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

--- Reads typed characters.
---@param bytes string
---@param tell fun(name: string, argument: any)   is called for every command; "other" for Tab
function Keys:feed(bytes, tell)
  if self.within == "escape" and not bytes:find("^[%[O\27]") then
    self.within = nil -- the key Esc alone, pressed before
  end
  for key in bytes:gmatch(".") do
    if not is_inside(self, key) then
      press(self, key, tell)
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
local known = { next = "", skip = "", hold = "", go = "", shift = "[+-]?%d%d?%d?%d?%d?",
  card = "%d", quit = "" }

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
