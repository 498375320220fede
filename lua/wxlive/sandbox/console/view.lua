--- What the console shows of an account, a bounded piece of everything, as one JSON object.
local catalogue = require "wxlive.catalogue"
local deny = require("wxlive.sandbox.server.refusal").deny
local errcodes = require "wxlive.errcodes"
local goods_state = require "wxlive.sandbox.world.goods_state"
local json = require "wxlive.json"
local limits = require "wxlive.sandbox.server.limits"
local room_state = require "wxlive.sandbox.world.room_state"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"

local M = {}

local ROWS, FEW = 200, 50
local STRANGERS = 8 -- unknown fields that are named

-- The first n documents in an order, without sorting all of them.
local function first(n, documents, before)
  local out, count = {}, 0
  for _, one in pairs(documents) do
    count = count + 1
    if #out < n or before(one, out[n]) then
      local low, high = 1, #out + 1
      while low < high do
        local middle = math.floor((low + high) / 2)
        if before(one, out[middle]) then
          high = middle
        else
          low = middle + 1
        end
      end
      table.insert(out, low, one)
      out[n + 1] = nil
    end
  end
  return out, count
end

local function rows(list, shape)
  return json.array(tables.map(list, shape))
end

-- Rooms: those nearest to the present, in the order of their start.
local function rooms(account, now)
  local there = {}
  for id in pairs(account.room) do
    there[#there + 1] = room_state.find(account, id)
  end
  local function nearer(a, b)
    local da, db = math.abs(a.start_time - now), math.abs(b.start_time - now)
    return da < db or da == db and a.id < b.id
  end
  local list, count = first(ROWS, there, nearer)
  table.sort(list, tables.by("start_time", "id"))
  return rows(list, function(room)
    local from = math.min(room.start_time, room.started_at or room.start_time)
    local over = room.live_status == states.ENDED and room.ended_at
    return {
      id = room.id, name = room.name, anchor = room.anchor_name, push = room.type == 1,
      from = from, to = math.max(over or room.runs_until or room.end_time, from),
      status = room.live_status, goods = #room.goods,
    }
  end), count
end

-- Goods: those that wait for a verdict, then the newest.
local function goods(account)
  for id in pairs(account.goods) do
    goods_state.find(account, id)
  end
  local function sooner(a, b)
    local wa, wb = a.audit_status == states.UNDER_AUDIT, b.audit_status == states.UNDER_AUDIT
    if wa ~= wb then
      return wa
    end
    return a.id > b.id
  end
  local list, count = first(ROWS, account.goods, sooner)
  return rows(list, function(one)
    return {
      id = one.id, name = one.name, price_type = one.price_type, price = one.price,
      price2 = one.price2, status = one.audit_status, reason = one.reason, url = one.url,
    }
  end), count
end

local function roles(account)
  local list, count = first(ROWS, account.role, tables.by("username"))
  return rows(list, function(one)
    return { username = one.username, nickname = one.nickname, roles = json.array(one.roles) }
  end), count
end

local function followers(account)
  local list, count = first(FEW, account.follower, tables.by("-subscribe_time", "openid"))
  return rows(list, function(one)
    return { openid = one.openid, at = one.subscribe_time, room_id = one.room_id }
  end), count
end

-- One meter for each limit there is. Endpoints that share a path share its counters.
local function quotas(account)
  local platform, list, seen = account.platform, json.array {}, {}
  local day, month = platform:periods()
  local minute = tostring(math.floor(platform:now() / 60))
  local function meter(name, path, period, used, limit)
    if limit then
      list[#list + 1] = { name = name, path = path, period = period, used = used, limit = limit }
    end
  end
  meter("audit", nil, "day", account:used("audit", day), limits.audits(platform))
  for _, entry in ipairs(catalogue.list) do
    local path = entry.path
    if not seen[path] then
      seen[path] = true
      local per_day, per_minute = limits.of(platform, entry)
      meter(entry.name, path, "day", account:used(path, day), per_day)
      meter(entry.name, path, "minute", account:used("minute " .. path, minute), per_minute)
    end
    local quota = entry.quota or {}
    if quota.per_month and not seen[quota.shared] then
      seen[quota.shared] = true
      meter(entry.name, path, "month", account:used(quota.shared, month), quota.per_month)
    end
  end
  return list
end

local token_calls = { get_access_token = true, get_stable_access_token = true }

local function explained(entry)
  if not entry.errcode or entry.errcode == 0 then
    return nil
  end
  local known = errcodes.get(entry.errcode, token_calls[entry.endpoint])
  return {
    name = known.name, en = known.message, zh = known.zh, hint_en = known.hint,
    hint_zh = known.hint_zh,
  }
end

local function log_row(entry)
  local strangers = entry.unknown_fields
  return {
    n = entry.n, time = entry.time, method = entry.method, path = entry.path,
    endpoint = entry.endpoint, appid = entry.appid, status = entry.status,
    errcode = entry.errcode, why = entry.why, fault = entry.fault,
    ms = entry.seconds and math.floor(entry.seconds * 1e4 + 0.5) / 10,
    strangers = strangers and table.concat(strangers, ", ", 1, math.min(#strangers, STRANGERS)),
    explained = explained(entry),
  }
end

-- The newest entries of a log that the page does not have, oldest first.
local function newest(log, after, most, shape)
  return log:after(math.max(after, log.last - most), shape)
end

local function deliveries(platform, appid)
  local callbacks = platform.callbacks
  local target = callbacks.targets[appid]
  return {
    url = target and target.url:match("^[^?#]*"), mode = target and target.sealer.mode,
    entries = newest(callbacks.log, 0, FEW, function(entry)
      return {
        n = entry.n, at = entry.at, event = entry.event, mode = entry.mode, done = entry.done,
        ok = entry.ok, tries = rows(entry.tries, function(try)
          return {
            status = try.status, answer = try.answer, seconds = try.seconds,
            why = try.why and platform:masked(try.why),
          }
        end),
      }
    end),
  }
end

local function consents(component)
  local list, count = first(ROWS, component.consent, tables.by("-auth_time", "appid"))
  return rows(list, function(one)
    return {
      appid = one.appid, nick_name = one.nick_name, lost = one.lost, sets = json.array(one.sets),
    }
  end), count
end

local function component_row(component)
  return {
    appid = component.appid, url = component.url and component.url:match("^[^?#]*"),
    ticket_seconds = component.ticket_seconds, sets = json.array(component.sets),
  }
end

--- The state as the page shows it. `run` identifies this run of the log: a page that stayed open
--- over a reset or a restart gets the whole log again.
---@param platform table
---@param params { appid: string?, after: number?, run: string? }
---@return table
function M.of(platform, params)
  local appid = params.appid or platform.options.appid
  local account = platform.accounts[appid]
  if not account and appid ~= platform.options.appid then
    deny("there is no account " .. appid)
  end
  account = account or platform:account(appid)
  local now, counts, run = platform:exact_now(), {}, platform:run_id()
  local view = {
    run = run, now = now, frozen = platform.frozen_at ~= nil, appid = appid, counts = counts,
    appids = json.array(tables.keys(platform.accounts)), base_url = platform.base_url,
    audit_seconds = platform.audit_seconds, quotas = quotas(account),
    faults = json.array(platform.faults:describe()), deliveries = deliveries(platform, appid),
    log = newest(platform.log, run == params.run and params.after or 0, ROWS, log_row),
    last = platform.log.last,
  }
  view.rooms, counts.rooms = rooms(account, now)
  view.goods, counts.goods = goods(account)
  view.roles, counts.roles = roles(account)
  view.followers, counts.followers = followers(account)
  if platform.component then
    view.component = component_row(platform.component)
    view.consents, counts.consents = consents(platform.component)
  end
  return view
end

return M
