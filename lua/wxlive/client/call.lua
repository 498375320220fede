--- One call from request to result: token, attempts, waiting, deadline, hooks.
--
-- The only place that joins the pure parts (request, response, policy) with the three that do I/O:
-- the transport, the token manager and the look-up of a create whose outcome is unknown.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local knowns = require "wxlive.client.known"
local outcomes = require "wxlive.errcodes.outcome"
local policy = require "wxlive.client.policy"
local quota = require "wxlive.client.quota"
local recover = require "wxlive.client.recover"
local response = require "wxlive.client.response"

local M = {}

-- Lists whose rows a look-up must distinguish from the result of a create.
local noted = { room_id = true, goods_id = true }

-- Before the token in the query, by the kind of token that an endpoint takes. The platform takes
-- access_token for a component's token, too; this spelling is the older and the usual one.
local token_query = { token = "?access_token=", component = "?component_access_token=" }

-- The parameters of a signed call are all in its body.
local function url_of(client, entry, prepared, token, signed)
  local query = prepared.query
  local tail = not signed and query[1] and table.concat(query, "&")
  if not token then
    return client.base_url .. prepared.path .. (tail and "?" .. tail or "")
  elseif tail then
    return client.base_url .. prepared.path .. token_query[entry.auth] .. token .. "&" .. tail
  end
  return client.base_url .. prepared.path .. token_query[entry.auth] .. token
end

-- Hooks only watch: a failing hook must not change what a call does.
local function emit(client, name, event)
  local hook = client.hooks[name]
  if hook then
    pcall(hook, event)
  end
end
M.emit = emit

-- One exchange with the platform.
local function send(client, entry, prepared, token, seconds, attempt)
  local signer = client.signer
  local signed, wrong
  if signer and signer:wants(entry) then
    signed, wrong = signer:seal(entry, prepared)
    if not signed then
      return nil, wrong
    end
  end
  local request = {
    method = prepared.method,
    url = url_of(client, entry, prepared, token, signed),
    content_type = prepared.content_type,
    body = signed and signed.body or prepared.body,
    headers = signed and signed.headers,
    form = prepared.form,
    save_to = prepared.save_to,
    timeout = seconds,
    connect_timeout = client.connect_timeout,
    -- The transport must not repeat writes: after a repeat, a refusal could mean that the first try
    -- had worked.
    resend = entry.retry == "read",
  }
  if client.hooks.request then
    emit(client, "request", {
      endpoint = entry.name, method = request.method, path = prepared.path, attempt = attempt,
      bytes = request.body and #request.body or 0,
    })
  end
  local started = client.hooks.response and client.monotonic()
  local resp, err = client.transport:send(request)
  local result
  if resp then
    client.clock:hear(resp)
    local answer, renew = resp, nil
    if signed then
      answer, err, renew = signer:open(entry, signed.urlpath, resp)
    end
    if renew then
      emit(client, "certificate", { endpoint = entry.name, number = renew })
    end
    if answer then
      result, err = response.read(entry, answer)
    end
    if err and outcomes.resets(err) then
      client.clock:hear(resp, true)
    end
  end
  if client.hooks.response then
    emit(client, "response", {
      endpoint = entry.name, attempt = attempt, http_status = resp and resp.status,
      bytes = resp and (resp.size or #resp.body), timing = resp and resp.timing,
      reused = resp and resp.reused, seconds = client.monotonic() - started, error = err,
    })
  end
  return result, err, resp
end

-- As send, counted against the quotas where the client keeps them.
local function exchange(client, entry, ...)
  local quotas = client.quotas
  if not quotas then
    return send(client, entry, ...)
  end
  local ticket, refused = quotas:take(entry)
  if not ticket then
    return nil, refused
  end
  local result, err, resp = send(client, entry, ...)
  quotas:settle(entry, ticket, err)
  return result, err, resp
end

local function timed_out(entry, seconds)
  return Error.new {
    kind = "transport", name = "timeout", endpoint = entry.name, sent = false,
    message = ("the time allowed for the whole call (%s s) ran out"):format(compat.text(seconds)),
    hint = "raise timeout, or look at how long the platform takes with a response hook",
    hint_zh = "请调大 timeout，或用 response 钩子查看平台耗时",
  }
end

local function finish(err, entry, history, ambiguous)
  err.endpoint = err.endpoint or entry.name
  err.attempts = history.attempts
  if history.first and history.first ~= err then
    err.cause = err.cause or history.first
  end
  err.doubtful = history.doubtful or nil
  -- Regardless of the last error: an earlier try with an unknown outcome may have done the work.
  if ambiguous or (history.doubtful and entry.retry ~= "read" and entry.retry ~= "write") then
    err.ambiguous = true
    err.candidates = history.candidates
    err.hint = "the platform may have done it all the same: look before you repeat it"
    err.hint_zh = "平台可能已执行成功，请先查询确认，切勿直接重试"
  end
  return nil, err
end

-- Waits before the next try. False when the deadline would pass first.
local function pause(client, entry, err, history, deadline, step)
  local seconds = policy.delay(client.retry, history.attempts, err.retry_after, client.random())
  if client.monotonic() + seconds >= deadline then
    return false
  end
  emit(client, "retry", {
    endpoint = entry.name, attempt = history.attempts, wait = seconds, step = step, error = err,
  })
  if seconds > 0 then
    client.transport:sleep(seconds)
  end
  return true
end

local function doubt(client, entry, err, history)
  history.doubtful = true
  if entry.retry == "create" or entry.retry == "once" then
    emit(client, "ambiguous", { endpoint = entry.name, attempt = history.attempts, error = err })
  end
end

local function can_look(client, entry)
  return entry.lookup and client.lookup
end

-- Seconds that one attempt may take. A create leaves time for the look-up that a broken attempt
-- would need: without it, every time-out of a create would be ambiguous.
local function attempt_time(client, entry, left)
  if can_look(client, entry) then
    return left - math.min(client.lookup.settle + 2, left / 2)
  end
  return left
end

-- Whether a whole answer is malformed in the same way as the last one: the cause is in the data,
-- and would repeat. (Outage pages and truncated answers are different each time.)
local function is_unchanged(err, resp, history)
  local body = err and err.malformed and resp and resp.body
  if not body or not body:find("^[%s\239\187\191]*{.*}[%s%z]*$") then
    return false
  end
  local unchanged = history.body == body
  history.body = body
  return unchanged
end

local function run(client, entry, prepared, timeout, deadline, try)
  local history = { attempts = 0, doubtful = false, refreshed = false }
  local token
  while true do
    local err
    if entry.auth ~= "none" and not token then
      token, err = client.tokens:get(client.now() + timeout)
      if not token then
        return finish(err, entry, history)
      end
    end
    local left = deadline - client.monotonic()
    if left <= 0 then
      return finish(timed_out(entry, timeout), entry, history)
    end
    history.attempts = history.attempts + 1
    local result, resp
    result, err, resp = exchange(client, entry, prepared, token,
      attempt_time(client, entry, left), history.attempts)
    local outcome = outcomes.of(err)
    history.unchanged = is_unchanged(err, resp, history)
    local step = policy.next_step(entry, outcome, err, history)
    if outcome == "unknown" then
      doubt(client, entry, err, history)
    end
    history.first = history.first or err
    if step == "return" then
      if noted[entry.row_key] then
        knowns.of(client):listed(entry.row_key, result[entry.list])
      end
      return result, nil, resp
    elseif step == "done" then
      return {}, nil, resp
    elseif step == "fail" or step == "ambiguous" then
      return finish(err, entry, history, step == "ambiguous")
    elseif step == "refresh" then
      history.refreshed = true
      if client.known then
        client.known:forget()
      end
      local fresh, why = client.tokens:refused(token,
        client.now() + deadline - client.monotonic())
      if not fresh then
        return finish(why or err, entry, history)
      end
      token = fresh
    elseif step == "lookup" then
      local found, adopted
      if can_look(client, entry) then
        found, adopted = recover.look(client, entry, prepared, history, deadline, try, err)
      end
      if found == "adopt" then
        return adopted, nil, resp
      elseif found ~= "absent" then
        return finish(err, entry, history, true)
      end
      -- The look-up says absent: nothing was done, and this try no longer leaves a doubt.
      history.doubtful = false
      if history.attempts >= client.retry.attempts
        or not pause(client, entry, err, history, deadline, step) then
        return finish(err, entry, history)
      end
    elseif history.attempts >= client.retry.attempts
      or not pause(client, entry, err, history, deadline, step) then
      return finish(err, entry, history)
    end
  end
end

--- Runs a call to its end.
---@param client table             see wxlive.broadcast
---@param entry table              of the catalogue
---@param prepared wxlive.Prepared
---@param timeout number           seconds for the whole call, token and retries included
---@return table? result
---@return wxlive.Error? err
---@return table? resp             the transport's response
function M.run(client, entry, prepared, timeout)
  local owner = client.owner
  local ok, stop = true, nil
  if owner then
    ok, stop = owner:admit(client.appid, entry)
  end
  if not ok then
    stop.endpoint = stop.endpoint or entry.name
    return nil, stop
  end
  local deadline = client.monotonic() + timeout
  local try = recover.begin(client, entry, prepared, deadline)
  local result, err, resp = run(client, entry, prepared, timeout, deadline, try)
  if err and owner then
    owner:hear(client.appid, err)
  end
  if try then
    knowns.of(client):finish(try, recover.id_in(entry, result or err.body), err and err.ambiguous)
  end
  if err then
    quota.explain(err, client.clock.now())
  end
  return result, err, resp
end

return M
