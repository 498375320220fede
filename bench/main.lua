--- The bench itself; bench/run starts it.
local broadcast = require "wxlive.broadcast"
local callbacks = require "bench.callbacks"
local json = require "wxlive.json"
local machine = require "bench.machine"
local measure = require "bench.measure"
local process = require "spec.support.process"
local report = require "bench.report"
local server_of = require "bench.server"
local shop = require "bench.shop"
local tasks = require "bench.tasks"
local worker = require "bench.worker"

local AT_A_TIME, SLOW_SECONDS = 64, 0.05

local function options_of(argv)
  local options = { rounds = 5, growth = 100000 }
  local i = 1
  while argv[i] do
    if argv[i] == "--quick" then
      options.quick, options.rounds, options.growth = true, 1, 1200
    elseif argv[i] == "--callbacks" then
      options.callbacks = true
    elseif argv[i] == "--instructions" or argv[i] == "--sheets" or argv[i] == "--protocols" then
      options[argv[i]:sub(3)] = true
    elseif argv[i] == "--million" then
      options.growth = 1000000
    elseif argv[i] == "--rounds" and tonumber(argv[i + 1]) then
      i = i + 1
      options.rounds = tonumber(argv[i])
    else
      io.stderr:write("bench: what is " .. argv[i] .. "? see bench/run --help\n")
      os.exit(2)
    end
    i = i + 1
  end
  return options
end

local options = options_of(arg)

local function here(client)
  if options.quick then
    return not client.needs
  end
  return not client.needs
    or process.read("build/bench/node_modules/" .. client.needs .. "/package.json") ~= nil
end

-- The very bytes that wxlive sends, for all the others.
local function job_of(server, name, base_url)
  local live = assert(broadcast.new {
    appid = tasks.appid, secret = tasks.secret, base_url = base_url,
  })
  local dry = assert(tasks[name].call(live, { dry_run = true }))
  local address, query = dry.url:match("^([^?]*)%??(.*)$")
  local job = {
    task = name,
    url = address .. "?access_token=" .. tasks.token .. (query ~= "" and "&" .. query or ""),
  }
  if dry.body then
    job.body_file = server.directory .. "/" .. name .. ".json"
    process.write(job.body_file, dry.body)
  end
  return job
end

local function with(job, more)
  return setmetatable(more, { __index = job })
end

-- One call after the other ------------------------------------------------------------------------

local calls_of = { small = 3000, rooms = 1000, goods = 500 }

local function serial(server, name)
  local calls = options.quick and 20 or calls_of[name]
  local job = with(job_of(server, name, server.url), {
    calls = calls, warm_up = options.quick and 5 or math.floor(calls / 5),
  })
  local runs = {}
  for _ = 1, options.rounds do
    local base
    for _, client in ipairs(measure.clients) do
      local got = here(client) and measure.run(client, job)
      base = base or got
      if got and base then
        local of = runs[client.name] or { wall = {}, cpu = {}, us = {}, peak = {} }
        runs[client.name] = of
        table.insert(of.wall, got.wall / base.wall)
        table.insert(of.cpu, got.cpu / base.cpu)
        table.insert(of.us, got.cpu / got.calls * 1e6)
        table.insert(of.peak, got.peak_kb)
      end
    end
  end
  local rows = { { "", "wall / libcurl", "CPU / libcurl", "CPU us a call", "peak MB" } }
  local kept = {}
  for _, client in ipairs(measure.clients) do
    local of = runs[client.name]
    if of then
      local sums = {
        wall = report.spread(of.wall), cpu = report.spread(of.cpu), cpu_us = report.spread(of.us),
        peak_kb = report.spread(of.peak),
      }
      kept[client.name] = sums
      rows[#rows + 1] = {
        client.name, report.ratio(sums.wall), report.ratio(sums.cpu),
        ("%.1f"):format(sums.cpu_us.median), ("%.1f"):format(sums.peak_kb.median / 1024),
      }
    end
  end
  report.table(tasks[name].title .. ", one call after the other: median (least to most)", rows)
  return kept
end

-- Instructions ------------------------------------------------------------------------------------

-- Counted over so many calls, and so many more. The small call is held against libcurl alone, the
-- lists against libcurl and cjson. LuaJIT compares a new string with all that have its hash, for
-- which it looks at a few bytes of a long one: the cost of a list depends on the strings that its
-- collector has not freed yet, and only many calls give the average.
local counted = {
  { task = "small", few = 100, many = 500 },
  { task = "rooms", few = 50, many = 350, decoded = true },
  { task = "goods", few = 30, many = 630, decoded = true },
  { task = "small", few = 100, many = 500, tls = true, http = "1.1" },
  { task = "small", few = 100, many = 500, tls = true, http = "2" },
  { task = "small", few = 1000, many = 4000, at_a_time = AT_A_TIME },
  { task = "small", few = 1000, many = 4000, at_a_time = AT_A_TIME, tls = true, http = "2" },
}

local function name_of(case)
  return case.task .. (case.at_a_time and "_" .. case.at_a_time or "")
    .. (case.tls and "_tls_" .. case.http or "")
end

local function title_of(case)
  return tasks[case.task].title .. (case.at_a_time and (", %d at a time"):format(case.at_a_time)
    or "") .. (case.tls and ", TLS, HTTP/" .. case.http or "")
end

local function instructions(server, case)
  local job = with(job_of(server, case.task, case.tls and server.tls_url or server.url), {
    at_a_time = case.at_a_time, http = case.http, ca_file = case.tls and server.ca_file or nil,
  })
  local clients = {
    libcurl = measure.clients[1], lua = measure.clients[2], luajit = measure.clients[3],
  }
  if not case.at_a_time then
    clients.bare_lua, clients.bare_luajit = measure.clients[4], measure.clients[5]
    clients.cjson = not case.tls and measure.cjson or nil
  end
  local kept = {}
  -- LuaJIT needs some hundred calls before its traces are there.
  for key, client in pairs(clients) do
    local warm = with(job, { warm_up = key:find("luajit") and 600 or 100 })
    kept[key] = measure.instructions(client, warm, case.few, case.many)
  end
  return kept
end

local function instruction_table(server)
  local rows = { { "", "libcurl", "cjson", "bare 5.4", "bare LuaJIT", "wxlive 5.4", "wxlive LuaJIT",
    "5.4 / libcurl", "LuaJIT / libcurl" } }
  local kept = {}
  for _, case in ipairs(counted) do
    local of = instructions(server, case)
    kept[name_of(case)] = of
    local bare = of.libcurl and (case.decoded and of.cjson or 0) + of.libcurl
    local function ratio(n)
      return bare and n and ("%.2f"):format(n / bare) or "-"
    end
    rows[#rows + 1] = {
      title_of(case), report.thousands(of.libcurl), report.thousands(of.cjson),
      report.thousands(of.bare_lua), report.thousands(of.bare_luajit),
      report.thousands(of.lua), report.thousands(of.luajit), ratio(of.lua), ratio(of.luajit),
    }
  end
  report.table("User-space instructions of one call (callgrind)", rows)
  return kept
end

-- Many at a time ----------------------------------------------------------------------------------

local function many(server, label, base_url, calls, http)
  local job = with(job_of(server, "small", base_url), {
    http = http,
    calls = options.quick and 70 or calls, warm_up = options.quick and 5 or AT_A_TIME,
    at_a_time = AT_A_TIME, ca_file = http and server.ca_file or nil,
  })
  local clients = { measure.clients[1], measure.clients[2], measure.clients[3] }
  local of, opened = {}, {}
  for _ = 1, options.rounds do
    local base
    for _, client in ipairs(clients) do
      local before = server.accepted()
      local got = measure.run(client, job)
      -- Our own look at the counter is over a kept connection.
      opened[client.name] = server.accepted() - before
      base = base or got
      if got and base then
        of[client.name] = of[client.name] or { rate = {}, ideal = {} }
        table.insert(of[client.name].rate, base.wall / got.wall)
        table.insert(of[client.name].ideal, got.wall / (got.calls * SLOW_SECONDS / AT_A_TIME))
      end
    end
  end
  local kept, rows = {}, {}
  for _, client in ipairs(clients) do
    local one = of[client.name]
    if one then
      kept[client.name] = {
        rate = report.spread(one.rate), ideal = report.spread(one.ideal),
        connections = opened[client.name],
      }
      rows[#rows + 1] = { label .. ", " .. client.name, report.ratio(kept[client.name].rate),
        base_url == server.slow_url and report.ratio(kept[client.name].ideal) or "-",
        tostring(opened[client.name]) }
    end
  end
  return kept, rows
end

local function concurrent(server)
  local rows = { { "", "calls a second / libcurl", "time / (calls x 50 ms / 64)", "connections" } }
  local kept = {}
  for _, one in ipairs {
    { "plain", server.url, 10000 }, { "50 ms away", server.slow_url, 2000 },
    { "TLS, HTTP/1.1", server.tls_url, 5000, "1.1" },
    { "TLS, HTTP/2", server.tls_url, 5000, "2" },
  } do
    local more
    kept[one[1]], more = many(server, one[1], one[2], one[3], one[4])
    for _, row in ipairs(more) do
      rows[#rows + 1] = row
    end
  end
  report.table(("%d at a time: median (least to most)"):format(AT_A_TIME), rows)
  return kept
end

-- HTTP/1.1 or HTTP/2 ----------------------------------------------------------------------------

-- wxlive alone and 64 at a time, over TLS with each protocol, at three distances.
local function protocols(server)
  local rows = { { "", "HTTP/1.1, ms a call", "HTTP/2, ms a call", "HTTP/1.1, 64: calls/s",
    "HTTP/2, 64: calls/s" } }
  local kept = {}
  for _, one in ipairs {
    { "at once", server.tls_url, 1000, 5000 }, { "50 ms", server.tls_slow_url, 40, 1280 },
    { "200 ms", server.tls_far_url, 15, 640 },
  } do
    local row, of = { one[1] }, {}
    for _, at_a_time in ipairs { 0, AT_A_TIME } do
      for _, http in ipairs { "1.1", "2" } do
        local calls, values = at_a_time == 0 and one[3] or one[4], {}
        for _ = 1, options.rounds do
          local got = measure.run(measure.clients[2], with(job_of(server, "small", one[2]), {
            calls = options.quick and 10 or calls, warm_up = at_a_time == 0 and 3 or AT_A_TIME,
            at_a_time = at_a_time, http = http, ca_file = server.ca_file,
          }))
          if got then
            values[#values + 1] = at_a_time == 0 and got.wall / got.calls * 1000
              or got.calls / got.wall
          end
        end
        local spread = report.spread(values)
        of[http .. (at_a_time > 0 and "_many" or "")] = spread
        row[#row + 1] = spread and ("%.2f"):format(spread.median) or "-"
      end
    end
    kept[one[1]], rows[#rows + 1] = of, row
  end
  report.table("HTTP/1.1 and HTTP/2 over TLS, wxlive on Lua 5.4", rows)
  return kept
end

-- One worker of nginx ----------------------------------------------------------------------------

-- Requests that come in, each of which makes one call: what a worker is there for.
local function in_worker(server)
  local rows = { { "", "requests a second / raw cosocket" } }
  local kept = {}
  for _, where in ipairs { { "", server.url }, { ", TLS", server.tls_url } } do
    local job = with(job_of(server, "small", where[2]), { ca_file = server.ca_file })
    local values = {}
    for _ = 1, options.rounds do
      local rates = worker.rates(job, options.quick and 1 or 3)
      values[#values + 1] = rates.wxlive / rates.raw
    end
    kept["wxlive" .. where[1]] = report.spread(values)
    rows[#rows + 1] = { "wxlive" .. where[1], report.ratio(kept["wxlive" .. where[1]]) }
  end
  report.table(("One nginx worker, %d requests at a time, a call for each"):format(AT_A_TIME), rows)
  return kept
end

-- Other costs -------------------------------------------------------------------------------------

local function facts(server)
  local rows = { { "", "Lua 5.4", "LuaJIT" } }
  local kept = { require_ms = {}, idle_bytes = {}, growth_kb = {} }
  local load_row, idle_row = { "require \"wxlive.broadcast\", ms" }, { "an idle client, bytes" }
  local growth_row = { ("memory growth over %s calls, kB"):format(
    report.thousands(options.growth)) }
  for _, which in ipairs { "5.4", "luajit" } do
    local name = which == "5.4" and "lua5.4" or which
    local env = 'eval "$(scripts/dev/env ' .. which .. ')"; '
    local times = options.quick and 1 or 20
    local ms = (measure.seconds(env .. name .. " -e 'require \"wxlive.broadcast\"'", times)
      - measure.seconds(env .. name .. " -e ''", times)) * 1000
    local function fact(what, count)
      return measure.line(what, env .. "exec " .. name .. " bench/clients/facts.lua " .. what .. " "
        .. server.url .. " " .. count)
    end
    local idle, growth = fact("idle", 1000), fact("growth", options.growth)
    kept.require_ms[which], load_row[#load_row + 1] = ms, ("%.1f"):format(ms)
    kept.idle_bytes[which] = idle and idle.bytes
    idle_row[#idle_row + 1] = idle and tostring(idle.bytes) or "-"
    kept.growth_kb[which] = growth and growth.kb
    growth_row[#growth_row + 1] = growth and tostring(growth.kb) or "-"
  end
  kept.growth_calls = options.growth
  report.table("Other costs", { rows[1], load_row, idle_row, growth_row })
  return kept
end

local function keep(results, kind)
  local path = "bench/results/" .. os.date("!%Y-%m-%d") .. kind .. ".json"
  process.write(path, assert(json.encode(results)) .. "\n")
  print("\nkept in " .. path)
end

-- Sheets ------------------------------------------------------------------------------------------

local function sheets(server)
  local rows = { { "", "rows", "rows/s", "time / ideal", "CPU ms a row", "MB", "commits a row",
    "statements a row" } }
  local kept = shop.run(server, options)
  for _, one in ipairs(kept) do
    rows[#rows + 1] = {
      one.ledger .. (one.latency > 0 and ", 50 ms away" or ""), report.thousands(one.rows),
      ("%.0f"):format(one.rate), one.ideal and ("%.2f"):format(one.ideal) or "-",
      ("%.2f"):format(one.cpu_ms), ("%.1f"):format(one.peak_kb / 1024),
      ("%.2f"):format(one.commits), ("%.1f"):format(one.statements),
    }
  end
  report.table(("apply of a sheet of goods, %d at a time"):format(shop.CONCURRENCY), rows)
  return kept
end

local server = server_of.start()
local ok, why = pcall(function()
  local results = { date = os.date("!%Y-%m-%dT%H:%M:%SZ"), machine = machine() }
  print(("%s, %s processors; %s"):format(results.machine.cpu or "?",
    results.machine.processors or "?", results.machine.system or "?"))
  if options.callbacks then
    results.callbacks = callbacks.run(server.directory, options)
    return keep(results, "-callbacks")
  end
  if options.instructions then
    results.instructions = instruction_table(server)
    return keep(results, "-instructions")
  elseif options.sheets then
    results.sheets = sheets(server)
    return keep(results, "-sheets")
  elseif options.protocols then
    results.protocols = protocols(server)
    return keep(results, "-protocols")
  end
  results.serial = {}
  for _, name in ipairs(tasks.names) do
    results.serial[name] = serial(server, name)
  end
  results.concurrent = concurrent(server)
  results.protocols = protocols(server)
  results.worker = in_worker(server)
  results.callbacks = callbacks.run(server.directory, options)
  results.sheets = sheets(server)
  results.facts = facts(server)
  if not options.quick then
    results.instructions = instruction_table(server)
    keep(results, "")
  end
end)
server.stop()
if not ok then
  error(why, 0)
end
if #measure.failures > 0 then
  io.stderr:write("\nbench: these did not work:\n  ", table.concat(measure.failures, "\n  "), "\n")
  os.exit(1)
end
