--- wxlive rundown run: shows that run, side by side, with a person at the keys.
local accounts = require "wxlive.cli.accounts"
local accounts_of = require "wxlive.accounts"
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local desks = require "wxlive.cli.desk"
local events = require "wxlive.cli.rundown.events"
local exit_status = require "wxlive.cli.exit_status"
local finally = require("wxlive.cli.raised").finally
local keys_of = require "wxlive.cli.rundown.keys"
local hook_files = require "wxlive.cli.hook"
local pick = require("wxlive.text.language").pick
local map = require "wxlive.concurrent.map"
local problems = require "wxlive.cli.rundown.problems"
local report = require "wxlive.cli.output.report"
local rundown = require "wxlive.rundown"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.output.show"
local states = require "wxlive.catalogue.states"
local system = core.system
local tables = require "wxlive.base.tables"
local times = require "wxlive.rundown.times"
local usages = require "wxlive.cli.usage"

local M = {}

local usage, stop = usages.fail, usages.stop

-- Seconds between two looks at the keyboard, and between two drawings of the status line.
local KEYS, DRAW = 0.1, 0.5

--- The accounts that --account names, in its order: one for all rooms, or one for each.
---@param args table
---@param rooms integer
---@return wxlive.Account[] accounts   none: that of the settings
function M.accounts(args, rooms)
  local names = args.account
  if args.all_accounts then
    stop("give --account once for each room, not --all",
      "请为每个直播间给出 --account，而不是 --all")
  elseif not names[1] then
    return {}
  elseif #names ~= 1 and #names ~= rooms then
    stop(("%d accounts for %d rooms: give one for all, or one for each"):format(#names,
      rooms), ("%d 个账号对 %d 个直播间：请给一个，或每个直播间一个"):format(#names, rooms))
  end
  local all = assert(accounts_of.open(args.config))
  return tables.map(names, function(name) return (assert(all:get(name))) end)
end

-- Rundowns and rooms, in pairs: a file for each room, or one for all.
local function pairs_of(args)
  local files, rooms = args.file, args.room
  if not rooms[1] then
    stop("--room is missing: say which room, by id or name",
      "缺少 --room：请写明直播间 id 或名称")
  elseif #files ~= 1 and #files ~= #rooms then
    stop(("%d rundowns for %d rooms: give one for all, or one for each"):format(#files,
      #rooms), ("%d 份流程表对 %d 个直播间：请给一份，或每个直播间一份"):format(#files, #rooms))
  end
  local named = M.accounts(args, #rooms)
  return tables.map(rooms, function(room, i)
    return { file = files[i] or files[1], room = room, account = named[i] or named[1] }
  end)
end

-- The moment that --zero names: a time of the clock lies within the last twelve hours.
local function zero_of(text)
  local time = times.time(text)
  if not time or time.kind == "end" or time.kind == "offset" then
    stop("--zero must be a time such as 20:03:10", "--zero 应为钟点，如 20:03:10")
  end
  local now = system.now()
  return now + times.place(time, { zero = now, planned = now - 12 * 3600 + 1800 })
end

-- Whether a rundown has cards for keys: then it is not over before the room is.
local function has_digit(path)
  return tables.find(rundown.read(path) or {}, function(row) return row.digit end) ~= nil
end

-- Opens the shows, one after the other into `opened`. desk: of new_desk; events go there as well.
local function open_shows(opened, args, screen, options, desk)
  for i, wanted in ipairs(pairs_of(args)) do
    local at = shop.open(accounts.arguments(args, wanted.account), {
      client = desk and desk.client,
    })
    local account = wanted.account and wanted.account.name
    local one = { shop = at, file = wanted.file, account = account }
    opened[i] = one
    local err
    one.show, err = rundown.open(tables.merged(options, {
      live = at.live, ledger = at.ledger, path = wanted.file, room = wanted.room,
      stay = desk ~= nil or screen.status and has_digit(wanted.file),
      on_event = function(event, show_of)
        screen:event(event, show_of, account)
        if desk and desk.page then
          desk.page:event(event, show_of)
        end
      end,
    }))
    if not one.show then
      assert(report.sheet("wxlive", wanted.file, err))
    end
  end
end

-- A person at the keys, or lines from a program. Ends with the shows.
local function listen(opened, screen, args, is_over)
  local terminal = core.terminal.open()
  screen:mark_pastes(true)
  local reader = args.lines and keys_of.lines() or keys_of.keys()
  local at, drawn = 1, 0
  local function tell(name, argument, room)
    if name == "other" then
      at = at % #opened + 1
      return
    end
    local known = not room
    for i, one in ipairs(opened) do
      local named = room == compat.integer_text(one.show.room_id)
      if named or not room and (name == "quit" or i == at) then
        one.show:command(name, argument)
      end
      known = known or named
    end
    if not known then
      report.print("wxlive", pick("not a room of this run: %s", "本次未运行该直播间：%s"):format(room))
    end
  end
  local function wrong(line)
    report.print("wxlive", pick("not a command: %s", "不是命令：%s"):format(line))
  end
  while not is_over() do
    local bytes = terminal and terminal:read()
    if bytes == nil and terminal then
      terminal:close()
      terminal = nil
      if args.lines then
        reader:feed("\n", tell, wrong) -- the last line may lack its end
      end
    elseif bytes and bytes ~= "" then
      reader:feed(bytes, tell, wrong)
    end
    local now = system.monotonic()
    if now >= drawn + DRAW then
      drawn = now
      screen:draw(opened[at].show, reader.typed)
    end
    opened[1].show.clock.wait(KEYS)
  end
  screen:mark_pastes(false)
  if terminal then
    terminal:close()
  end
end

--- Prints the summary of a show.
---@param summary table
---@param room table
---@param args table
---@param account string?   its name, where one was named
function M.print_summary(summary, room, args, account)
  local counts = summary.counts
  if show.wants_json(args) then
    show.json {
      event = "summary", account = account, room_id = summary.room_id, zero = summary.zero,
      counts = counts,
      ended = summary.ended, lateness = summary.lateness,
    }
  else
    io.stdout:write(pick("%s: %d done, %d failed, %d unknown, %d too late, %d skipped, %d missed; "
      .. "latest start of a cue: %.1f s behind its time\n",
      "%s：完成 %d，失败 %d，未知 %d，过时 %d，跳过 %d，错过 %d；最迟比计划晚 %.1f 秒\n"):format(
      room.name or "", counts.done, counts.failed, counts.unknown, counts.late, counts.skipped,
      counts.missed, summary.lateness))
  end
  io.stdout:flush()
end

-- The desk beside the shows: its server listens before anything is opened.
local function new_desk(args)
  local server, log = desks.listen(args.port), desks.log()
  return { server = server, log = log, client = { hooks = log.hooks, quota = true } }
end

-- Puts the shows on the desk, and prints its address.
local function open_page(desk, opened, screen)
  desk.page = desk.server:open({
    accounts = tables.map(opened, function(one) return one.shop.live end), log = desk.log,
    shows = tables.column(opened, "show"),
  }, function(text)
    screen:clear()
    desks.say(text)
  end)
end

local function run_all(opened, screen, args, desk)
  local over, errors = false, {}
  local function is_over()
    return over
  end
  if screen.status or args.lines then
    map.spawn(listen, opened, screen, args, is_over)
  end
  local serving = desk and map.spawn(desk.server.run, desk.server, is_over,
    opened[1].show.clock.wait)
  local results, failures = map.map(opened, function(one)
    return one.show:run()
  end, { concurrency = #opened })
  over = true
  if serving then
    map.wait(serving)
  end
  screen:clear()
  for i, one in ipairs(opened) do
    screen:tell_late(one.show)
    if results[i] then
      M.print_summary(results[i], one.show.room, args, one.account)
    end
    errors[#errors + 1] = failures[i] or results[i] and results[i].err
  end
  return exit_status.gravest(errors)
end

-- Opens the shows into `opened`, and runs them. Gives the gravest of their errors.
local function run(opened, args, interrupted)
  local options = {
    hooks = args.hooks and assert(hook_files.named(args.hooks)),
    zero = args.zero and zero_of(args.zero), interrupted = interrupted,
  }
  local on_terminal = system.isatty(0) and system.isatty(1) and not args.lines
    and os.getenv("TERM") ~= "dumb"
  local screen = events.screen(args, { several = #args.room > 1, status = on_terminal })
  local desk = args.desk and new_desk(args)
  open_shows(opened, args, screen, options, desk)
  for _, one in ipairs(opened) do
    -- A show that already runs is not checked: a restart must not lose time.
    if one.show.room.live_status == states.NOT_STARTED then
      local checked, why = one.show:check()
      if checked then
        problems.print(one.file, checked)
      else
        report.print("wxlive", pick("could not be checked, and runs unchecked: %s",
          "未能检查，将直接执行：%s"):format(report.line(why)), one.file)
      end
    end
  end
  if desk then
    open_page(desk, opened, screen)
  end
  return run_all(opened, screen, args, desk)
end

--- Runs the shows that the command line names.
---@param args table
---@param interrupted fun(): boolean
---@return true? ok
---@return wxlive.Error? err
function M.run(args, interrupted)
  if args.speed then
    return usage("--speed belongs to --rehearse: a real show runs at the speed of the clock",
      "--speed 只用于 --rehearse：真实直播按真实时间进行")
  elseif args.port and not args.desk then
    return usage("--port belongs to --desk", "--port 只用于 --desk")
  end
  local opened = {}
  local err = finally(function()
    for _, one in ipairs(opened) do
      one.shop:close()
    end
  end, run, opened, args, interrupted)
  return not err or nil, err
end

return M
