--- What an error says about the work that was asked for: whether the platform may have done it,
--- whether a repeat makes sense, whom else it concerns, and when it passes. Pure.
--
-- Every errcode carries an outcome (see wxlive.errcodes); failures without an errcode get theirs
-- here. Policy, quotas, tokens, exit statuses and sheets ask this module and compare no errcode.
--
--   ok        not a failure: an empty list, say
--   unsent    the platform never saw the request
--   token     the access_token was refused, nothing was done
--   busy      refused for the moment, nothing was done
--   later     nothing was done; works after a while (minutes, or at the end of the period)
--   quota     the calls of a period are spent, nothing was done
--   refused   this request was refused, nothing was done
--   account   every request of this account is refused until a person acts
--   partial   a part was done; the answer says which
--   unknown   not known: the platform may have done it
local M = {}

-- The table of codes is large; it is loaded when the first error occurs.
local function about(code)
  return require("wxlive.errcodes").get(code)
end

---@alias wxlive.Outcome "ok"|"unsent"|"token"|"busy"|"later"|"quota"|"refused"|"account"
---  |"partial"|"unknown"

--- Every outcome.
M.names = {
  "ok", "unsent", "token", "busy", "later", "quota", "refused", "account", "partial", "unknown",
}

-- Transport failures before sending that another try cannot avoid.
local hopeless = {
  bad_argument = true, cancelled = true, io = true, unsupported = true, limit_exceeded = true,
}

local by_kind = { decode = "unknown", quota = "quota", token = "account" }

--- The outcome of an attempt, from its error.
---@param err wxlive.Error?
---@return wxlive.Outcome
function M.of(err)
  if not err then
    return "ok"
  elseif err.outcome then
    return err.outcome
  elseif err.code then
    return about(err.code).outcome
  elseif err.kind == "transport" then
    if err.sent == false then
      return hopeless[err.name] and "refused" or "unsent"
    end
    return "unknown"
  elseif err.kind == "http" then
    if err.http_status == 429 then
      return "busy"
    end
    return err.http_status >= 500 and "unknown" or "refused"
  end
  return by_kind[err.kind] or "refused"
end

--- The period after which a refusal ends, if the errcode names one.
---@param err wxlive.Error
---@return "minute"|"day"|"month"|nil
function M.resets(err)
  return err.code and about(err.code).resets
end

local wide = { account = "account", token = "account" }

--- What a failure concerns beside the request that met it: nothing ("row"), every request until
--- the end of a period, every request of the account, or every request that takes this way to the
--- platform ("route": network, proxy, store).
---@param err wxlive.Error
---@return "row"|"minute"|"day"|"month"|"account"|"route"
function M.scope(err)
  if err.kind == "invalid" or err.kind == "usage" then
    return "row"
  end
  local outcome = M.of(err)
  if err.code then
    return M.resets(err) or wide[outcome] or "row"
  end
  return wide[outcome] or outcome == "quota" and "day" or "route"
end

--- What an errcode says of the work of one endpoint, where it is more than a refusal.
---@param entry { empty: integer[]?, done: integer[]?, gone: integer? }   of the catalogue
---@param code integer
---@return "empty"|"done"|nil meaning   empty: there are no rows; done: the answer to a repeat of work
---  that was done before, also that the object is gone
function M.meaning(entry, code)
  if code == entry.gone then
    return "done"
  end
  for _, meaning in ipairs { "empty", "done" } do
    for _, one in ipairs(entry[meaning] or {}) do
      if one == code then
        return meaning
      end
    end
  end
end

local settled = { refused = true, account = true, quota = true, partial = true }

--- Whether a failure passes without a person and before the end of a quota's period.
---@param err wxlive.Error
---@return boolean
function M.passes(err)
  return not settled[M.of(err)]
end

return M
