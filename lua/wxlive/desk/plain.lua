--- Errors and calls as the desk's page may show them: fields chosen one by one, in both languages,
--- no token and no secret.
local catalogue = require "wxlive.catalogue"
local errcodes = require "wxlive.errcodes"
local language = require "wxlive.text.language"
local scrub = require("wxlive.log").scrub
local words = require "wxlive.rundown.words"

local M = {}

local token_calls = { get_access_token = true, get_stable_access_token = true }

--- An error as the page shows it.
---@param err wxlive.Error?
---@return table?
function M.error(err)
  if not err then
    return nil
  end
  local known = err.code and errcodes.get(err.code, token_calls[err.endpoint]) or {}
  local message = scrub(tostring(err.message or err.name))
  return {
    name = err.name, code = err.code, rid = err.rid, ambiguous = err.ambiguous or nil,
    en = message, zh = err.message_zh and scrub(err.message_zh) or known.zh or message,
    hint_en = err.hint, hint_zh = err.hint_zh or err.hint,
  }
end

--- What a cue acts on: its label without the action, which the page says in its reader's language.
---@param label string?
---@param action string?
---@return string?
function M.target(label, action)
  local known = words.actions[action]
  if not (label and known) then
    return label
  end
  local before = language.pick(known.words[1], known.zh) .. " "
  return label:sub(1, #before) == before and label:sub(#before + 1) or nil
end

--- A call as a row of the log, out of the event of the hook `response`.
---@param event table
---@param now number
---@return table
function M.call(event, now)
  local name, err = event.endpoint, event.error
  local entry = catalogue.by_name[name] or catalogue.component.by_name[name] or {}
  return {
    time = now, endpoint = name, method = entry.method, path = entry.path,
    attempt = event.attempt, status = event.http_status,
    errcode = err and err.code or not err and 0 or nil, failed = err ~= nil,
    explained = M.error(err),
    ms = event.seconds and math.floor(event.seconds * 1e4 + 0.5) / 10,
  }
end

return M
