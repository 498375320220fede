--- The options of wxlive.callback.new, checked, with their defaults filled in.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local events = require "wxlive.callback.event"
local memory = require "wxlive.store.memory"
local own = require "wxlive.store.own"
local options_of = require "wxlive.base.options"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both = sentence.both

local where = "wxlive.callback.new"

local known = {
  token = "string", aes_key = "string", previous_aes_key = "string", appid = "string",
  mode = "string", format = "string", window = "number|boolean", store = "table|userdata|boolean",
  max_age = "number", now = "callable", max_bytes = "number",
}

local modes = { plain = true, compatible = true, encrypted = true }

-- Options whose values people copy from the console.
local pasted = { "token", "aes_key", "previous_aes_key", "appid" }

-- The options, without invisible characters at the ends of pasted values: a line end of Windows, a
-- byte order mark, blanks.
local function visible(options)
  local copy = tables.merged(options)
  for _, name in ipairs(pasted) do
    copy[name] = copy[name] and core.text.trim(copy[name])
  end
  return copy
end

local function value_problems(options)
  local problems, problem = options_of.problems()
  for _, name in ipairs(pasted) do
    local strange = options[name] and options_of.strange_in(options[name])
    if options[name] == "" then
      problem(name, both("is empty", "为空"))
    elseif strange then
      problem(name, strange)
    end
  end
  if options.token == nil then
    problem("token", both("is required: the Token of the console's push settings",
      "必填：后台“消息推送”的 Token"))
  end
  if options.mode ~= nil and not modes[options.mode] then
    problem("mode", both('must be "plain", "compatible" or "encrypted"',
      '只能是 "plain"、"compatible" 或 "encrypted"'))
  elseif options.mode ~= nil and options.mode ~= "plain" and not options.aes_key then
    problem("aes_key", both("is required in this mode: the EncodingAESKey of the push settings",
      "该模式下必填：后台“消息推送”的 EncodingAESKey"))
  end
  if options.previous_aes_key and not options.aes_key then
    problem("previous_aes_key", both("only makes sense together with aes_key", "须与 aes_key 一并设置"))
  end
  if options.aes_key ~= nil and options.appid == nil then
    problem("appid", both("is required with aes_key", "设置了 aes_key 时必填"))
  end
  if options.format ~= nil and options.format ~= "xml" and options.format ~= "json" then
    problem("format", both('must be "xml" or "json"', '只能是 "xml" 或 "json"'))
  end
  if options.window == true or type(options.window) == "number" and options.window <= 0 then
    problem("window", both("must be a number of seconds above 0, or false",
      "应为大于 0 的秒数，或 false"))
  end
  if options.max_age and options.max_age <= 0 then
    problem("max_age", both("must be a number of seconds above 0", "应为大于 0 的秒数"))
  end
  if options.store == true then
    problem("store", both("must be a store, or false", "应为存储对象，或 false"))
  end
  local most = options.max_bytes
  if most and (most < 1 or most > events.max_bytes) then
    problem("max_bytes", both("must be from 1 to %d", "应为 1 至 %d"):format(events.max_bytes))
  end
  return problems
end

--- Makes a table of settings out of the options; nil and an error that names every problem.
---@param options table
---@return table? settings  also `keys`, the core's object that verifies and opens
---@return wxlive.Error?
function M.read(options)
  local ok, err = options_of.check(where, options, known)
  if ok then
    options = visible(options)
    ok, err = options_of.report(where, value_problems(options))
  end
  if not ok then
    return nil, err
  end
  local mode = options.mode or (options.aes_key and "encrypted" or "plain")
  local sealed = mode ~= "plain" -- these modes need a key and an appid
  local keys, failure = core.message.new {
    token = options.token,
    aes_key = sealed and options.aes_key or nil,
    previous_aes_key = sealed and options.previous_aes_key or nil,
    appid = sealed and options.appid or nil,
  }
  if not keys then
    return Error.fail {
      kind = "invalid", name = "invalid_options",
      message = sentence.compose(where, both(": ", "："), reasons.of(failure.message)),
    }
  end
  local max_bytes = options.max_bytes or events.max_bytes
  local window, store, now = options.window, options.store, options.now or core.system.now
  if window == nil then
    window = 300
  end
  if store == nil then
    store = memory.new { clock = now }
  elseif store then
    store = own.hold(store)
  end
  return {
    keys = keys,
    mode = mode,
    token = options.token, -- for explain, which says where it sorts but never shows it
    appid = options.appid,
    window = window,
    max_age = options.max_age or 86400,
    store = store or nil,
    format = options.format or "json",
    now = now,
    max_bytes = max_bytes,
  }
end

return M
