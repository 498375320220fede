--- Reads where a Redis is, as settings name it:
--
--   redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]
--   redis+sentinel://[USER[:PASSWORD]@]HOST[:PORT],.../MASTER[/DATABASE]   sentinels of a master
--   redis+cluster://[USER[:PASSWORD]@]HOST[:PORT],...                      nodes of a cluster
--
-- With rediss in place of redis over TLS. Behind a question mark: ca_file, server_name, cert_file
-- and key_file of TLS, sentinel_username and sentinel_password, prefix, timeout. `%40` stands for @
-- in a name or password. Messages never hold the address: a password may be in it.
local percent = require "wxlive.base.percent"

local M = {}

local tls_names = { ca_file = true, server_name = true, cert_file = true, key_file = true }
local names = {
  sentinel_username = true, sentinel_password = true, prefix = true, timeout = true,
}

-- Reads the parameters behind the question mark. Returns the first unknown name.
local function read_query(options, query)
  for part in query:gmatch("[^&]+") do
    local name, value = part:match("^([%w_]+)=(.+)$")
    if name and names[name] then
      options[name] = percent.decode(value)
    elseif name and tls_names[name] and options.tls then
      options.tls[name] = percent.decode(value)
    else
      return false
    end
  end
  local timeout = options.timeout
  options.timeout = tonumber(timeout)
  return options.timeout ~= nil or timeout == nil
end

local function hosts_of(text)
  local list = {}
  for host in text:gmatch("[^,]+") do
    list[#list + 1] = host
  end
  return list
end

-- The last part of a path as the number of a database.
local function read_database(options, text)
  if text ~= "" then
    options.database = tonumber(text:match("^/(%d+)$"))
  end
  return text == "" or options.database ~= nil
end

-- For each kind of address: puts hosts and path into the options. Returns whether they are valid.
local kinds = {}

kinds[""] = function(options, hosts, path)
  local host, port = hosts:match("^%[([%x:.]+)%]:?(%d*)$")
  if not host then
    host, port = hosts:match("^([%w._-]+):?(%d*)$")
  end
  options.host, options.port = host, tonumber(port)
  return host ~= nil and read_database(options, path)
end

kinds["+sentinel"] = function(options, hosts, path)
  local master, rest = path:match("^/([^/]+)(.*)$")
  options.sentinels, options.master = hosts_of(hosts), master and percent.decode(master)
  return master ~= nil and read_database(options, rest)
end

kinds["+cluster"] = function(options, hosts, path)
  options.nodes = hosts_of(hosts)
  return path == "" or path == "/"
end

--- Reads an address.
---@param text string
---@return table? options   of wxlive.store.redis.new; nil: it is none
function M.read(text)
  local tls, kind, rest = text:match("^redis(s?)(%+?%a*)://(.+)$")
  if not tls or not kinds[kind] then
    return nil
  end
  local address, query = rest:match("^([^?]*)%??(.*)$")
  local user, place = address:match("^(.*)@([^@]*)$")
  local hosts, path = (place or address):match("^([^/]+)(.*)$")
  local options = { tls = tls == "s" and {} or nil }
  if user then
    local name, password = user:match("^([^:]*):?(.*)$")
    options.username = name ~= "" and percent.decode(name) or nil
    options.password = password ~= "" and percent.decode(password) or nil
  end
  if not hosts or not kinds[kind](options, hosts, path) or not read_query(options, query) then
    return nil
  end
  return options
end

return M
