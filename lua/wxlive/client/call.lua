--- A call from its parameters to its result: attempts, waiting, deadline.
--
-- The steps of an attempt are in wxlive.client.attempt, what follows from its outcome is decided by
-- wxlive.client.policy. Only this file and those steps do I/O: by the transport, the token manager
-- and the look-up of a create whose outcome is unknown.
local attempt = require "wxlive.client.attempt"
local knowns = require "wxlive.client.known"
local outcomes = require "wxlive.errcodes.outcome"
local policy = require "wxlive.client.policy"
local request = require "wxlive.client.request"

local token_of, sign, send, read = attempt.token, attempt.sign, attempt.send, attempt.read
local settle = attempt.settle

local M = {}

-- wxlive.client.look; loaded with the first create.
local look

-- Lists whose rows a look-up must distinguish from the result of a create.
local noted = { room_id = true, goods_id = true }

local function begin(client, entry, prepared, timeout)
  timeout = timeout or entry.timeout
    or (entry.retry == "read" and client.read_timeout or client.write_timeout)
  local deadline = client.monotonic() + timeout
  local token = nil
  if entry.auth == "none" then
    token = false
  end
  local try
  if entry.lookup and client.lookup then
    look = look or require "wxlive.client.look"
    try = look.begin(client, entry, prepared, deadline)
  end
  return {
    client = client, entry = entry, prepared = prepared, timeout = timeout, deadline = deadline,
    try = try, token = token, attempts = 0,
    doubtful = false, refreshed = false, watched = false,
  }
end

-- Whether a whole answer is malformed in the same way as the last one: the cause is in the data,
-- and would repeat. (Outage pages and truncated answers are different each time.)
local function is_unchanged(call, err, resp)
  local body = err.malformed and resp and resp.body
  if not body or not body:find("^[%s\239\187\191]*{.*}[%s%z]*$") then
    return false
  end
  local unchanged = call.body == body
  call.body = body
  return unchanged
end

-- Waits before the next attempt. False when there were enough, or the deadline would pass first.
local function pause(call, err, step)
  local client = call.client
  if call.attempts >= client.retry.attempts then
    return false
  end
  local seconds = policy.delay(client.retry, call.attempts, err.retry_after, client.random())
  if client.monotonic() + seconds >= call.deadline then
    return false
  end
  attempt.emit(client, "retry", {
    endpoint = call.entry.name, attempt = call.attempts, wait = seconds, step = step, error = err,
  })
  if seconds > 0 then
    client.transport:sleep(seconds)
  end
  return true
end

local function doubt(call, err)
  local retry = call.entry.retry
  call.doubtful = true
  if retry == "create" or retry == "once" then
    attempt.emit(call.client, "ambiguous", {
      endpoint = call.entry.name, attempt = call.attempts, error = err,
    })
  end
end

-- Steps after a failed attempt: whether to go on, and if not, the result or the error of the call.
local ways = {}

function ways.done()
  return false, {}
end

function ways.fail(_, err)
  return false, nil, err
end

function ways.ambiguous(call, err)
  call.ambiguous = true
  return false, nil, err
end

function ways.retry(call, err)
  return pause(call, err, "retry"), nil, err
end

-- Plain http is for this machine only, where a sandbox may have been reset and counts from 1 again.
-- The platform never gives an id twice.
local function is_sandbox(client)
  return client.base_url:lower():find("^http:") ~= nil
end

function ways.refresh(call, err)
  local client = call.client
  call.refreshed = true
  if client.known and is_sandbox(client) then
    client.known:forget()
  end
  local fresh, why = client.tokens:refused(call.token,
    client.now() + call.deadline - client.monotonic())
  call.token = fresh or call.token
  return fresh ~= nil, nil, why or err
end

function ways.lookup(call, err)
  local found, adopted
  if call.entry.lookup and call.client.lookup then
    found, adopted = look.look(call, err)
  end
  if found == "adopt" then
    return false, adopted
  elseif found ~= "absent" then
    return ways.ambiguous(call, err)
  end
  -- The look-up says absent: nothing was done, and this try no longer leaves a doubt.
  call.doubtful = false
  if outcomes.of(err) == "refused" then
    return false, nil, err
  end
  return pause(call, err, "lookup"), nil, err
end

local function go_on(call, err, resp)
  local outcome = policy.outcome(call.entry, err)
  call.unchanged = is_unchanged(call, err, resp)
  local step = policy.next_step(call.entry, outcome, err, call)
  if outcome == "unknown" then
    doubt(call, err)
  end
  call.first = call.first or err
  return ways[step](call, err)
end

-- Adds to the error of the last attempt what is known of all attempts.
local function explain(call, err)
  local entry = call.entry
  err.endpoint = err.endpoint or entry.name
  err.attempts = call.attempts
  if call.first and call.first ~= err then
    err.cause = err.cause or call.first
  end
  err.doubtful = call.doubtful or nil
  -- Regardless of the last error: an earlier try with an unknown outcome may have done the work.
  if call.ambiguous or (call.doubtful and entry.retry ~= "read" and entry.retry ~= "write") then
    err.ambiguous = true
    err.candidates = call.candidates
    err.hint = "the platform may have done it all the same: look before you repeat it"
    err.hint_zh = "平台可能已执行成功，请先查询确认，切勿直接重试"
  end
end

local function fail(call, err)
  local client = call.client
  explain(call, err)
  if client.owner then
    client.owner:hear(client.appid, err)
  end
  require("wxlive.client.quota").explain(err, client.clock.now())
end

local function finish(call, result, err, resp)
  local entry, try = call.entry, call.try
  if err then
    fail(call, err)
  elseif noted[entry.row_key] and result[entry.list] then
    knowns.of(call.client):listed(entry.row_key, result[entry.list])
  end
  if try then
    local id = result and result[try.kind]
    if err then
      id = require("wxlive.client.recover").id_in(entry.lookup, err.body)
    end
    knowns.of(call.client):finish(try, id, err and err.ambiguous)
  end
  return result, err, resp
end

-- The error with which the owner of several accounts does not let this one call.
local function admit(client, entry)
  local ok, stop = client.owner:admit(client.appid, entry)
  if not ok then
    stop.endpoint = stop.endpoint or entry.name
    return stop
  end
end

--- Runs a call to its end.
---@param client wxlive.Broadcast
---@param entry table     of the catalogue
---@param params table    as the caller gave them; never changed
---@param options { timeout: number?, dry_run: boolean?, extra: table? }
---@return table? result
---@return wxlive.Error? err
---@return wxlive.HttpResponse? resp
function M.run(client, entry, params, options)
  -- 1. Validate.
  local prepared, err = request.build(entry, params, client.context, options.extra)
  if not prepared then
    return nil, err
  elseif options.dry_run or options.dry_run == nil and client.dry_run then
    return attempt.describe(client, entry, prepared)
  end
  if client.owner then
    err = admit(client, entry)
    if err then
      return nil, err
    end
  end
  local call = begin(client, entry, prepared, options.timeout)
  local again, token, req, resp, result
  repeat
    resp, result = nil, nil
    -- 2. A token.
    token, err = token_of(call)
    if err then
      break
    end
    -- 3. Sign.
    req, err = sign(call, token)
    -- 4. Send.
    if req then
      resp, err = send(call, req)
    end
    -- 5. Read.
    if resp then
      result, err = read(call, resp)
    end
    if call.watched then
      settle(call, resp, err)
    end
    again = false
    if err then
      again, result, err = go_on(call, err, resp)
    end
  until not again
  return finish(call, result, err, resp)
end

return M
