#!/usr/bin/env lua5.4
-- Runs a show by its rundown, and goes on where it was when it is started again.
--   scripts/run_show.lua evening.csv ROOM [LEDGER]
-- ROOM is the id or the name of the room, LEDGER a file, or postgresql://user@host/database: by
-- default that of the commands. A line is printed for each cue and each error; wxlive rundown run
-- does the same with keys, a check and a rehearsal.
local paths = loadfile((arg[0]:match("^.*/") or "") .. "dev/paths.lua")
local _ = paths and paths()  -- a checkout finds its own modules
local broadcast = require "wxlive.broadcast"
local core = require "wxlive.core"
local exit_status = require "wxlive.cli.exit_status"
local interrupts = require "wxlive.cli.interrupts"
local rundown = require "wxlive.rundown"
local shop = require "wxlive.cli.shop"

local function fail(err)
  io.stderr:write("run_show: ", tostring(err), "\n")
  os.exit(exit_status.of(err), true)
end

if not arg[2] then
  io.stderr:write("usage: ", arg[0]:match("[^/]+$"), " RUNDOWN ROOM [LEDGER]\n")
  os.exit(exit_status.usage)
end
local live, err = broadcast.new()
local ledger
if live then
  ledger, err = shop.location { ledger = arg[3] }
end
if not ledger then
  fail(err)
end
local show
show, err = rundown.open {
  live = live, path = arg[1], room = arg[2], ledger = ledger,
  interrupted = core.process.interrupted,
  on_event = function(event)
    if event.name == "cue" or event.err then
      -- The time in Beijing, wherever this runs
      print(os.date("!%H:%M:%S", math.floor(event.at) + 8 * 3600), event.state or event.name,
        event.label or "", event.err or "")
    end
  end,
}
if not show then
  for _, problem in ipairs(err.problems or {}) do
    io.stderr:write(arg[1], ":", problem.line, ": ", problem.message, "\n")
  end
  fail(err)
end
local summary
summary, err = interrupts.unbroken(show.run, show)  -- Ctrl-C ends it between two cues
show:close()
err = err or summary.err
if err then
  fail(err)
end
