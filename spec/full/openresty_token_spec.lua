--- Tokens inside a real nginx: whatever ends a request, a timer or a worker half-way, and wherever
--- a call is made that cannot succeed there, the calls of others go on.
local await = require "spec.support.await"
local nginx = require "spec.support.servers.nginx"
local resty = require "spec.support.servers.resty"
local sandbox = require "wxlive.sandbox"

-- Reads the rooms with a client of the default store.
local CALL = [[
  local live = assert(require("wxlive.broadcast").new {})
  local result, err = live:get_live_info(0, 1)
]]

local function location(path, code, more)
  return ("location = %s { %s content_by_lua_block { %s } }\n"):format(path, more or "", code)
end

local CALLING = location("/call", CALL .. [[
  ngx.status = result and 200 or 500
  ngx.say(result and "ok" or tostring(err))
]])

describe("a token inside nginx", function()
  local box, shop

  local function start(options)
    options.locations = CALLING .. (options.locations or "")
    options.workers = options.workers or 1
    shop = resty.start(box, options)
  end

  local function delay(seconds)
    assert(box:control("fault", { on = "token", kind = "delay", seconds = seconds,
      when = "after" }))
  end

  local function await_request()
    await(function()
      return assert(box:control("faults", {})).faults[1].fired > 0
    end, "the token request")
  end

  local function token_requests()
    local counts = assert(box:control("tokens"))[box.appid]
    return counts and counts.stable or 0
  end

  local function works()
    local response = assert(shop:get("/call"))
    assert.equal("ok\n", response.body)
  end

  -- A request in a program of its own, which end() ends in the middle.
  local function request_begun(path)
    local pipe = assert(io.popen(("curl -s -m 60 -o /dev/null '%s%s' & echo $!"):format(
      shop.url, path)))
    local pid = assert(pipe:read("*l"))
    return function()
      os.execute("kill -9 " .. pid)
      pipe:close()
    end
  end

  before_each(function()
    box = assert(sandbox.start { seed = "demo" })
  end)
  after_each(function()
    if shop then
      shop:stop()
      shop = nil
    end
    box:stop()
  end)

  it("is fetched on when the client that asked first leaves", function()
    start { locations = location("/left", CALL, "lua_check_client_abort on;") }
    delay(1)
    local leave = request_begun("/left")
    await_request()
    leave()
    works()
    assert.equal(1, token_requests())
  end)

  for what, code in pairs {
    ["ngx.thread.kill"] = "ngx.thread.kill(thread)",
    ["ngx.exit beside a light thread"] = "ngx.exit(204)",
    ["the end of the request"] = "ngx.thread.kill(thread) return ngx.exit(444)",
  } do
    it("is fetched on after " .. what, function()
      start { locations = location("/killed", ([[
        local thread = ngx.thread.spawn(function() %s end)
        ngx.sleep(0.2)
        %s
      ]]):format(CALL, code)) }
      delay(1)
      shop:get("/killed")
      await_request()
      works()
      assert.equal(1, token_requests())
    end)
  end

  it("is fetched although the first to ask are in phases that cannot wait for it", function()
    start { locations = ([[
      location = /logged { log_by_lua_block { %s ngx.log(ngx.WARN, "logged: ", err and err.name) }
        return 204; }
      location = /header { header_filter_by_lua_block { %s } return 204; }
      location = /body { body_filter_by_lua_block { %s } return 200 "body"; }
      location = /set { set_by_lua_block $name { %s return err and err.name or "none" }
        return 200 "$name"; }
    ]]):format(CALL, CALL, CALL, CALL) }
    assert.equal("wrong_phase", shop:get("/set").body)
    for _ = 1, 10 do
      assert.equal(204, shop:get("/logged").status)
      assert.equal(204, shop:get("/header").status)
      assert.equal("body", shop:get("/body").body)
    end
    works()
    assert.equal(1, token_requests())
    assert.is_truthy(shop:log():find("logged: wrong_phase", 1, true))
  end)

  for _, phase in ipairs { "init_by_lua_block", "init_worker_by_lua_block" } do
    it("is fetched after a call in " .. phase .. " failed", function()
      start {
        workers = 2,
        replace = {
          ['init_worker_by_lua_block { require("admin").warm() }'] = ([[
            %s { %s ngx.log(ngx.WARN, "at the start: ", err and err.name) }
          ]]):format(phase, CALL),
        },
      }
      for _ = 1, 4 do
        works()
      end
      assert.equal(1, token_requests())
      assert.is_truthy(shop:log():find("at the start: wrong_phase", 1, true))
    end)
  end

  it("is fetched by its caller when nginx runs no more timers", function()
    start {
      replace = { ["access_log off;"] = "access_log off; lua_max_running_timers 1;" },
      locations = location("/occupy", [[
        assert(ngx.timer.at(0, function()
          while not ngx.worker.exiting() do ngx.sleep(0.05) end
        end))
        ngx.sleep(0.05)
      ]]),
    }
    assert.equal(200, shop:get("/occupy").status)
    works()
    assert.equal(1, token_requests())
    assert.is_truthy(shop:log():find("lua_max_running_timers", 1, true))
  end)

  it("is fetched by its caller when nginx takes no more timers", function()
    -- The example's own timer, which keeps the token warm, is the one.
    start {
      replace = { ["access_log off;"] = "access_log off; lua_max_pending_timers 1;" },
      locations = location("/full", [[
        local ok, err = ngx.timer.at(0, function() end)
        ngx.say(ok and "ok" or err)
      ]]),
    }
    assert.is_truthy(shop:get("/full").body:find("too many pending timers", 1, true))
    works()
    assert.equal(1, token_requests())
  end)

  it("of a worker that is killed while it fetches is fetched by another one", function()
    start { workers = 2, locations = location("/doomed", [[
      ngx.log(ngx.WARN, "doomed: ", ngx.worker.pid(), ".")
    ]] .. CALL) }
    delay(30)
    local leave = request_begun("/doomed")
    await_request()
    os.execute("kill -9 " .. assert(shop:log():match("doomed: (%d+)%.")))
    leave()
    works()
    assert.equal(2, token_requests())
  end)

  it("without a dictionary is kept by each worker, and the log says so once", function()
    start { replace = { ["lua_shared_dict wxlive 10m;"] = "lua_shared_dict other 1m;",
      ['init_worker_by_lua_block { require("admin").warm() }'] = "" } }
    works()
    works()
    assert.equal(1, token_requests())
    local _, times = shop:log():gsub("there is no shared dictionary wxlive", "")
    assert.equal(1, times)
    assert.is_truthy(shop:log():find("lua_shared_dict wxlive 10m;", 1, true))
  end)

  it("that does not fit into the dictionary is used, and the log names the dictionary", function()
    start {
      replace = { ["lua_shared_dict wxlive 10m;"] = "lua_shared_dict wxlive 16k;" },
      locations = location("/fill", [[
        local n = 0
        while ngx.shared.wxlive:safe_set("filler-" .. n, ("x"):rep(100)) do n = n + 1 end
        while ngx.shared.wxlive:safe_set("small-" .. n, "x") do n = n + 1 end
      ]]),
    }
    assert.equal(200, shop:get("/fill").status)
    works()
    local log = shop:log()
    assert.is_truthy(log:find("token store failed: shared dictionary wxlive: no memory", 1, true),
      log)
    assert.is_truthy(log:find("lua_shared_dict wxlive 10m;", 1, true))
  end)

  it("over TLS with no authorities named is an error that names the directive", function()
    local server = nginx.start()
    finally(server.stop)
    start {
      replace = {
        ["lua_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;"] = "",
      },
      locations = location("/tls", ([[
        local live = assert(require("wxlive.broadcast").new {
          base_url = %q, token_store = require("wxlive.store.memory").new(),
        })
        local _, err = live:get_live_info(0, 1)
        ngx.say(tostring(err))
      ]]):format(server.tls_url)),
    }
    for _ = 1, 3 do
      local said = shop:get("/tls").body
      assert.is_truthy(said:find("lua_ssl_trusted_certificate", 1, true), said)
      assert.is_nil(said:find("assert", 1, true), said)
    end
  end)
end)
