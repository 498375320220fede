--- Where a database is: a file, or a PostgreSQL address. Anything else is refused: an unknown
--- address must never become the name of a file, in particular because it may hold a password.
local Error = require "wxlive.error"
local percent = require "wxlive.base.percent"
local both = require("wxlive.text.sentence").both

local M = {}

-- The words that libpq knows in "host=db.local dbname=shop".
local keywords = {}
for word in ("host hostaddr port dbname user password passfile service sslmode connect_timeout "
  .. "options application_name target_session_attrs sslrootcert sslcert sslkey sslcrl sslpassword "
  .. "channel_binding require_auth gssencmode krbsrvname requirepeer keepalives "
  .. "client_encoding fallback_application_name load_balance_hosts"):gmatch("%S+") do
  keywords[word] = true
end

local function refuse(words, what)
  return Error.fail {
    kind = "usage", name = "bad_" .. words.noun, sent = false,
    message = both("the %s cannot be %s", "%s不可用：%s"):format(both(words.noun, words.noun_zh), what),
    hint = "give the path of a file (./NAME when it looks like an address), or "
      .. "postgresql://user@host/database",
    hint_zh = "请给出文件路径（形似地址的文件名请写作 ./文件名），或 postgresql://用户@主机/库",
  }
end

--- Reads a location.
---@param location any
---@param words wxlive.database.Words   what is there, for the message
---@return "sqlite"|"postgresql"|nil dialect
---@return string|wxlive.Error what    the file's path, or the address as libpq takes it
function M.read(location, words)
  if type(location) ~= "string" or location == "" then
    return refuse(words, both("nowhere: its place is empty", "位置为空"))
  end
  local scheme, rest = location:match("^(%a[%w+.-]*):(.*)$")
  local word = location:match("^%s*([%a_]+)%s*=")
  if scheme and (scheme:lower() == "postgres" or scheme:lower() == "postgresql")
    and rest:sub(1, 2) == "//" then
    return "postgresql", "postgresql:" .. rest
  elseif word and keywords[word] then
    return "postgresql", location
  elseif scheme then
    return refuse(words, both("at an address that begins with %s:",
      "不支持以 %s: 开头的地址"):format(scheme))
  elseif word then
    return refuse(words, both("at an address that begins with %s=",
      "不支持以 %s= 开头的地址"):format(word))
  elseif location:find("^:") or location:find("://", 1, true) or location:find(":[^/]*@") then
    return refuse(words, both("at this address: it is not understood",
      "地址无法识别"))
  elseif location:find("/$") or location:find("\0", 1, true) then
    return refuse(words, both("a folder: %s", "不能是目录：%s"):format(location))
  end
  return "sqlite", location
end

-- Seconds and milliseconds for libpq. Without them it waits for hours for a server that vanished
-- without a word, as with its machine or its network, and the process with it.
local limits = { "connect_timeout=5", "tcp_user_timeout=10000", "keepalives_idle=10",
  "keepalives_interval=5", "keepalives_count=2" }

--- An address of PostgreSQL with limits for a silent server, but for those that it sets itself.
---@param address string
---@return string
function M.limited(address)
  local is_url = address:find("^postgresql:") ~= nil
  for _, limit in ipairs(limits) do
    if not address:find(limit:match("^[%w_]+="), 1, true) then
      -- What stands before the host may hold a question mark.
      local has_query = address:gsub("^%w+://[^@/]*@", ""):find("?", 1, true)
      address = address .. (not is_url and " " or has_query and "&" or "?") .. limit
    end
  end
  return address
end

-- The password of an address, as it is written there and decoded.
local function password_of(address)
  local written = address:match("^%w+://[^/@]*:([^/@]*)@")
    or address:match("password%s*=%s*'([^']*)'") or address:match("password%s*=%s*([^%s&]*)")
  if not written or written == "" then
    return nil
  end
  return written, percent.decode(written)
end

local function replaced(text, part)
  local first, last = text:find(part, 1, true)
  if not first then
    return text
  end
  return text:sub(1, first - 1) .. "***" .. replaced(text:sub(last + 1), part)
end

--- A text without the password of an address.
---@param text string
---@param address string
---@return string
function M.without_password(text, address)
  local written, meant = password_of(address)
  if written then
    text = replaced(replaced(text, written), meant)
  end
  return text
end

return M
