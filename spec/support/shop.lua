--- A sandbox with sheets beside it, and `wxlive` run over them as processes that can be killed.
local await = require "spec.support.await"
local broadcast = require "wxlive.broadcast"
local command = require "spec.support.command"
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"
local ledgers = require "wxlive.ledger"
local luassert = require "luassert"
local memory = require "wxlive.store.memory"
local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"
local tables = require "wxlive.base.tables"

local Shop = {}
Shop.__index = Shop

local M = {}

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

--- A sandbox, a folder with pictures, and an empty ledger in a file.
function M.open(options)
  local self = setmetatable({
    box = assert(sandbox.start(options or { audit_seconds = 0 })), home = command.directory(),
  }, Shop)
  os.execute("cp -r scripts/samples/images " .. self.home)
  self.location = self.home .. "/ledger.db"
  return self
end

function Shop:close()
  self.box:stop()
  command.remove(self.home)
end

function Shop:settings(more)
  local env = { XDG_CACHE_HOME = self.home, XDG_CONFIG_HOME = self.home,
    WXLIVE_LEDGER = self.location }
  for name, value in pairs(more or {}) do
    env[name] = value
  end
  return command.settings(self.box, env)
end

--- Writes a sheet; gives its path.
function Shop:sheet(name, lines)
  local path = self.home .. "/" .. name
  command.write(path, table.concat(lines, "\n") .. "\n")
  return path
end

--- Lines of a sheet of goods, number `first` to `last`.
function M.goods_lines(first, last, price)
  local lines = { "name,cover_img,price_type,price,url" }
  for n = first, last do
    lines[#lines + 1] = ("茶杯%d号,images/%s,1,%d.50,pages/goods/index?id=%d"):format(n,
      n % 2 == 0 and "cup.png" or "nuts.png", price or n, n)
  end
  return lines
end

--- Runs `wxlive ...` to its end.
function Shop:run(arguments, more)
  return command.lua("scripts/wxlive", arguments, { env = self:settings(more) })
end

--- Runs `wxlive ... --json`; gives the first line that it printed as a value, nil for none, and the
--- process.
---@param arguments string[]
---@param status integer?   that it must end with; 0 when left out
---@param more table?       settings
function Shop:asked(arguments, status, more)
  local words = { compat.unpack(arguments) }
  words[#words + 1] = "--json"
  local got = self:run(words, more)
  luassert.equal(status or 0, got.status, got.err .. got.out)
  local first = got.out:match("^[^\n]*%S[^\n]*")
  local value = first and json.decode(first)
  return value, got
end

--- A client of this sandbox that keeps its token to itself.
---@param more table?   further options
function Shop:client(more)
  return assert(broadcast.new(tables.merged({
    appid = self.box.appid, secret = self.box.secret, base_url = self.box.base_url,
    token_store = memory.new(),
  }, more)))
end

local Child = {}
Child.__index = Child

--- Starts `wxlive ...`, or another script, and leaves it running.
function Shop:start(arguments, more, program)
  local parts = { "exec env" }
  for name, value in pairs(self:settings(more)) do
    table.insert(parts, value and process.quote(name .. "=" .. value) or "-u " .. name)
  end
  table.sort(parts, function(a, b)
    local rank_a = a:find("^exec") and 0 or a:find("^%-u") and 1 or 2
    local rank_b = b:find("^exec") and 0 or b:find("^%-u") and 1 or 2
    return rank_a < rank_b
  end)
  parts[#parts + 1] = interpreter .. " " .. (program or "scripts/wxlive")
  for _, word in ipairs(arguments) do
    parts[#parts + 1] = process.quote(word)
  end
  local child = setmetatable({ out = os.tmpname(), err = os.tmpname(), ended = os.tmpname() },
    Child)
  os.remove(child.ended)
  local script = ("(%s) >%s 2>%s & pid=$!; echo $pid; exec >&-; wait $pid; echo $? >%s.new; "
    .. "mv %s.new %s"):format(table.concat(parts, " "), child.out, child.err, child.ended,
    child.ended, child.ended)
  local pipe = assert(io.popen("sh -c " .. process.quote("(" .. script .. ") &") .. " 2>/dev/null"))
  child.pid = assert(pipe:read("*l"))
  pipe:close()
  return child
end

--- Sends a signal: "KILL", "INT".
function Child:signal(name)
  os.execute(("kill -%s %s 2>/dev/null"):format(name, self.pid))
end

function Child:has_ended()
  return process.read(self.ended) ~= nil
end

--- Waits for its end.
function Child:finish()
  await(function() return self:has_ended() end)
  local result = {
    status = math.floor(tonumber(process.read(self.ended))), out = process.read(self.out),
    err = process.read(self.err),
  }
  for _, path in ipairs { self.ended, self.out, self.err } do
    os.remove(path)
  end
  return result
end

--- The ledger, as the commands see it.
function Shop:ledger()
  return assert(ledgers.open(self.location, {
    appid = self.box.appid .. "@" .. self.box.base_url,
  }))
end

--- What the platform holds.
function Shop:state()
  return assert(self.box:control("state"))
end

--- How many calls of a path the platform took, or of all.
function Shop:calls(path)
  local n = 0
  for _, entry in ipairs(self.box:control("log").entries) do
    if not path or entry.path == path then
      n = n + 1
    end
  end
  return n
end

return M
