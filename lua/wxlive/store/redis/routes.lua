--- Which node a command goes to: nodes of a cluster (or one server alone), or the master that
--- sentinels name. A route is asked for a node at the start of a command, told when that node
--- failed or refused, and asked again.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local sentence = require "wxlive.text.sentence"

local both = sentence.both

local M = {}

---@class wxlive.redis.Node
---@field host string
---@field port integer
---@field name string    "host:port", for messages and for keeping connections apart

-- How many redirections are remembered. A forgotten key costs one more redirection.
local KEYS_MAX, NODES_MAX = 10000, 100

--- A node.
---@param host string
---@param port integer
---@return wxlive.redis.Node
function M.node(host, port)
  return { host = host, port = port, name = ("%s:%d"):format(host, port) }
end

--- Reads "host", "host:port", "[v6]:port" or a bare IPv6 address.
---@param text any
---@param default_port integer
---@return wxlive.redis.Node? node   nil: it is none of these
function M.parse(text, default_port)
  text = type(text) == "string" and text or ""
  local host, port = text:match("^%[([%x:.]+)%]:?(%d*)$")
  if not host and text:find(":.*:") then
    host, port = text:match("^([%x:.]+)$"), ""
  elseif not host then
    host, port = text:match("^([%w._-]+):?(%d*)$")
  end
  port = port == "" and default_port or tonumber(port)
  if not host or not port or port < 1 or port > 65535 then
    return nil
  end
  return M.node(host, port)
end

---@class wxlive.redis.Route
---@field node fun(self, key: string, deadline: number): wxlive.redis.Node?, wxlive.Error?
---@field failed fun(self, key: string, node: wxlive.redis.Node)
---@field moved fun(self, key: string, node: wxlive.redis.Node)

-- Nodes of a cluster. Where a key lives is learned from redirections.
local Nodes = {}
Nodes.__index = Nodes

function Nodes:node(key)
  return self.lives[key] or self.list[1]
end

-- This node is asked last from now on.
function Nodes:failed(key, node)
  self.lives[key] = nil
  for i, one in ipairs(self.list) do
    if one.name == node.name then
      table.insert(self.list, table.remove(self.list, i))
      return
    end
  end
end

function Nodes:moved(key, node)
  if self.count == KEYS_MAX then
    self.lives, self.count = {}, 0
  end
  self.count = self.count + (self.lives[key] and 0 or 1)
  self.lives[key] = node
  if not self.known[node.name] and #self.list < NODES_MAX then
    self.known[node.name] = true
    self.list[#self.list + 1] = node
  end
end

--- A route over nodes of a cluster; one node alone is a server without a cluster, too.
---@param list wxlive.redis.Node[]   at least one
---@return wxlive.redis.Route
function M.nodes(list)
  local self = { list = {}, known = {}, lives = {}, count = 0 }
  for i, node in ipairs(list) do
    self.list[i], self.known[node.name] = node, true
  end
  return setmetatable(self, Nodes)
end

-- The master that sentinels name.
local Sentinels = {}
Sentinels.__index = Sentinels

-- Asks one sentinel after the other, each within its share of the time; the one that answers is
-- asked first from now on.
local function ask(self, deadline)
  local reasons = {}
  for i, sentinel in ipairs(self.list) do
    local now = core.system.monotonic()
    local reply, err = self.ask(sentinel, now + (deadline - now) / (#self.list - i + 1),
      "SENTINEL", "get-master-addr-by-name", self.master)
    if type(reply) == "table" and type(reply[1]) == "string" and tonumber(reply[2]) then
      table.remove(self.list, i)
      table.insert(self.list, 1, sentinel)
      return M.node(reply[1], tonumber(reply[2]))
    end
    reasons[i] = err and sentence.of(err)
      or both("redis: %s knows no master %s", "Redis：%s 没有名为 %s 的主节点")
        :format(sentinel.name, self.master)
  end
  return Error.fail {
    kind = "store", name = "no_master", sent = false,
    message = both("no sentinel names a master: %s", "没有哨兵给出主节点：%s")
      :format(sentence.join(reasons)),
    hint = "check sentinels and master (the name in sentinel.conf)",
    hint_zh = "请检查 sentinels 与 master（sentinel.conf 中的名称）",
  }
end

function Sentinels:node(_, deadline)
  local err
  if not self.found then
    self.found, err = ask(self, deadline)
  end
  return self.found, err
end

function Sentinels:failed()
  self.found = nil
end

-- A master that redirects belongs to a cluster: the client follows the redirection, and asks the
-- sentinels again for the next command.
Sentinels.moved = Sentinels.failed

--- A route by sentinels.
---@param list wxlive.redis.Node[]   the sentinels
---@param master string              the name that they watch it by
---@param how fun(sentinel: wxlive.redis.Node, deadline: number, ...: string): any, wxlive.Error?
---@return wxlive.redis.Route
function M.sentinels(list, master, how)
  return setmetatable({ list = list, master = master, ask = how }, Sentinels)
end

return M
