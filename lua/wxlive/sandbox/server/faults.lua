--- Faults that tests switch on: which call they strike, and how often.
--- wxlive.sandbox.server.trouble describes each kind.
--
-- A fault:
--   on           endpoint name ("create_room"), path, "token" (both token calls), "component"
--                (the calls of a third-party platform in its own name), "*" (default)
--   kind         one of M.kinds
--   times        how many matching calls it strikes (default 1)
--   skip         how many matching calls it lets pass first (default 0)
--   probability  strikes each matching call with this chance instead; `seed` makes it repeatable
--   when         "before" or "after" the work, for the kinds that know both; answers that fall
--                short come after it unless it says "before"
--   and what the kind takes: code, seconds, count, bytes, pieces, status, body, retry_after
local Random = require "wxlive.sandbox.world.random"
local catalogue = require "wxlive.catalogue"
local refusals = require "wxlive.sandbox.server.refusal"
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"

local deny = refusals.deny

local Faults = {}
Faults.__index = Faults

local M = {}

local ANY = "boolean|number|string|table|userdata"
local spoils = { field = "string", when = "string" }
local replaces = { field = "string", when = "string", value = ANY }

-- Kind -> the fields that it takes, with their types.
M.kinds = {
  errcode_before = { code = "number" },  -- -1 (or code), nothing done
  errcode_after = { code = "number" },   -- done, then -1 (or code)
  multiply = { count = "number", code = "number" },  -- done count times (3), then -1
  delay = { seconds = "number", when = "string" },   -- answered later; "before": done later as well
  reset_before = {},                     -- RST, nothing done
  reset_after = {},                      -- done, then RST
  close = { when = "string" },           -- FIN without an answer
  truncate = { bytes = "number" },       -- done; the answer ends early
  http = {                               -- an HTML page
    status = "number", body = "string", when = "string", retry_after = "number|string",
  },
  rate = { retry_after = "number|string" },  -- 429 with Retry-After, nothing done
  bad_json = {},                         -- done; the answer is not JSON
  empty = {},                            -- done; the answer has no body
  null = {},                             -- done; the answer is null
  no_field = spoils,     -- "ok", and the field that the call is for (or `field`) is not there
  null_field = spoils,   -- ... is null
  empty_field = spoils,  -- ... is "", [] or {}
  wrong_field = replaces,  -- ... is of another type, or `value`
  wrong_rows = replaces,   -- ... is a list of texts, or `value`s
  wrong_total = { when = "string", more = "number" },  -- total is too large by 5, or `more`
  string_errcode = {},                   -- done; errcode comes as text
  text_plain = {},                       -- done; JSON under text/plain
  slow_body = { seconds = "number", pieces = "number" },  -- done; the answer trickles in
  stale = {},                            -- a reused connection is closed, nothing done
  expire_token = {},                     -- the token expires as the call arrives
  steal_token = {},                      -- another process has fetched a new one
}

local common = {
  on = "string", kind = "string", times = "number", skip = "number", probability = "number",
  seed = "number",
}

local token_calls = { get_access_token = true, get_stable_access_token = true }

---@param random table
function M.new(random)
  return setmetatable({ list = {}, serial = 0, random = random }, Faults)
end

function Faults:clear()
  self.list = {}
end

--- Switches one off.
---@param id integer
function Faults:remove(id)
  for i, fault in ipairs(self.list) do
    if fault.id == id then
      table.remove(self.list, i)
      return
    end
  end
  deny("there is no such fault")
end

local of_several = { ["*"] = true, token = true, component = true }

-- A fault on a call that there is not would never strike, and the test that relies on it pass.
local function check_on(on)
  if on == nil or of_several[on] or type(on) ~= "string" or on:find("^/")
    or catalogue.by_name[on] or catalogue.component.by_name[on] then
    return
  end
  local near = suggest.nearest(on, tables.keys(catalogue.by_name))
  deny(("there is no endpoint %q%s"):format(on, near and "; did you mean " .. near .. "?" or ""))
end

local function check(fault)
  local own = M.kinds[fault.kind]
  if not own then
    deny(("there is no fault kind %q"):format(tostring(fault.kind)))
  end
  refusals.check_options("a " .. fault.kind .. " fault", fault, tables.merged(common, own))
  if fault.when ~= nil and fault.when ~= "before" and fault.when ~= "after" then
    deny('field "when" of a fault must be "before" or "after"')
  end
  check_on(fault.on)
end

--- Switches a fault on.
---@return integer id
function Faults:add(fault)
  check(fault)
  self.serial = self.serial + 1
  local kept = tables.merged({ id = self.serial, fired = 0, seen = 0 }, fault)
  kept.on = kept.on or "*"
  kept.times = not kept.probability and (kept.times or 1) or kept.times
  kept.random = kept.probability and Random.new(kept.seed or self.random:upto(1e9))
  self.list[#self.list + 1] = kept
  return kept.id
end

local function strikes(fault, call)
  local name = call.entry and call.entry.name
  if fault.kind == "stale" and call.request.nth < 2 then
    return false
  end
  return fault.on == "*" or fault.on == name or fault.on == call.request.path
    or (fault.on == "token" and token_calls[name] == true)
    or (fault.on == "component" and call.entry ~= nil and call.entry.file == "component")
end

--- The fault that strikes this call, if any: the first that matches and is not spent.
function Faults:take(call)
  for _, fault in ipairs(self.list) do
    if (not fault.times or fault.fired < fault.times) and strikes(fault, call) then
      fault.seen = fault.seen + 1
      if fault.seen > (fault.skip or 0)
        and (not fault.random or fault.random:fraction() < fault.probability) then
        fault.fired = fault.fired + 1
        return fault
      end
    end
  end
  return nil
end

--- A fault that needs successful work strikes the next call when the platform refused this one.
function M.give_back(fault)
  fault.fired = fault.fired - 1
end

--- The faults that are switched on, and how often each has struck.
function Faults:describe()
  local out = {}
  for i, fault in ipairs(self.list) do
    out[i] = { id = fault.id, on = fault.on, kind = fault.kind, fired = fault.fired,
      times = fault.times, code = fault.code, probability = fault.probability }
  end
  return out
end

return M
