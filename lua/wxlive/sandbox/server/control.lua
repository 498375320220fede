--- Control operations for tests and users, beside the platform's own API: POST /_sandbox/<op>.
--
-- Operations on an account take `appid`; without it they act on the default account.
local callback_ops = require "wxlive.sandbox.server.callback_ops"
local component_ops = require "wxlive.sandbox.server.component_ops"
local goods_state = require "wxlive.sandbox.world.goods_state"
local json = require "wxlive.json"
local refusals = require "wxlive.sandbox.server.refusal"
local room_state = require "wxlive.sandbox.world.room_state"
local seed = require "wxlive.sandbox.world.seed"
local signed = require "wxlive.sandbox.server.signature"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local view = require "wxlive.sandbox.console.view"

local M = {}

local deny = refusals.deny

local ops = tables.merged(callback_ops, component_ops)

-- An operation: its name, the fields that it takes with their types (nil: it checks them itself).
local function op(name, fields, run)
  ops[name] = { fields = fields, run = run }
end

--- fault: switches one on (see wxlive.sandbox.server.faults) -> { id }
op("fault", nil, function(platform, params)
  return { id = platform.faults:add(params) }
end)

--- faults: { clear = true } switches all off, { remove = id } one -> { faults }
op("faults", { clear = "boolean", remove = "number" }, function(platform, params)
  if params.remove then
    platform.faults:remove(params.remove)
  end
  if params.clear then
    platform.faults:clear()
  end
  return { faults = json.array(platform.faults:describe()) }
end)

--- clock: { set = Unix seconds } { advance = seconds } { frozen = boolean } -> { now }
op("clock", { set = "number", advance = "number", frozen = "boolean" }, function(platform, params)
  platform:set_clock(params)
  return { now = platform:exact_now() }
end)

--- live: { room_id, status = 101 }: what the anchor, the stream or the console does to a room
op("live", { appid = "string", room_id = "number", status = "number" }, function(platform, params)
  local account = platform:account(params.appid)
  local room = params.room_id and room_state.find(account, params.room_id)
  local status = params.status or states.LIVE
  if not room then
    deny("no such room")
  elseif not states.room[status] then
    deny("no such live_status")
  end
  room_state.set(room, status, platform:now())
  account:put("room", room.id, room)
  return { room_id = room.id, live_status = room.live_status }
end)

--- audit: { goods_id, approve = true, reason } decides one by hand;
---        { seconds = n } sets the automatic audit's delay, { manual = true } switches it off
op("audit", {
  appid = "string", goods_id = "number", approve = "boolean", reason = "string",
  seconds = "number", manual = "boolean",
}, function(platform, params)
  if params.manual or params.seconds then
    platform.audit_seconds = not params.manual and params.seconds or nil
  end
  if not params.goods_id then
    return { seconds = platform.audit_seconds }
  end
  local account = platform:account(params.appid)
  local goods = goods_state.find(account, params.goods_id)
  if not goods then
    deny("no such goods")
  elseif goods.audit_status ~= states.UNDER_AUDIT then
    deny("the goods are " .. states.audit[goods.audit_status][1])
  end
  goods.audit_status = params.approve == false and states.REJECTED or states.APPROVED
  goods.reason = params.reason
  account:put("goods", goods.id, goods)
  return { goods_id = goods.id, audit_status = goods.audit_status }
end)

--- plant: { goods, rooms, followers }: things with ids of their own; see wxlive.sandbox.world.seed
op("plant", {
  appid = "string", goods = "table", rooms = "table", followers = "table",
}, function(platform, params)
  seed.plant(platform:account(params.appid), params.goods or {}, params.rooms or {},
    params.followers or {})
  return {}
end)

--- quota: { path, per_day, per_minute, used }: limits of a path and its count today; the path
---        "audit" stands for submissions
op("quota", {
  appid = "string", path = "string", per_day = "number", per_minute = "number", used = "number",
}, function(platform, params)
  if not params.path then
    deny('field "path" is missing')
  end
  platform.limits[params.path] = { per_day = params.per_day, per_minute = params.per_minute }
  if params.used then
    platform:account(params.appid):set_used(params.path, (platform:periods()), params.used)
  end
  return platform.limits[params.path]
end)

--- api_signature: keys of signed calls, and a defect that answers should have; see
--- wxlive.sandbox.server.signature. Without `key`, security is off.
op("api_signature", signed.fields, signed.configure)

-- Oddities of the platform that can be switched on; each is described where it is used.
local quirks = {
  mixed_prices = true, library_in_fen = true, wrong_total = true, deleted_listed = true,
  goods_id_number = true, no_customer_service = true, audit_not_submitted = true,
  live_maintenance = true, no_payment = true, no_callback_url = true,
  duplicate_events = true, late_events = true, flat_events = true, broken_cdata = true,
  -- of a third-party platform
  bare_query_auth = true, list_without_refresh_tokens = true, refresh_rotates = true,
  former_refresh_token_dies = true, reconsent_rotates = true, wrong_kind_61015 = true,
  component_ip_refused = true,
}

--- quirk: { name = boolean, ... } -> those that are on
op("quirk", nil, function(platform, params)
  for name, on in pairs(params) do
    if not quirks[name] then
      deny("there is no quirk " .. name)
    end
    platform.quirks[name] = on == true or nil
  end
  return platform.quirks
end)

--- log: { after = n } -> { entries } of the request log behind entry n
op("log", { after = "number" }, function(platform, params)
  local log = platform.log
  return { entries = log:after(params.after), last = log.last }
end)

--- tokens: how often each appid fetched tokens -> { [appid] = { plain, stable, forced } }
op("tokens", {}, function(platform)
  return platform.tokens.fetches
end)

--- state: everything an account holds -> { counts = { room = n, ... }, room = { ... }, ... }
op("state", { appid = "string" }, function(platform, params)
  local account = platform:account(params.appid)
  local state = { appid = account.appid, counts = {}, now = platform:now() }
  for id in pairs(account.room) do
    room_state.find(account, id)
  end
  for id in pairs(account.goods) do
    goods_state.find(account, id)
  end
  for _, kind in ipairs { "room", "goods", "media", "role", "follower", "message" } do
    local list = tables.map(account:sorted(kind), function(document)
      return tables.without(document, "bytes") -- of media
    end)
    state[kind], state.counts[kind] = json.array(list), #list
  end
  return state
end)

--- console: what the page at /console shows; see wxlive.sandbox.console.view
op("console", { appid = "string", after = "number", run = "string" }, view.of)

--- reset: forgets everything, resets the clock and loads the seed data again
op("reset", {}, function(platform)
  platform:reset()
  seed.sow(platform, platform.options.seed)
  return { now = platform:now() }
end)

--- memory: -> { lua_kb } that the sandbox's own Lua state holds after a collection; for tests that
---         look for leaks
op("memory", {}, function()
  collectgarbage("collect")
  collectgarbage("collect")
  return { lua_kb = collectgarbage("count") }
end)

--- stop: the sandbox ends once this is answered
op("stop", {}, function(platform)
  platform.stopping = true
  return { stopping = true }
end)

--- The operations' names, sorted.
function M.names()
  return tables.keys(ops)
end

--- Whether an operation waits for other programs; such an operation runs as a task, because it
--- would delay the server.
function M.is_slow(name)
  return ops[name] ~= nil and ops[name].slow == true
end

local function run(platform, name, params)
  local found = ops[name]
    or deny(("there is no operation %q; there are: %s"):format(name, table.concat(M.names(), " ")))
  if found.fields then
    refusals.check_options(name, params, found.fields)
  end
  return found.run(platform, params)
end

--- Runs an operation; nil and a reason where it cannot.
function M.run(platform, name, params)
  local result, refused = refusals.catch(run, platform, name, params)
  return result, refused and refused.why
end

return M
