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
local opener = require "wxlive.rundown.open"
local pictures = require "wxlive.rundown.picture"
local rehearsal = require "wxlive.rundown.rehearsal"
local rooms = require "wxlive.rundown.room"

local M = {}

--- Reads a rundown: its rows, or nil and an error whose problems name every line that is wrong.
M.read = files.read

--- Opens a show: see wxlive.rundown.open.
M.open = opener.open

--- Runs a whole rundown on a sandbox: see wxlive.rundown.rehearsal.
M.rehearse = rehearsal.run

--- Finds a room by id or name.
M.find_room = rooms.find

--- The history of a room: its cues in the ledger, oldest first. See wxlive.ledger.cues.
---@type fun(ledger: wxlive.Ledger, room_id: integer, state: string?): table[]?, wxlive.Error?
M.history = cues.list

--- A rundown as text, as an SVG picture, as a calendar.
M.text, M.svg, M.ics = pictures.text, pictures.svg, ics.text

return M
