--- Quotas: how many calls of the day are used and left, and when a spent one works again.
--
-- Counting is off unless a client is made with `quota = true` or a table of options; then every
-- call costs one step of a counter in the store (the token's, or `quota.store`), therefore
-- processes that share the store count together. A counter belongs to an endpoint or, where the
-- platform counts several together, to their group; it starts again at midnight in Beijing (with
-- the month for the calls that reset counters).
--
--   live:quota()                 a list of counters: { name, endpoints, period, used, limit, left,
--   live:quota("create_room")    resets_at, spent }, or one of them
--   live:seed_quota()            takes over the platform's own numbers (get_api_quota), for every
--   live:seed_quota("goods_add") endpoint or one
--
-- What is counted: every try that was sent, also one that failed; a try that was certainly never
-- sent is taken back. When the platform says that a quota is spent, the counter is spent at any
-- value: the documented limits are not always the real ones. When the store fails, the count is
-- lost and the call goes on.
--
--   quota = { enforce = true, reserve = 5 }
--
-- refuses calls here once only `reserve` of them are left, or none: err.kind "quota", err.name
-- "quota_reserved", err.sent false.
--
-- Errors of the platform that mean a spent quota carry `retry_after` and `resets_at` whether or not
-- anything is counted.
local catalogue = require "wxlive.catalogue"
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local outcomes = require "wxlive.errcodes.outcome"
local own = require "wxlive.store.own"
local tables = require "wxlive.base.tables"
local times = require "wxlive.text.time"
local both = require("wxlive.text.sentence").both

local M = {}

---@class wxlive.Quota
local Quota = {}
Quota.__index = Quota
Quota.__name = "wxlive.Quota"

local DAY, MINUTE, BEIJING = 86400, 60, 8 * 3600

-- Clocks of machines differ; a counter outlives its period by this much.
local SLACK = 3600

-- A counter at or above this value is marked as spent. No limit of the platform comes near it.
local SPENT = compat.fold(2 ^ 32)

local resets = { clear_quota = true, clear_quota_by_secret = true }

-- Periods -----------------------------------------------------------------------------------------

local function whole(x)
  return compat.fold(math.floor(x))
end

-- The name of the minute, day or month in Beijing, and when it ends.
local function period_of(period, now)
  local local_time = whole(now) + BEIJING
  if period == "minute" then
    return os.date("!%Y%m%d%H%M", local_time), whole(now) - whole(now) % MINUTE + MINUTE
  end
  local next_day = local_time - local_time % DAY + DAY
  if period == "day" then
    return os.date("!%Y%m%d", local_time), next_day - BEIJING
  end
  local month = os.date("!%Y%m", local_time)
  while os.date("!%Y%m", next_day) == month do
    next_day = next_day + DAY
  end
  return month, next_day - BEIJING
end

--- Adds to the error of a spent quota when the call will work again. Other errors are not changed.
---@param err wxlive.Error
---@param now number
function M.explain(err, now)
  local period = not err.resets_at and outcomes.resets(err)
  if not period then
    return
  end
  local _, resets_at = period_of(period, now)
  err.resets_at = resets_at
  err.retry_after = err.retry_after or resets_at - now
  local text = times.format(resets_at)
  err.hint = (err.hint and err.hint .. "; " or "")
    .. ("works again at %s Beijing time"):format(text)
  err.hint_zh = (err.hint_zh and err.hint_zh .. "；" or "")
    .. ("北京时间 %s 恢复"):format(text)
end

-- Counters ----------------------------------------------------------------------------------------

-- name -> { name, period, limit, endpoints, paths }, made from the catalogue
local counters, counter_of = {}, {}
for _, entry in ipairs(catalogue.list) do
  local quota = entry.quota
  if quota and (quota.per_day or quota.per_month) then
    local name = quota.shared or entry.name
    local counter = counters[name]
    if not counter then
      counter = {
        name = name, period = quota.per_day and "day" or "month",
        limit = quota.per_day or quota.per_month, endpoints = {}, paths = {},
      }
      counters[name] = counter
    end
    counter.endpoints[#counter.endpoints + 1] = entry.name
    if counter.paths[#counter.paths] ~= entry.path then
      counter.paths[#counter.paths + 1] = entry.path
    end
    counter_of[entry.name] = counter
  end
end
local counter_names = tables.keys(counters)

-- Where a counter is kept, and for how long from now.
local function place(self, counter)
  local now = self.now()
  local name, ends = period_of(counter.period, now)
  return ("quota:%s:%s:%s"):format(self.appid, counter.name, name), ends - now + SLACK, ends
end

-- The limit of a counter: the platform's own number if known, else the documented one. Read from
-- the store once a period.
local function limit_of(self, counter, key)
  local known = self.limits[counter.name]
  if not known or known.key ~= key then
    local seeded, err = self.store:get(key .. ":limit")
    known = { key = key, limit = tonumber(seeded) or counter.limit }
    if not err then
      self.limits[counter.name] = known
    end
  end
  return known.limit
end

local periods = {
  day = both("day", "日"), minute = both("minute", "分钟"), month = both("month", "月"),
}

local function reserved(entry, counter, ends, now, used, limit)
  local text = times.format(ends)
  return Error.fail {
    kind = "quota", name = "quota_reserved", endpoint = entry.name, sent = false,
    resets_at = ends, retry_after = ends - now,
    message = used and both("%s of the %s calls of this %s are used, the rest is held back",
      "已用 %s 次，上限为 %s 次/%s，其余为预留"):format(compat.integer_text(used),
      compat.integer_text(limit), periods[counter.period])
      or both("the platform said that the calls of this %s are spent", "平台提示本%s的调用次数已用完")
        :format(periods[counter.period]),
    hint = ("works again at %s Beijing time; quota.reserve and quota.enforce decide"):format(text),
    hint_zh = ("北京时间 %s 恢复；由 quota.reserve 与 quota.enforce 控制"):format(text),
  }
end

--- Counts a try that is about to be sent.
---@param entry table  of the catalogue
---@return string|true|nil ticket  for settle
---@return wxlive.Error? err  when the client enforces quotas and this one is used up
function Quota:take(entry)
  local counter = counter_of[entry.name]
  if not counter then
    return true
  end
  local key, ttl, ends = place(self, counter)
  local sum = self.store:incr(key, 1, ttl)
  if not sum then
    return true
  elseif not self.enforce then
    return key
  end
  if sum < SPENT then
    local limit = limit_of(self, counter, key)
    if sum <= limit - self.reserve then
      return key
    end
    self.store:incr(key, -1, ttl)
    return reserved(entry, counter, ends, self.now(), sum - 1, limit)
  end
  self.store:incr(key, -1, ttl)
  return reserved(entry, counter, ends, self.now())
end

-- Forgets all counters of the day, after the platform has done so.
local function forget(self)
  for _, counter in pairs(counters) do
    if counter.period == "day" then
      local key = place(self, counter)
      self.store:delete(key)
      self.store:delete(key .. ":limit")
    end
  end
  self.limits = {}
end

--- Records the outcome of a try that `take` counted.
---@param entry table
---@param ticket string|true  what `take` gave
---@param err wxlive.Error?
function Quota:settle(entry, ticket, err)
  if not err then
    if resets[entry.name] then
      forget(self)
    end
    return
  end
  local counter = counter_of[entry.name]
  if not counter or err.sent ~= false and outcomes.of(err) ~= "quota" then
    return
  end
  local key, ttl = place(self, counter)
  if err.sent ~= false then
    local sum = tonumber((self.store:get(key))) or 0
    if sum < SPENT then
      self.store:incr(key, SPENT, ttl)
    end
  elseif ticket == key then
    -- If the period has ended since, nothing needs to be taken back.
    self.store:incr(key, -1, ttl)
  end
end

local function row_of(self, counter)
  local key, _, ends = place(self, counter)
  local text, err = self.store:get(key)
  if err then
    return nil, err
  end
  local sum = tonumber(text) or 0
  local limit = limit_of(self, counter, key)
  local used = compat.fold(sum % SPENT)
  local spent = sum >= SPENT or used >= limit
  local endpoints = tables.merged(counter.endpoints)
  return {
    name = counter.name, endpoints = endpoints, period = counter.period, limit = limit,
    used = used, left = spent and 0 or compat.fold(limit - used), spent = spent, resets_at = ends,
  }
end

local function off()
  return Error.fail {
    kind = "invalid", name = "quota_off", sent = false,
    message = both("this client does not count calls", "该客户端没有统计调用次数"),
    hint = "make it with quota = true", hint_zh = "请在创建客户端时设置 quota = true",
  }
end

local function unknown(name)
  return Error.fail {
    kind = "invalid", name = "no_quota", sent = false,
    message = both("no quota is known for %s", "没有 %s 的配额记录"):format(tostring(name)),
    hint = "name an endpoint with a quota, or a group: " .. table.concat(counter_names, ", "),
    hint_zh = "请给出有配额的接口，或分组：" .. table.concat(counter_names, "、"),
  }
end

-- Asks the platform for each path of a counter and moves the counter there. If several paths share
-- the counter, the fullest one counts.
local function seed(live, self, counter)
  local used, limit, left
  for _, path in ipairs(counter.paths) do
    local answer, err = live:call("get_api_quota", { cgi_path = path })
    if not answer then
      return nil, err
    end
    local quota = answer.quota or {}
    local path_left = tonumber(quota.remain)
    if path_left and (not left or path_left < left) then
      used, limit, left = tonumber(quota.used), tonumber(quota.daily_limit), path_left
    end
  end
  if not (used and limit) then
    return true
  end
  local key, ttl = place(self, counter)
  local sum, err = self.store:incr(key, 0, ttl)
  if not sum then
    return nil, err
  end
  local ok
  ok, err = self.store:incr(key, used + (left <= 0 and SPENT or 0) - sum, ttl)
  if not ok then
    return nil, err
  end
  ok, err = self.store:set(key .. ":limit", compat.integer_text(limit), ttl)
  if not ok then
    return nil, err
  end
  self.limits[counter.name] = nil
  return true
end

--- live:quota: the counters, in the order of their names; or one, by the name of an endpoint or of
--- a group.
---@param name string?
---@return table? rows  or one row: { name, endpoints, period, limit, used, left, spent, resets_at }
---@return wxlive.Error? err
function M.quota(live, name)
  local self = live.quotas
  if not self then
    return off()
  elseif name ~= nil then
    local counter = counter_of[name] or counters[name]
    if not counter then
      return unknown(name)
    end
    return row_of(self, counter)
  end
  local rows = {}
  for i, each in ipairs(counter_names) do
    local row, err = row_of(self, counters[each])
    if not row then
      return nil, err
    end
    rows[i] = row
  end
  return rows
end

--- live:seed_quota: sets the counters of the day to what the platform says (one get_api_quota a
--- path).
---@param name string?  of an endpoint or a group; every counter when left out
---@return true? ok
---@return wxlive.Error? err
function M.seed_quota(live, name)
  local self = live.quotas
  if not self then
    return off()
  end
  local only = counter_of[name] or counters[name]
  if name ~= nil and not (only and only.period == "day") then
    return unknown(name)
  end
  for _, each in ipairs(counter_names) do
    local counter = counters[each]
    if counter.period == "day" and (not only or only == counter) then
      local ok, err = seed(live, self, counter)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

--- Counters of one account.
---@param o { store: table, appid: string, now: (fun(): number), enforce: boolean?,
---  reserve: integer? }
---@return wxlive.Quota
function M.new(o)
  return setmetatable({
    store = own.hold(o.store), appid = o.appid, now = o.now, enforce = o.enforce or false,
    reserve = o.reserve or 0, limits = {},
  }, Quota)
end

return M
