--- The show itself: a rundown (a sheet of what is done when) that runs while a room is live.
--
--   local rundown = require "wxlive.rundown"
--   local show = assert(rundown.open {
--     live = live, ledger = "shop.db", path = "evening.csv", room = "春茶上新专场",
--     on_event = function(event) print(event.name) end,
--   })
--   local report = show:check()          -- before the show: everything that is wrong with it
--   local summary = assert(show:run())   -- waits for the room, does each cue at its time
--   show:close()
--
-- The ledger records each cue: a run that was killed continues, and does nothing twice. See
-- wxlive.rundown.show for events and commands.
local cues = require "wxlive.ledger.cues"
local files = require "wxlive.rundown.sheet"
local ics = require "wxlive.rundown.ics"
local options = require "wxlive.base.options"
local opener = require "wxlive.rundown.open"
local pictures = require "wxlive.rundown.picture"
local rehearsal = require "wxlive.rundown.rehearsal"
local rooms = require "wxlive.rundown.room"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

--- Reads a rundown: its rows, or nil and an error whose problems name every line that is wrong.
M.read = files.read

--- Opens a show: see wxlive.rundown.open.
M.open = opener.open

--- Runs a whole rundown on a sandbox: see wxlive.rundown.rehearsal.
M.rehearse = rehearsal.run

--- Finds a room by id or name.
M.find_room = options.checked("wxlive.rundown.find_room", {
  "live", "wxlive.Broadcast", "room", "string|number",
}, rooms.find)

--- The history of a room: its cues in the ledger, oldest first. See wxlive.ledger.cues.
---@type fun(ledger: wxlive.Ledger, room_id: integer, state: string?): table[]?, wxlive.Error?
M.history = options.checked("wxlive.rundown.history", {
  "ledger", "wxlive.Ledger", "room_id", "string|number", "state", "string|nil",
}, cues.list)

-- One of the ways to show a rundown; `more`: the name of a number that it takes besides.
local function shown(name, show, more)
  local where = "wxlive.rundown." .. name
  local wanted = { "rows", "table", "room", "table", more, more and "number" }
  return options.checked(where, wanted, function(rows, room, ...)
    local problems, problem = options.problems()
    if tables.find(rows, function(row) return type(row) ~= "table" or not row.key end) then
      problem("rows", both("must be as wxlive.rundown.read gives them",
        "应为 wxlive.rundown.read 返回的内容"))
    end
    if more == "now" and room.room_id == nil then
      problem("room", both("must have a room_id", "应有 room_id"))
    end
    if type(room.start_time) ~= "number" or type(room.end_time) ~= "number" then
      problem("room", both("must have start_time and end_time", "应有 start_time 与 end_time"))
    end
    local ok, err = options.report(where, problems)
    if not ok then
      return nil, err
    end
    return show(rows, room, ...)
  end)
end

--- A rundown as text, as an SVG picture, as a calendar.
M.text, M.svg = shown("text", pictures.text, "width"), shown("svg", pictures.svg)
M.ics = shown("ics", ics.text, "now")

return M
