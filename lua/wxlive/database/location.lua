--- Where a database is: a file, or a PostgreSQL address. Anything else is refused: an unknown
--- address must never become the name of a file, in particular because it may hold a password.
local Error = require "wxlive.error"
local percent = require "wxlive.base.percent"

local M = {}

-- The words that libpq knows in "host=db.local dbname=shop".
local keywords = {}
for word in ("host hostaddr port dbname user password passfile service sslmode connect_timeout "
  .. "options application_name target_session_attrs sslrootcert sslcert sslkey sslcrl sslpassword "
  .. "channel_binding require_auth gssencmode krbsrvname requirepeer keepalives "
  .. "client_encoding fallback_application_name load_balance_hosts"):gmatch("%S+") do
  keywords[word] = true
end

local function refuse(noun, what)
  return Error.fail {
    kind = "usage", name = "bad_" .. noun, sent = false,
    message = ("the %s cannot be %s"):format(noun, what),
    hint = "give the path of a file (./NAME when it looks like an address), or "
      .. "postgresql://user@host/database",
    hint_zh = "请给出文件路径（形似地址的文件名请写作 ./文件名），或 postgresql://用户@主机/库",
  }
end

--- Reads a location.
---@param location any
---@param noun string?   what is there, for the message; "ledger" when left out
---@return "sqlite"|"postgresql"|nil dialect
---@return string|wxlive.Error what    the file's path, or the address as libpq takes it
function M.read(location, noun)
  noun = noun or "ledger"
  if type(location) ~= "string" or location == "" then
    return refuse(noun, "nowhere: its place is empty")
  end
  local scheme, rest = location:match("^(%a[%w+.-]*):(.*)$")
  local word = location:match("^%s*([%a_]+)%s*=")
  if scheme and (scheme:lower() == "postgres" or scheme:lower() == "postgresql")
    and rest:sub(1, 2) == "//" then
    return "postgresql", "postgresql:" .. rest
  elseif word and keywords[word] then
    return "postgresql", location
  elseif scheme then
    return refuse(noun, ("at an address that begins with %s:"):format(scheme))
  elseif word then
    return refuse(noun, ("at an address that begins with %s="):format(word))
  elseif location:find("^:") or location:find("://", 1, true) or location:find(":[^/]*@") then
    return refuse(noun, "at this address: it is not understood")
  elseif location:find("/$") or location:find("\0", 1, true) then
    return refuse(noun, "a folder: " .. location)
  end
  return "sqlite", location
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
