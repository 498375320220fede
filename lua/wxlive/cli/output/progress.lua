--- Progress of a long job: a bar on a terminal, now and then a plain line elsewhere.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local grid = require "wxlive.cli.output.grid"
local pick = require("wxlive.text.language").pick
local textwidth = require "wxlive.text"

local M = {}

---@class wxlive.Progress
local Progress = {}
Progress.__index = Progress
Progress.__name = "wxlive.Progress"

local BAR, LABEL = 24, 22
local REDRAW, PLAIN_EVERY = 0.1, 10

local function duration(seconds)
  seconds = math.floor(seconds + 0.5)
  if seconds < 3600 then
    return ("%d:%02d"):format(math.floor(seconds / 60), seconds % 60)
  end
  return ("%d:%02d:%02d"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60,
    seconds % 60)
end

local function numbers(self, now)
  local spent = now - self.started
  local rate = spent > 0 and self.done / spent or 0
  local parts = { ("%d/%d"):format(self.done, self.total) }
  if rate > 0 and spent >= 1 then
    parts[#parts + 1] = compat.number_text(rate, 1) .. pick("/s", "/秒")
    if self.done < self.total then
      parts[#parts + 1] = pick("%s left", "剩余 %s")
        :format(duration((self.total - self.done) / rate))
    end
  end
  if self.errors > 0 then
    parts[#parts + 1] = pick("%d failed", "%d 失败"):format(self.errors)
  end
  return table.concat(parts, "  ")
end

function Progress:draw(now)
  if self.terminal then
    local full = self.total > 0 and math.floor(BAR * self.done / self.total) or BAR
    local text = textwidth.fit(self.label, LABEL) .. " " .. ("━"):rep(full)
      .. ("┄"):rep(BAR - full) .. " " .. numbers(self, now)
    self.out:write("\r\27[K", grid.line(text, 2))
    self.shown = true
  else
    self.out:write(self.label, pick(": ", "："), numbers(self, now), "\n")
  end
  self.out:flush()
  self.drawn = now
end

--- Counts n more items as done, `failed` of them without success.
---@param n integer?
---@param failed integer?
function Progress:step(n, failed)
  self.done, self.errors = self.done + (n or 1), self.errors + (failed or 0)
  local now = self.clock()
  if self.done >= self.total or now - self.drawn >= (self.terminal and REDRAW or PLAIN_EVERY) then
    self:draw(now)
  end
end

--- Removes the bar from the terminal, so that a message can be printed; the next step draws it
--- again.
function Progress:clear()
  if self.shown then
    self.out:write("\r\27[K")
    self.out:flush()
    self.shown = false
  end
end

--- Ends the progress; the last state stays on the terminal.
function Progress:finish()
  if self.terminal then
    self:draw(self.clock())
    self.out:write("\n")
    self.out:flush()
    self.shown = false
  elseif self.done < self.total then
    self:draw(self.clock())
  end
end

--- The bar of a command's job; one for all, where several accounts have the same job.
---@param args { sink: wxlive.cli.Merge? }
---@param label string
---@param total integer
---@return { step: function, clear: function, finish: function }
function M.of(args, label, total)
  if args.sink then
    return args.sink:progress(label, total)
  end
  return M.new { label = label, total = total }
end

--- Starts to show a job.
---@param o { label: string, total: integer, out: file*?, terminal: boolean?,
---  clock: (fun(): number)? }   out: standard error; terminal: whether out is one
---@return wxlive.Progress
function M.new(o)
  local clock = o.clock or core.system.monotonic
  local terminal = o.terminal
  if terminal == nil then
    terminal = core.system.isatty(2) and os.getenv("TERM") ~= "dumb"
  end
  local self = setmetatable({
    label = o.label, total = o.total, out = o.out or io.stderr, terminal = terminal,
    clock = clock, started = clock(), drawn = clock(), done = 0, errors = 0,
  }, Progress)
  if terminal then
    self:draw(self.started)
  end
  return self
end

return M
