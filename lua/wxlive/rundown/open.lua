--- Opens a show: its rundown read, its room and goods found.
local edits = require "wxlive.rundown.edit"
local files = require "wxlive.rundown.sheet"
local loops = require "wxlive.concurrent.loop"
local options_of = require "wxlive.base.options"
local random = require "wxlive.base.random"
local rooms = require "wxlive.rundown.room"
local shops = require "wxlive.shop"
local shows = require "wxlive.rundown.show"
local stocks = require "wxlive.rundown.goods"
local system = require("wxlive.core").system

local M = {}

--- The options: name -> type.
M.options = {
  live = "table", ledger = "string|table", path = "string", room = "string|number",
  on_event = "callable", hooks = "table", interrupted = "callable", zero = "number",
  polls = "number", grace = "number", stay = "boolean", clock = "table", seed = "string",
}

-- Seconds by which a cue may be late although its row says "skip": another cue may delay it so
-- long.
local GRACE = 30

-- How often a room that is not live yet is looked at.
local POLLS = 3000

---@class wxlive.rundown.Clock
---@field now fun(): number            Unix seconds
---@field wait fun(seconds: number)
---@field virtual boolean?             waiting takes no real time: no other task runs meanwhile

-- The clock of a running show: it is set once, to `now` or the machine's time, and advances with a
-- clock that never jumps.
local function new_clock(now)
  local began = now or system.now()
  local monotonic = system.monotonic()
  return {
    now = function()
      return began + system.monotonic() - monotonic
    end,
    wait = loops.sleep,
  }
end

--- Opens a show: reads the rundown, finds the room and the goods. Nothing is written yet.
---@param given { live: wxlive.Broadcast, ledger: string|wxlive.Ledger, path: string,
---  room: string|integer, on_event: fun(event: table, show: wxlive.rundown.Show)?,
---  hooks: table<string, function>?, interrupted: (fun(): boolean)?, zero: number?,
---  polls: integer?, grace: number?, stay: boolean?, clock: wxlive.rundown.Clock?, seed: string? }
---  room: id or name; zero: the real start, where it is not to be looked for; polls: how often the
---  room is looked at before it is live, at most (3000); grace: seconds by which a cue may be
---  late that is skipped when it is late (30); stay: goes on until the room ends, for cards by hand
---@return wxlive.rundown.Show? show
---@return wxlive.Error? err
function M.open(given)
  local ok, err = options_of.check("wxlive.rundown.open", given, M.options,
    { "ledger", "live", "path", "room" })
  if not ok then
    return nil, err
  end
  -- Read before the rows: a change that comes between is seen as one.
  local text = edits.text(given.path)
  local rows
  rows, err = files.read(given.path)
  if not rows then
    return nil, err
  end
  local room
  room, err = rooms.find_patiently(given.live, given.room, (given.clock or new_clock()).wait)
  if not room then
    return nil, err
  end
  local shop
  shop, err = shops.open { live = given.live, ledger = given.ledger }
  if not shop then
    return nil, err
  end
  local stock = stocks.of_room(room)
  if not stock:knows(rows, shop.ledger) then
    -- If this fails, the show opens all the same: a cue whose goods are not found fails with an
    -- error.
    stock:read_library(given.live)
  end
  return shows.new {
    live = given.live, shop = shop, ledger = shop.ledger,
    own_ledger = type(given.ledger) == "string", path = given.path, text = text, rows = rows,
    room = room, room_id = room.room_id, stock = stock, hooks = given.hooks,
    on_event = given.on_event, interrupted = given.interrupted,
    -- The calls above have measured the platform's clock.
    clock = given.clock or new_clock(given.live.clock.now()),
    options = {
      polls = given.polls or POLLS, grace = given.grace or GRACE, zero = given.zero,
      stay = given.stay or false, seed = given.seed or random.hex(4) or "seed",
    },
  }
end

return M
