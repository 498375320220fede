--- Hooks that print each event as one line, or as JSON.
--
--   local live = assert(broadcast.new { hooks = log.new { level = "info" }, ... })
--
--   2026-11-23T07:30:20.120Z INFO response endpoint=get_live_info attempt=1 status=200 ...
--   2026-11-23T07:30:20.120Z WARN response endpoint=goods_push ... error=room_not_found code=300022
--
-- Levels: debug (request, token fetch), info (response, token fetched or refused), warn (response
-- with an error, retry, certificate, token trouble, a late ticket, a consent withdrawn), error
-- (ambiguous, a ticket that was refused).
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local core = require "wxlive.core"
local json = require "wxlive.json"
local options = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both

local M = {}

local levels = { debug = 1, info = 2, warn = 3, error = 4 }

local known = { write = "callable|table|userdata", format = "string", level = "string",
  clock = "callable", account = "string" }

local token_levels = { fetch = "debug", fetch_failed = "warn", store_failed = "warn",
  takeover = "warn" }

local ticket_levels = { late = "warn", refused = "error" }
local consent_levels = { pending = "warn", withdrawn = "warn" }

local level_of = {
  request = function() return "debug" end,
  response = function(event) return event.error and "warn" or "info" end,
  retry = function() return "warn" end,
  ambiguous = function() return "error" end,
  certificate = function() return "warn" end,
  token = function(event) return token_levels[event.event] or "info" end,
  ticket = function(event) return ticket_levels[event.event] or "debug" end,
  consent = function(event) return consent_levels[event.event] or "info" end,
}
-- The highest level that an event can have: below it no listener is needed.
local highest = { request = "debug", response = "warn", retry = "warn", ambiguous = "error",
  certificate = "warn", token = "warn", ticket = "error", consent = "warn" }

-- The fields that are printed, in this order: { name in the event, name in the line }. All other
-- fields of an event are left out.
local fields = {
  { "who", "who" }, { "where", "where" }, { "text", "message" },
  { "event", "event" }, { "appid", "appid" }, { "endpoint", "endpoint" }, { "method", "method" },
  { "path", "path" }, { "attempt", "attempt" }, { "http_status", "status" }, { "bytes", "bytes" },
  { "reused", "reused" }, { "forced", "forced" }, { "expires_in", "expires_in" },
  { "seconds", "seconds" }, { "wait", "wait" }, { "step", "step" },
  { "number", "number" }, { "operation", "operation" }, { "reason", "reason" }, { "age", "age" },
  { "ends_in", "ends_in" },
}
local timings = { "dns", "connect", "tls", "first_byte", "total" }
local of_error = { "kind", "name", "code", "http_status", "rid", "sent", "ambiguous", "message" }

--- A message without tokens, secrets and queries of addresses. The messages of wxlive hold none;
--- those of a user's own transport might.
---@param text string
---@return string
function M.scrub(text)
  return (text:gsub("(https?://[^%s?]*)%?%S*", "%1"):gsub("([%w_]*token=)[^&%s]+", "%1***")
    :gsub("([%w_]*secret=)[^&%s]+", "%1***"))
end

local function timestamp(now)
  local whole = math.floor(now)
  return ("%s.%03dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", whole),
    math.floor((now - whole) * 1000))
end

local escapes = { ["\""] = "\\\"", ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

-- These are control characters for some terminals, too: U+0080 to U+009F in UTF-8.
local C1 = "\194[\128-\159]"

local function plain(value)
  if type(value) == "number" then
    return compat.number_text(value, value % 1 == 0 and 0 or 6)
  elseif type(value) ~= "string" then
    return tostring(value)
  elseif value ~= "" and not value:find("[%z\1-\32\127\"=\\]") and not value:find(C1) then
    return value
  end
  return '"' .. value:gsub("[%z\1-\31\127\"\\]", function(c)
    return escapes[c] or ("\\x%02x"):format(c:byte())
  end):gsub(C1, function(c)
    return ("\\u%04x"):format(c:byte(2))
  end) .. '"'
end

local function as_line(name, level, event, now, account)
  local parts = { timestamp(now), level:upper(), name }
  local function put(key, value)
    if value ~= nil then
      parts[#parts + 1] = key .. "=" .. plain(value)
    end
  end
  put("account", account)
  for _, field in ipairs(fields) do
    put(field[2], event[field[1]])
  end
  for _, key in ipairs(event.timing and timings or {}) do
    put(key, event.timing[key])
  end
  local err = event.error
  if err then
    put("error", err.name)
    put("code", err.code)
    put("rid", err.rid)
    put("message", err.message and M.scrub(err.message))
  end
  return table.concat(parts, " ")
end

local function as_json(name, level, event, now, account)
  local out = { time = timestamp(now), level = level, hook = name, account = account }
  for _, field in ipairs(fields) do
    out[field[2]] = event[field[1]]
  end
  out.message = out.message and M.scrub(out.message)
  if event.timing then
    out.timing = {}
    for _, key in ipairs(timings) do
      out.timing[key] = event.timing[key]
    end
  end
  if event.error then
    out.error = {}
    for _, key in ipairs(of_error) do
      local value = event.error[key]
      out.error[key] = type(value) == "string" and M.scrub(value) or value
    end
  end
  return json.encode(out)
end

--- One JSON line of a program's own, in the form of the log's: its hook is "message".
---@param level "debug"|"info"|"warn"|"error"
---@param message { text: string, who: string?, account: string?, where: string?,
---  error: wxlive.Error? }
---@return string
function M.message(level, message)
  return as_json("message", level, message, core.system.now(), message.account)
end

local formats = { line = as_line, json = as_json }

local function writer(target)
  if target == nil then
    target = io.stderr
  end
  if type(target) == "function" or (getmetatable(target) or {}).__call then
    return target
  end
  return function(line)
    target:write(line, "\n")
  end
end

--- Makes hooks that print.
---@param o { write: (fun(line: string))|file*?, format: "line"|"json"?,
---  level: "debug"|"info"|"warn"|"error"?, clock: (fun(): number)?, account: string? }?
---  write: a function, or what has a method write (io.stderr when left out); account: goes into
---  each line
---@return table? hooks
---@return wxlive.Error? err
function M.new(o)
  o = o == nil and {} or o
  local ok, err = options.check("wxlive.log.new", o, known)
  if not ok then
    return nil, err
  end
  local format, least = formats[o.format or "line"], levels[o.level or "info"]
  if not format or not least then
    return Error.fail {
      kind = "invalid", name = "invalid_options", field = format and "level" or "format",
      message = format
        and both("%s: level must be debug, info, warn or error",
          "%s：level 应为 debug、info、warn 或 error"):format("wxlive.log.new")
        or both('%s: format must be "line" or "json"', "%s：format 应为 line 或 json")
          :format("wxlive.log.new"),
    }
  end
  local write, clock = writer(o.write), o.clock or core.system.now
  local hooks = {}
  for name, level in pairs(level_of) do
    if levels[highest[name]] >= least then
      hooks[name] = function(event)
        local at = level(event)
        if levels[at] >= least then
          write(format(name, at, event, clock(), o.account))
        end
      end
    end
  end
  return hooks
end

return M
