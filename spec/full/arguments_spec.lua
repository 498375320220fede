-- As spec/arguments_spec.lua, of what needs a sandbox: one argument at a time is wrong, the others
-- fit.
local Error = require "wxlive.error"
local compat = require "wxlive.base.compat"
local shops = require "spec.support.shop"

local WRONG = { false, true, 5, -1, 0.5, "x", "", {}, function() end, { 1 }, { x = 1 }, io.stdout }

describe("an argument of a wrong type, to", function()
  local shop, live, ledger, box

  setup(function()
    shop = shops.open { audit_seconds = 0, seed = "demo" }
    box, live = shop.box, shop:client { retry = { attempts = 1 } }
    ledger = assert(require("wxlive.ledger").open(shop.location, { appid = live.appid }))
  end)

  teardown(function()
    ledger:close()
    shop:close()
  end)

  local function is_from_inside(text)
    return text:find("attempt to ", 1, true) or text:find("bad argument #", 1, true)
      or text:find(".lua:%d+: bad ") or text:find("invalid value", 1, true)
      or text:find("stack overflow", 1, true) or text:find("internal error", 1, true)
  end

  -- calls: { name, f, ... }: a function, and arguments that fit
  local function sweep(calls)
    local found = {}
    for _, call in ipairs(calls) do
      local name, f, fit = call[1], call[2], { n = call.n or #call - 2, compat.unpack(call, 3) }
      local function try(i, wrong)
        local given = { compat.unpack(fit, 1, fit.n) }
        given[i] = wrong
        local fine, value, err = pcall(f, compat.unpack(given, 1, fit.n))
        local said = not fine and value or value == nil and err or nil
        if said and is_from_inside(tostring(said)) or Error.is(said) and said.kind == "raised" then
          found[#found + 1] = ("%s, argument %d = %s: %s"):format(name, i, tostring(wrong),
            tostring(said))
        end
      end
      for i = 1, fit.n do
        try(i, nil)
        for _, wrong in ipairs(WRONG) do
          try(i, wrong)
        end
      end
    end
    assert.equal("", table.concat(found, "\n"))
  end

  local rows = assert(require("wxlive.rundown").read("scripts/samples/evening.csv"))
  local room = { room_id = 1, name = "x", start_time = 1.8e9, end_time = 1.8e9 + 3600 }

  it("wxlive itself", function()
    local wxlive = require "wxlive"
    sweep {
      { "map", wxlive.map, {}, function() end, {} }, { "wait", wxlive.wait, {} },
      { "spawn", wxlive.spawn, function() end },
      { "room_path", wxlive.room_path, 5, {} },
      { "hooks.join", require("wxlive.hooks").join, {}, {} },
      { "log.new", require("wxlive.log").new, {} },
      { "json.decode", require("wxlive.json").decode, "{}" },
      { "json.encode", require("wxlive.json").encode, {} },
      { "json.array", require("wxlive.json").array, {} },
      { "json.is_array", require("wxlive.json").is_array, {} },
      { "json.number", require("wxlive.json").number, "5" },
      { "errcodes.get", require("wxlive.errcodes").get, 40001, false },
    }
  end)

  it("metrics and stores", function()
    local metrics = assert(require("wxlive.metrics").new())
    local store = require("wxlive.store.memory").new()
    sweep {
      { "metrics.new", require("wxlive.metrics").new, {} },
      { "metrics:account", function(...) return metrics:account(...) end, "tea" },
      { "metrics:push", function(...) return metrics:push(...) end, 200, "tea" },
      { "metrics:collect", function(...) return metrics:collect(...) end, function() end },
      { "metrics:quotas", function(...) return metrics:quotas(...) end, live, "tea" },
      { "metrics:ledger", function(...) return metrics:ledger(...) end, ledger, "tea" },
      { "metrics:prometheus", function(x) return x and metrics:prometheus() end, true },
      { "store.memory.new", require("wxlive.store.memory").new, {} },
      { "store.file.new", require("wxlive.store.file").new, shop.home .. "/tokens", {} },
      { "store.redis.new", require("wxlive.store.redis").new, { host = "127.0.0.1", port = 1 } },
      { "store:get", function(...) return store:get(...) end, "a" },
      { "store:set", function(...) return store:set(...) end, "a", "b", 5 },
      { "store:add", function(...) return store:add(...) end, "a", "b", 5 },
      { "store:delete", function(...) return store:delete(...) end, "a", "b" },
      { "store:incr", function(...) return store:incr(...) end, "a", 1, 5 },
    }
  end)

  it("a rundown", function()
    local rundown = require "wxlive.rundown"
    local path = "scripts/samples/evening.csv"
    local show = assert(rundown.open { live = live, ledger = ledger, path = path, room = 1 })
    sweep {
      { "rundown.open", rundown.open, { live = live, ledger = ledger, path = path, room = 1 } },
      { "rundown.read", rundown.read, path },
      { "rundown.rehearse", rundown.rehearse, {} },
      { "rundown.find_room", rundown.find_room, live, 1 },
      { "rundown.history", rundown.history, ledger, 1, "done" },
      { "rundown.text", rundown.text, rows, room, 80 },
      { "rundown.svg", rundown.svg, rows, room },
      { "rundown.ics", rundown.ics, rows, room, 1.8e9 },
      { "show:command", function(...) return show:command(...) end, "hold", 5, function() end },
      { "show:state", function(...) return show:state(...) end, 5 },
    }
    show:close()
  end)

  it("a shop, a ledger and sheets", function()
    local door = assert(require("wxlive.shop").open { live = live, ledger = shop.location })
    local function of(name)
      return function(...) return door[name](door, ...) end
    end
    local function of_ledger(name)
      return function(...) return ledger[name](ledger, ...) end
    end
    local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 1))
    sweep {
      { "shop.open", require("wxlive.shop").open, { live = live, ledger = shop.location } },
      { "shop:plan", of "plan", sheet, {} }, { "shop:apply", of "apply", "nothing.csv", {} },
      { "shop:submit", of "submit", "nothing.csv", {} }, { "shop:diff", of "diff", {} },
      { "shop:notify", of "notify", 99, {} }, { "shop:notices", of "notices", 99 },
      { "shop:push_result", of "push_result", {} },
      { "shop:replays", of "replays", 99, shop.home, {} },
      { "ledger.open", require("wxlive.ledger").open, shop.location, { appid = "x" } },
      { "ledger:page", of_ledger "page", "goods", "a", 5 },
      { "ledger:history", of_ledger "history", "goods", "a" },
      { "ledger:item", of_ledger "item", "goods", "a" },
      { "csv.open", require("wxlive.sheet.csv").open, sheet },
      { "queue.open", require("wxlive.worker.queue").open, shop.location, {} },
      { "worker.open", require("wxlive.worker").open, { accounts = {}, ledger = shop.location } },
      { "accounts.open", require("wxlive.accounts").open, shop.home .. "/config", {} },
    }
    door:close()
  end)

  it("a desk, a callback and a platform", function()
    local desk = require "wxlive.desk"
    local page = assert(desk.new { live = live, log = desk.log() })
    local receiver = assert(require("wxlive.callback").new {
      appid = "wx0123456789abcdef", token = "abcdefgh", mode = "plain",
    })
    local platform = assert(require("wxlive.platform").new {
      component_appid = "wx0123456789abcdef", component_secret = ("a"):rep(32), token = "abcdefgh",
      aes_key = ("a"):rep(43),
      vault = require("wxlive.platform.vault.memory").new(), vault_key = ("a"):rep(64),
      base_url = box.base_url,
    })
    local function of(object, name)
      return function(...) return object[name](object, ...) end
    end
    sweep {
      { "desk.log", desk.log, require("wxlive.store.memory").new() },
      { "desk.new", desk.new, { live = live, log = desk.log() } },
      { "desk:handle", of(page, "handle"), { method = "GET", path = "/", headers = {} } },
      { "callback.new", require("wxlive.callback").new, {} },
      { "callback:verify", of(receiver, "verify"), {} },
      { "callback:open", of(receiver, "open"), {}, "{}" },
      { "callback:on", of(receiver, "on"), "follow", function() end },
      { "callback:dispatch", of(receiver, "dispatch"), {} },
      { "platform.new", require("wxlive.platform").new, {} },
      { "platform:shop", of(platform, "shop"), "wx0123456789abcdee", {} },
      { "platform:shops", function(o)
        local iterate, err = platform:shops(o)
        if not iterate then
          return nil, err
        end
        return iterate()
      end, {} },
      { "platform:shop_info", of(platform, "shop_info"), "wx0123456789abcdee", {} },
      { "platform:authorization_url", of(platform, "authorization_url"),
        { redirect_uri = "https://x.test/" } },
      { "platform:authorize", of(platform, "authorize"), "code" },
      { "platform:call", of(platform, "call"), "get_authorizer_list",
        { offset = 0, count = 1 }, {} },
      { "platform:export", of(platform, "export"), function() end },
      { "platform:import", of(platform, "import"), "", {} },
    }
  end)

  it("a sandbox", function()
    local sandbox = require "wxlive.sandbox"
    sweep {
      { "box:control", function(...) return box:control(...) end, "state", {} },
      { "sandbox.start", function(given)
        local one, err = sandbox.start(given)
        if one then
          one:stop()
        end
        return one, err
      end, { wait = 1, port = "x" } },
    }
    for _, option in ipairs { { port = -1 }, { port = 1.5 }, { port = 1e9 }, { wait = -1 },
      { clock = 0 / 0 }, { clock = 1e300 }, { random_seed = 0 / 0 }, { goods_cap = -1 } } do
      local _, err = sandbox.start(option)
      assert.same({ "invalid_options", (next(option)) }, { err.name, err.field })
    end
  end)
end)
