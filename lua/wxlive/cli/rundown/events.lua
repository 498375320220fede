--- What happens in a running show, as lines for people or as JSON; and the status line below them.
local compat = require "wxlive.base.compat"
local grid = require "wxlive.cli.output.grid"
local keys = require "wxlive.cli.rundown.keys"
local pick = require("wxlive.text.language").pick
local report = require "wxlive.cli.output.report"
local sentence = require "wxlive.text.sentence"
local show = require "wxlive.cli.output.show"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local textwidth = require "wxlive.text"
local times = require "wxlive.rundown.times"

local M = {}

local words = {
  done = { "done", "完成" }, failed = { "FAILED", "失败" }, unknown = { "UNKNOWN", "未知" },
  late = { "too late", "过时" }, skipped = { "skipped", "跳过" }, missed = { "missed", "错过" },
}

--- A state of a cue in words.
---@param state string
---@return string
function M.word(state)
  local pair = words[state]
  return pair and pick(pair[1], pair[2]) or state
end

-- JSON --------------------------------------------------------------------------------------------

local function error_of(err)
  return err and { kind = err.kind, name = err.name, message = report.line(err),
    ambiguous = err.ambiguous } or nil
end

local function rows_of(rows)
  local list = tables.column(rows or {}, "line")
  return list[1] and list or nil
end

--- An event as JSON may hold it.
---@param event table
---@return table
function M.plain(event)
  local row = event.row
  return {
    event = event.name, at = event.at, room_id = event.room_id, state = event.state,
    line = row and row.line, action = row and row.action, label = event.label, n = event.n,
    goods_id = event.goods_id, due = event.due, lateness = event.lateness, by = event.by,
    by_hand = event.by_hand, seconds = event.seconds, shift = event.shift, zero = event.zero,
    resumed = event.resumed, supposed = event.supposed, planned = event.planned,
    end_time = event.end_time, live_status = event.live_status, note = event.note,
    added = rows_of(event.added), removed = rows_of(event.removed),
    changed = rows_of(event.changed), problems = event.problems, error = error_of(event.err),
  }
end

-- Lines -------------------------------------------------------------------------------------------

local lines = {}

function lines.begun(event)
  local text = event.resumed and pick("goes on; the show began at %s", "继续；开播时间 %s")
    or event.supposed and pick("the room was live already: the planned start %s is taken for zero "
      .. "(--zero names another)", "直播间已在直播：以计划开播时间 %s 为零点（可用 --zero 指定）")
    or pick("the room is live; zero is %s", "已开播；零点为 %s")
  return text:format(times.clock(event.zero))
end

function lines.held(event)
  return event.by == "room" and pick("the room is paused: held until it goes on",
    "直播间暂停：流程暂停") or pick("held", "流程已暂停")
end

function lines.released(event)
  return pick("goes on, %.0f s later than planned", "流程继续，顺延 %.0f 秒"):format(event.seconds)
end

function lines.shifted(event)
  return pick("the rest is shifted by %.0f s (%.0f s in all)", "其余动作移动 %.0f 秒（共 %.0f 秒）")
    :format(event.seconds, event.shift)
end

function lines.extended(event)
  return event.before and pick("the room's end is now %s", "直播间结束时间改为 %s")
    :format(times.clock(event.end_time)) or pick("still live after the planned end %s: goes on",
    "已过计划结束时间 %s 仍在直播：流程继续"):format(times.clock(event.end_time))
end

function lines.edited(event)
  local text = pick("the file has changed: %d rows new, %d gone, %d changed",
    "文件已更新：新增 %d 行，删除 %d 行，修改 %d 行"):format(#event.added, #event.removed, #event.changed)
  for _, problem in ipairs(event.problems or {}) do
    text = ("%s; %s %d: %s"):format(text, pick("line", "行"), problem.line, sentence.read(problem))
  end
  return text
end

function lines.edit_refused(event)
  local first = event.problems and event.problems[1]
  return pick("the file has changed and is wrong; the rows before stay: ",
    "文件已更新但有误，沿用之前的内容：") .. (first and ("%d: %s"):format(first.line, sentence.read(first))
    or report.line(event.err or "?"))
end

function lines.over(event)
  return pick("the room is over: %s", "直播间已结束：%s"):format(states.word(states.room,
    event.live_status))
end

function lines.poll_failed(event)
  return pick("the room's state could not be read: ", "未能读取直播间状态：") .. report.line(event.err)
end

function lines.look_failed(event)
  return pick("beside the cues: ", "附带操作失败：") .. report.line(event.err)
end

function lines.ledger_failed(event)
  return pick("the ledger could not be written; a restart may repeat this cue: ",
    "台账写入失败，重启后可能重复该动作：") .. report.line(event.err)
end

function lines.cue(event)
  local details = {}
  if event.row.line > 0 then
    details[1] = pick("line %d", "第 %d 行"):format(event.row.line)
  end
  if event.by_hand then
    details[#details + 1] = pick("by hand", "手动")
  end
  if event.lateness and event.lateness >= 1 then
    details[#details + 1] = pick("%.0f s late", "迟 %.0f 秒"):format(event.lateness)
  end
  local where = details[1] and pick(" (%s)", "（%s）"):format(table.concat(details,
    pick(", ", "，"))) or ""
  local note = event.note and event.row.action ~= "note" and " - " .. event.note or ""
  local why = event.err and event.state ~= "done" and pick(": ", "：") .. report.line(event.err)
  return ("%s  %s%s%s%s"):format(M.word(event.state), event.label, where, note, why or "")
end

--- An event as a line; nil for an event that is not shown.
---@param event table
---@param zero number?
---@return string?
function M.line(event, zero)
  if not lines[event.name] then
    return nil
  end
  local from = zero and times.text(event.at - zero) or ""
  return textwidth.plain(("%s %s  %s"):format(times.clock(event.at), from,
    lines[event.name](event)))
end

-- The screen --------------------------------------------------------------------------------------

---@class wxlive.cli.rundown.Screen
local Screen = {}
Screen.__index = Screen

--- A printer of events. status: it draws a line below them that shows the next cues.
---@param args table
---@param options { several: boolean?, status: boolean? }
---@return wxlive.cli.rundown.Screen
function M.screen(args, options)
  return setmetatable({
    json = show.wants_json(args), several = options.several, status = options.status,
    told = {}, late = {},
  }, Screen)
end

function Screen:clear()
  if self.drawn then
    io.stdout:write("\r\27[K")
    self.drawn = false
  end
end

function Screen:print(text, show_of)
  self:clear()
  local room = self.several and ("[%s] "):format(show_of.room.name
    or compat.integer_text(show_of.room_id)) or ""
  io.stdout:write(textwidth.plain(room), text, "\n")
  io.stdout:flush()
end

-- Cues of a row that repeats and came too late are one line, however many they are.
function Screen:tell_late(show_of)
  local late = self.late[show_of]
  self.late[show_of] = nil
  if late and late.count == 1 then
    self:print(late.line, show_of)
  elseif late then
    self:print(pick("%d cues of line %d came too late: %s to %s", "%d 次过时（第 %d 行）：%s 至 %s")
      :format(late.count, late.row.line, times.clock(late.first), times.clock(late.last)), show_of)
  end
end

-- Holds back the late cues of a row that repeats, to print them as one line. False for any other
-- event.
function Screen:holds_back(event, line, show_of)
  local late = self.late[show_of]
  if event.name ~= "cue" or event.state ~= "late" or not event.row.every then
    self:tell_late(show_of)
    return false
  elseif late and late.row ~= event.row then
    self:tell_late(show_of)
    late = nil
  end
  late = late or { row = event.row, count = 0, first = event.due, line = line }
  late.count, late.last = late.count + 1, event.due
  self.late[show_of] = late
  return true
end

--- Prints an event.
---@param event table
---@param show_of wxlive.rundown.Show
---@param account string?   its name, where one was named
function Screen:event(event, show_of, account)
  if self.json then
    local plain = M.plain(event)
    plain.account = account
    show.json(plain)
    io.stdout:flush()
    return
  end
  local line = M.line(event, show_of.zero)
  if event.name == "waiting" and not self.told[event.room_id] then
    self.told[event.room_id] = true
    line = textwidth.plain(("%s  %s"):format(times.clock(event.at),
      pick("waits for the room to be live, planned for %s", "等待开播，计划时间 %s")
        :format(times.clock(event.planned))))
  end
  if line and not self:holds_back(event, line, show_of) then
    self:print(line, show_of)
  end
end

local function coming_text(state, now)
  local next_one = state.coming[1]
  if state.held then
    return pick("HELD", "已暂停") .. (next_one and " | " .. next_one.label or "")
  elseif not next_one then
    return pick("nothing is left", "没有待执行的动作")
  end
  local left = math.max(0, next_one.due - now)
  return pick("in %d:%02d  %s (line %d)", "%d:%02d 后  %s（第 %d 行）"):format(
    math.floor(left / 60), math.floor(left) % 60, next_one.label, next_one.line)
end

--- Asks the terminal to mark what is pasted, so that it is not taken for keys; and no longer.
---@param on boolean
function Screen:mark_pastes(on)
  if self.status and not self.json then
    io.stdout:write(on and keys.PASTES or keys.NO_PASTES)
    io.stdout:flush()
  end
end

--- Draws the status line.
---@param one wxlive.rundown.Show
---@param typed string   what a person has typed of a number
function Screen:draw(one, typed)
  if not self.status or self.json or not one.agenda then
    return
  end
  local now = one.clock.now()
  local text = ("%s%s %s | %s | %s"):format(self.several and (one.room.name or "") .. " " or "",
    times.clock(now), times.text(now - one.zero), coming_text(one:state(1), now),
    typed ~= "" and pick("shift by %s, Enter", "移动 %s 秒，回车确认"):format(typed)
      or pick("n next s skip h hold +/- shift 0-9 card q quit",
        "n 下一个 s 跳过 h 暂停 +/- 移动 0-9 卡片 q 退出"))
  io.stdout:write("\r\27[K", grid.line(textwidth.plain(text)))
  io.stdout:flush()
  self.drawn = true
end

--- How late the cues were that were done, as lines of text.
---@param list { state: string, begun_at: number, due: number, n: integer, key: string }[]
---@return string
function M.histogram(list)
  local bounds = { 0.1, 0.5, 1, 2, 5, 15, 60, math.huge }
  local counts, most = {}, 1
  for i = 1, #bounds do
    counts[i] = 0
  end
  for _, cue in ipairs(list) do
    if cue.state == "done" then
      for i, bound in ipairs(bounds) do
        if cue.begun_at - cue.due < bound then
          counts[i] = counts[i] + 1
          most = math.max(most, counts[i])
          break
        end
      end
    end
  end
  local out = {}
  for i, count in ipairs(counts) do
    local label = bounds[i] == math.huge and pick("60 s and more", "60 秒以上")
      or pick("less than %g s", "不足 %g 秒"):format(bounds[i])
    out[i] = ("%-16s %6d %s"):format(label, count, ("█"):rep(math.ceil(count / most * 40)))
  end
  return table.concat(out, "\n"):gsub("%s+\n", "\n"):gsub("%s+$", "") .. "\n"
end

return M
