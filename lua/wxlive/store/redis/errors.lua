--- What Redis and the connection to it say when they fail, as error objects with a hint. Pure.
local Error = require "wxlive.error"
local reasons = require "wxlive.text.reasons"
local both = require("wxlive.text.sentence").both

local M = {}

local about = {
  NOAUTH = { "give password (and username)", "请提供 password（以及 username）" },
  WRONGPASS = { "user or password are wrong: correct username and password",
    "请修正 username 与 password" },
  NOPERM = { "the ACL user needs +get +set +del +eval +incrby +pttl +pexpire on ~<prefix>*",
    "ACL 用户需要对 ~<prefix>* 具有 +get +set +del +eval +incrby +pttl +pexpire 权限" },
  LOADING = { "Redis is starting; try again shortly", "Redis 正在启动，稍后自动恢复" },
  READONLY = { "this is a replica: name the master, or sentinels",
    "当前为只读副本，请连接主节点或配置 sentinels" },
  OOM = { "Redis has reached its maxmemory: raise it, or remove other data",
    "Redis 内存已达上限，请调大 maxmemory 或清理其他数据" },
  MOVED = { "the nodes of the cluster send the client in a circle: look at CLUSTER NODES",
    "集群各节点互相重定向，请检查 CLUSTER NODES" },
  ASK = { "the cluster is moving this key; try again shortly",
    "集群正在迁移该 key，稍后自动恢复" },
  TRYAGAIN = { "the cluster is moving this key; try again shortly",
    "集群正在迁移该 key，稍后自动恢复" },
  CLUSTERDOWN = { "a part of the cluster has no master: look at CLUSTER INFO",
    "集群有槽位没有可用主节点，请检查 CLUSTER INFO" },
  MASTERDOWN = { "this replica has lost its master: name the master, or repair replication",
    "当前副本与主节点断开，请连接主节点或修复主从复制" },
  NOREPLICAS = { "too few replicas are connected (min-replicas-to-write): repair replication",
    "可用副本不足（min-replicas-to-write），请修复主从复制" },
  MISCONF = { "Redis cannot save to disk and refuses to write: look at its log and its disk",
    "Redis 无法写入磁盘，因此拒绝写操作，请检查其日志与磁盘" },
  BUSY = { "a script of another program blocks Redis: end it with SCRIPT KILL",
    "其他程序的脚本占用了 Redis，请用 SCRIPT KILL 结束它" },
  DENIED = { "Redis runs in protected mode: set a password, and bind it to this network",
    "Redis 处于保护模式，请设置密码并绑定到该网络" },
  WRONGTYPE = { "another program uses this key: choose another prefix",
    "该 key 被其他程序占用，请更换 prefix" },
}

-- Errors that Redis itself marks with ERR only.
local about_texts = {
  { "max number of clients", { "Redis has reached its maxclients: raise it, or close connections",
    "Redis 连接数已达上限（maxclients），请调大或减少连接" } },
  { "DB index", { "this database does not exist there: check database (a cluster has only 0)",
    "数据库编号不存在，请检查 database（集群只有 0）" } },
  { "without any password", { "this Redis has no password: leave password out",
    "该 Redis 未设置密码，请去掉 password" } },
  { "unknown command", { "it needs Redis 2.6.12 or newer, with EVAL, or what speaks its protocol",
    "需要支持 EVAL 的 Redis 2.6.12 或更高版本（或兼容服务）" } },
}

--- The word that names an error. In older versions the error of a command within EVAL follows the
--- word ERR.
---@param text string
---@return string
function M.word_of(text)
  local word = text:match("^%u+") or "ERR"
  local inner = word == "ERR" and text:match("%-(%u+) ")
  return about[inner] and inner or word
end

local function hint_for(word, text)
  if about[word] then
    return about[word]
  end
  for _, case in ipairs(about_texts) do
    if text:find(case[1], 1, true) then
      return case[2]
    end
  end
  return {}
end

local by_status = {
  connect_failed = { "is it running, and is the port open to this machine?",
    "请确认 Redis 已启动且端口可达", "无法连接 Redis（%s）" },
  tls_failed = { "check ca_file and server_name, and that the port speaks TLS",
    "请检查 ca_file、server_name 以及该端口是否启用 TLS", "与 Redis 的 TLS 握手失败（%s）" },
  timeout = { "look at Redis's load, or raise timeout",
    "请检查 Redis 负载，或调大 timeout", "Redis 超时（%s）" },
  resolve_failed = { "check the host name and the name service", "请检查主机名与 DNS 设置",
    "无法解析 Redis 的域名（%s）" },
  connection_lost = { "usually temporary; look at Redis's log and the network between",
    "多为临时故障；若持续出现，请检查 Redis 日志与网络", "与 Redis 的连接中断（%s）" },
}

--- The error object of a stream or codec that failed.
---@param node wxlive.redis.Node
---@param err { status: string, message: string }
---@param sent boolean   Redis may have the command
---@return wxlive.Error
function M.broken(node, err, sent)
  local hint = by_status[err.status] or {}
  return Error.new {
    kind = "store", name = err.status, sent = sent,
    message = both("redis: %s", hint[3] or "Redis：%s"):format(reasons.of(err.message)),
    hint = hint[1], hint_zh = hint[2], address = node.name,
  }
end

-- Old servers and proxies quote the arguments of a refused command, and one may be a password or a
-- token.
local function harmless(text, args)
  text = text:gsub(",? with args.*", "")
  for i = 2, #args do
    if #args[i] > 3 then
      local at, to = text:find(args[i], 1, true)
      while at do
        text = text:sub(1, at - 1) .. "..." .. text:sub(to + 1)
        at, to = text:find(args[i], at + 3, true)
      end
    end
  end
  return text
end

--- The error object of a reply that is an error.
---@param node wxlive.redis.Node
---@param text string     the reply
---@param args string[]   the command
---@return wxlive.Error
function M.refused(node, text, args)
  local word = M.word_of(text)
  local hint = hint_for(word, text)
  return Error.new {
    kind = "store", name = "redis_" .. word:lower(), sent = true, full = word == "OOM" or nil,
    message = both("redis %s: %s: %s", "Redis %s 拒绝 %s：%s")
      :format(node.name, args[1], harmless(text, args)),
    hint = hint[1], hint_zh = hint[2], address = node.name,
  }
end

return M
