--- A run over the rows of a sheet: its steps, its messages, and the table at the end.
--
-- A failure of one row is reported in one line, and the other rows go on. A failure that concerns
-- every row (account, network, quota) stops the run, and later steps do nothing.
local audits = require "wxlive.workflow.audits"
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local pick = require("wxlive.text.language").pick
local outcomes = require "wxlive.errcodes.outcome"
local pictures = require "wxlive.shop.pictures"
local progress = require "wxlive.cli.output.progress"
local report = require "wxlive.cli.output.report"
local both = require("wxlive.text.sentence").both
local show = require "wxlive.cli.output.show"
local states = require "wxlive.catalogue.states"
local status = require "wxlive.cli.exit_status"
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.workflow.Job
---@field name string              of the script, for its messages
---@field path string              of the sheet
---@field rows table[]             see wxlive.sheet.reader; steps add row.state and row.err
---@field live wxlive.Broadcast    or a rehearsing one
---@field options table            of the command line
---@field rehearsal boolean        nothing is sent
---@field interrupted nil|fun(): boolean   whether the run is to end
---@field keeper table?            where ids are written, see wxlive.workflow.keeper
---@field stopped wxlive.Error?    what ended the run early
local Job = {}
Job.__index = Job
Job.__name = "wxlive.workflow.Job"

--- A run.
---@param fields table   name, path, rows, options, rehearsal; live is set later
---@return wxlive.workflow.Job
function M.new(fields)
  return setmetatable(fields, Job)
end

-- Ends the run: later steps do nothing.
local function stop(self, err)
  self.stopped = err
  self:fail(nil, err)
end

-- Ctrl-C ends the run between two calls: an id that a call gives must not be lost.
local function obey(self)
  if self.interrupted and self.interrupted() and not self.stopped then
    stop(self, Error.new {
      kind = "interrupted", name = "interrupted", sent = false,
      message = both("stopped; the call that was under way was finished", "已停止；进行中的调用已完成"),
    })
  end
end

-- The rows that have not failed; nil when nothing is to be done any more.
local function pending(self, rows)
  obey(self)
  local todo = tables.only(rows, function(row) return not row.err end)
  return not self.stopped and todo[1] and todo or nil
end

--- The values of one field.
---@param rows table[]
---@param name string
---@return any[]
function Job.ids(rows, name)
  return tables.column(rows, name)
end

-- Telling -----------------------------------------------------------------------------------------

function Job:where(row)
  return row and ("%s:%d"):format(self.path, row.line) or nil
end

--- One line on standard output, beside whatever progress is being drawn.
---@param text string
function Job:say(text)
  if self.bar then
    self.bar:clear()
  end
  io.stdout:write(text, "\n")
  io.stdout:flush()
end

--- One line about what failed, with the row's place in the sheet.
---@param row table?
---@param err wxlive.Error
---@param state string?   what the table says of the row
function Job:fail(row, err, state)
  if self.bar then
    self.bar:clear()
  end
  if not self.worst or err.ambiguous then
    self.worst = err
  end
  if row then
    row.err = err
    row.state = state or err.ambiguous and pick("unknown", "未知") or pick("failed", "失败")
  end
  report.print(self.name, err, self:where(row))
end

-- A bar is drawn while `work` runs.
function Job:with_bar(label, total, work)
  if self.rehearsal then
    return work(function() end)
  end
  local bar = progress.new { label = label, total = total }
  self.bar = bar
  work(function() bar:step(1) end)
  -- A stopped run ends with the error that stopped it; its progress bar is removed.
  if self.stopped then
    bar:clear()
  else
    bar:finish()
  end
  self.bar = nil
end

-- Steps -------------------------------------------------------------------------------------------

--- Does something to each row that has not failed, one after the other.
---@param label string
---@param rows table[]
---@param work fun(row): any, wxlive.Error?
function Job:each(label, rows, work)
  local todo = pending(self, rows)
  if not todo then
    return
  end
  self:with_bar(label, #todo, function(step)
    for _, row in ipairs(todo) do
      self.row = row
      local ok, err = work(row)
      if not ok then
        self:fail(row, err)
        if outcomes.scope(err) ~= "row" then
          self.stopped = err
          break
        end
      end
      step()
      obey(self)
      if self.stopped then
        break
      end
    end
  end)
  self.row = nil
end

--- Does one thing that concerns all rows that have not failed: they go on or fail together.
---@param rows table[]
---@param work fun(rows): any, wxlive.Error?
function Job:together(rows, work)
  local todo = pending(self, rows)
  if not todo then
    return
  end
  local ok, err = work(todo)
  if ok then
    return
  end
  self:fail(nil, err)
  for _, row in ipairs(todo) do
    row.err = err
  end
  if outcomes.scope(err) ~= "row" then
    self.stopped = err
  end
end

--- Uploads the rows' pictures, each content once, and puts media ids where the paths were.
---@param rows table[]
function Job:upload(rows)
  local uploader = pictures.new(self.live)
  self:each(pick("uploading pictures", "上传图片"), rows, function(row)
    for _, picture in ipairs(row.images) do
      local media_id, err = uploader:upload(picture.path)
      if not media_id then
        return nil, err
      end
      row.params[picture.field] = media_id
    end
    return true
  end)
end

function Job:not_approved(row)
  local waiting = row.audit_status == states.UNDER_AUDIT
  self:fail(row, Error.new {
    kind = "usage", name = waiting and "goods_under_audit" or "goods_not_approved",
    message = both("goods %s: %s", "商品 %s：%s"):format(tostring(row.goods_id),
      states.words(states.audit, row.audit_status)),
    hint = waiting
      and "they are in the library: once approved use add_goods and goods_sale, do not import again"
      or "change them with goods_update, then submit them again with goods_audit",
    hint_zh = waiting and "商品已入库，过审后请用 add_goods、goods_sale 上架，切勿重复导入"
      or "请用 goods_update 修改，再用 goods_audit 重新提审",
  }, states.word(states.audit, row.audit_status))
end

--- Waits until goods are judged. Those rejected, or still under audit when the time is up, count as
--- failed.
---@param rows table[]    with goods_id
function Job:wait_for_audit(rows)
  local todo = pending(self, rows)
  if not todo then
    return
  elseif self.rehearsal then
    return self:say(pick("wait until the goods are approved", "等待商品审核通过"))
  end
  local ok, err
  self:with_bar(pick("waiting for audit", "等待审核"), #todo, function(step)
    ok, err = audits.wait(self.live, todo, {
      seconds = self.options.wait, sleep = core.system.sleep, monotonic = core.system.monotonic,
      judged = step, interrupted = self.interrupted,
    })
  end)
  obey(self)
  if not ok and not self.stopped then
    stop(self, err)
  end
  if self.stopped then
    return
  end
  for _, row in ipairs(todo) do
    if row.audit_status == states.APPROVED then
      row.state = states.word(states.audit, states.APPROVED)
    else
      self:not_approved(row)
    end
  end
end

-- The room, unless nothing can be put into it any more.
local function open_room(room)
  if room and states.over[room.live_status] then
    return Error.fail {
      kind = "usage", name = "room_over", sent = false,
      message = both("room %s takes no goods any more: %s", "直播间 %s 不能再放入商品：%s")
        :format(compat.integer_text(room.room_id), states.words(states.room, room.live_status)),
      hint = "name a room that is live or still to come", hint_zh = "请指定直播中或未开播的直播间",
    }
  end
  return room
end

--- The id of the room that --room or --room-name names; nil when there is none. A room that
--- does not exist, or is over, ends the run before it has begun.
---@return integer? room_id
function Job:find_room()
  local id, name = self.options.room, self.options.room_name
  if self.rehearsal or not (id or name) then
    return id or name and ("<room_id of %s>"):format(name)
  end
  local room, err
  if id then
    room, err = self.live:find_room(id)
  else
    room, err = self:room_by_name(name)
  end
  if room then
    room, err = open_room(room)
  end
  if not room then
    stop(self, err)
  end
  return room and room.room_id
end

function Job:room_by_name(name)
  local rooms, err = self.live:rooms():all()
  if err then
    return nil, err
  end
  local found = tables.only(rooms, function(room) return room.name == name end)
  -- A show of every week has one name: its rooms that are over do not count.
  local open = tables.only(found, function(room) return not states.over[room.live_status] end)
  found = open[1] and open or found
  if #found == 1 then
    return found[1]
  end
  return Error.fail {
    kind = "usage", name = #found == 0 and "room_not_found" or "several_rooms",
    message = #found == 0 and both("no room is called %s", "没有名为 %s 的直播间"):format(name)
      or both("%d rooms are called %s: %s", "有 %d 个直播间名为 %s：%s")
        :format(#found, name, table.concat(tables.map(found, function(room)
          return tostring(room.room_id)
        end), ", ")),
    hint = "say which with --room ID; wxlive get_live_info lists them",
    hint_zh = "请用 --room ID 指定；wxlive get_live_info 可列出直播间",
  }
end

--- Writes a row's ids into the --out file at once: no later call returns them.
---@param row table
---@return true? ok
---@return wxlive.Error? err
function Job:keep(row)
  if self.rehearsal then
    return true
  end
  -- The ids are kept before they are printed: if the reader of the output has gone, printing ends
  -- this process.
  local ok, err = true, nil
  if self.keeper then
    ok, err = self.keeper:write(row)
  end
  if not ok then
    return nil, err
  end
  self:say(("%s  goods_id %s  audit_id %s  %s"):format(self:where(row), tostring(row.goods_id),
    tostring(row.audit_id or "-"), row.params.name))
  return true
end

--- Prints the rows as a table; values come from the row, or from what was sent.
---@param rows table[]
---@param columns string[]
function Job:table(rows, columns)
  local begun = false
  local out = {}
  for i, row in ipairs(rows) do
    begun = begun or row.state ~= nil
    local cells = {}
    for _, name in ipairs(columns) do
      cells[name] = row[name] == nil and row.params[name] or row[name]
    end
    cells.state = row.state or pick("not tried", "未处理")
    out[i] = cells
  end
  if begun and not self.rehearsal then
    show.table(out, columns)
  end
end

--- The exit status of the whole run.
---@return integer
function Job:status()
  local err = self.stopped or self.worst
  if not err then
    return status.ok
  elseif self.worst.ambiguous then
    return status.ambiguous
  end
  local of = status.of(err)
  if of == status.quota or of == status.settings or of == status.interrupted then
    return of
  end
  for _, row in ipairs(self.rows) do
    -- only part was done: for example a room without its assistants, or goods that wait for their
    -- audit
    if row.state and not row.err or row.room_id or row.goods_id then
      return status.partial
    end
  end
  return status.failed
end

return M
