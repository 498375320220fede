-- The wxlive command as users meet it: a process, against the sandbox.
local catalogue = require "wxlive.catalogue"
local example_of = require "spec.support.example"
local json = require "wxlive.json"
local parser = require "wxlive.cli.parser"
local command = require "spec.support.command"
local sandbox = require "wxlive.sandbox"

describe("wxlive", function()
  local box, home

  setup(function()
    box = assert(sandbox.start { seed = "demo" })
    home = command.directory()
  end)

  teardown(function()
    box:stop()
    command.remove(home)
  end)

  local function settings(more)
    local env = command.settings(box, { XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home })
    for name, value in pairs(more or {}) do
      env[name] = value
    end
    return env
  end

  local function wxlive(arguments, more, input)
    return command.lua("scripts/wxlive", arguments, { env = settings(more), input = input })
  end

  local function one_line(text)
    assert.is_truthy(text:find("^[^\n]+\n$"), "not one line: " .. text)
    assert.is_nil(text:find("traceback"))
  end

  -- Runs it, expects this status and one line on standard error that matches.
  local function fails(status, pattern, arguments, more, input)
    local got = wxlive(arguments, more, input)
    assert.equal(status, got.status, got.err)
    one_line(got.err)
    assert.is_truthy(got.err:find(pattern), got.err)
    assert.equal("", got.out)
  end

  describe("help", function()
    it("is there for every command, in both languages", function()
      for _, name in ipairs(parser.names()) do
        if name ~= "help" then
          local got = wxlive { name, "--help" }
          assert.equal(0, got.status, name .. ": " .. got.err)
          assert.is_truthy(got.out:find("Usage: wxlive " .. name, 1, true), got.out)
        end
      end
      local got = wxlive({ "help", "create-room" }, { WXLIVE_LANG = "zh_CN.UTF-8" })
      assert.equal(0, got.status)
      assert.is_truthy(got.out:find("创建直播间", 1, true))
      assert.is_truthy(got.out:find("--anchor-wechat", 1, true))
    end)

    it("names every field that may be given, and no secret", function()
      for _, entry in ipairs(catalogue.list) do
        if #entry.params > 6 or entry.auth == "none" then
          local got = wxlive { entry.name, "--help" }
          for _, field in ipairs(entry.params) do
            local option = "--" .. field.name:gsub("_", "-") .. " "
            assert.equal(field.fill == nil, got.out:find(option, 1, true) ~= nil,
              entry.name .. " " .. option)
          end
        end
      end
    end)

    it("lists the commands and the exit statuses", function()
      local got = wxlive { "--help" }
      assert.equal(0, got.status)
      assert.is_truthy(got.out:find("goods_push", 1, true))
      assert.is_truthy(got.out:find("Exit status", 1, true))
      assert.equal(2, wxlive({}).status)
    end)

    it("tells the version", function()
      assert.equal("wxlive " .. require("wxlive.broadcast")._VERSION .. "\n",
        wxlive({ "--version" }).out)
    end)
  end)

  describe("METHOD", function()
    it("prints JSON in a pipe, keys sorted", function()
      local got = wxlive { "get_live_info" }
      assert.equal(0, got.status, got.err)
      local answer = json.decode(got.out)
      assert.equal(3, #answer.room_info)
      assert.is_truthy(got.out:find('"goods":[]', 1, true))
      -- decoding forgets that an empty table was a list
      assert.equal(got.out:gsub("%[%]", "{}"), json.encode(answer) .. "\n")
    end)

    it("prints a table when asked, states in words, columns of choice", function()
      local got = wxlive { "get_live_info", "--table" }
      assert.equal(0, got.status, got.err)
      assert.is_truthy(got.out:find("not started", 1, true))
      got = wxlive({ "get_live_info", "--table", "--columns", "name,live_type" },
        { WXLIVE_LANG = "zh" })
      assert.is_truthy(got.out:find("live_type", 1, true))
      assert.is_nil(got.out:find("anchor_name", 1, true))
      assert.is_truthy(wxlive({ "goods_get_key", "--table" }).status == 0)
    end)

    it("prints a table on a terminal by itself", function()
      local name = rawget(_G, "jit") and "luajit" or "lua5.4"
      local got = command.run({ "script", "-qec", name .. " scripts/wxlive get_live_info",
        "/dev/null" }, { env = settings { TERM = "xterm" } })
      assert.equal(0, got.status, got.out)
      assert.is_truthy(got.out:find("not started", 1, true), got.out)
      assert.is_truthy(got.out:find("\27[1m", 1, true), got.out)
    end)

    it("fits a table to the terminal", function()
      local name = rawget(_G, "jit") and "luajit" or "lua5.4"
      local got = command.run({ "script", "-qec", "stty cols 60; " .. name
        .. " scripts/wxlive get_live_info", "/dev/null" }, { env = settings { TERM = "xterm" } })
      assert.equal(0, got.status, got.out)
      for line in got.out:gsub("\27%[[%d;]*%a", ""):gmatch("[^\r\n]+") do
        assert.is_true(require("wxlive.text").width(line) <= 60, line)
      end
    end)

    it("takes options in both spellings, positional arguments, and numbers below zero", function()
      for _, arguments in ipairs {
        { "get_role_list", "--role", "-1", "--limit=30" }, { "get-role-list", "--role=-1" },
        { "get_role_list", "--role", "all" }, { "goods_list", "0", "30", "2" },
        { "goods_info", "--goods-ids", "1", "--goods_ids", "2" }, { "goods_info", "1,2" },
      } do
        local got = wxlive(arguments)
        assert.equal(0, got.status, table.concat(arguments, " ") .. ": " .. got.err)
        assert.is_table(json.decode(got.out))
      end
    end)

    it("changes things: people as username:nickname", function()
      local rooms = json.decode(wxlive({ "get_live_info" }).out).room_info
      local room = tostring(rooms[1].room_id)
      local got = wxlive { "add_assistant", room, "walle1:小助手,walle2:二号", "--table" }
      assert.equal(0, got.status, got.err)
      assert.equal("done\n", got.out)
      got = wxlive { "get_assistant_list", "--room-id", room, "--table" }
      assert.is_truthy(got.out:find("小助手", 1, true))
    end)

    it("shows a request without an account and without sending it", function()
      local before = box:control("log").last
      local got = wxlive({ "goods_push", "3", "7", "--dry-run" },
        { WXLIVE_APPID = false, WXLIVE_SECRET = false })
      assert.equal(0, got.status, got.err)
      local request = json.decode(got.out)
      assert.equal("POST", request.method)
      assert.same({ roomId = 3, goodsId = 7 }, request.params)
      got = wxlive { "get_stable_access_token", "--dry-run", "--table" }
      assert.equal(0, got.status, got.err)
      assert.is_nil(got.out:find(box.secret, 1, true))
      assert.equal(before, box:control("log").last)
    end)
  end)

  describe("call", function()
    it("takes an object, a list, standard input, and official spellings", function()
      for _, case in ipairs {
        { '{"goods_ids":[1,2]}' }, { "[[1,2]]" }, { "-", input = '{"goods_ids":[1]}' },
        { "-", input = '\239\187\191{"goods_ids":[1]}\r\n' },
        { '{"goods_ids":[1],"goodsIds":null}' },
      } do
        local got = wxlive({ "call", "goods_info", case[1] }, nil, case.input)
        assert.equal(0, got.status, got.err)
        assert.equal(1, json.decode(got.out).goods[1].goods_id)
      end
      assert.equal(0, wxlive({ "call", "get-assistant-list", '{"roomId":1}' }).status)
      assert.equal(0, wxlive({ "call", "goods_get_key" }).status)
      local got = wxlive { "call", "get_shared_code", "[1,null]", "--dry-run" }
      assert.equal("roomId=1", json.decode(got.out).url:match("%?(.*)$"), got.err)
    end)

    it("reaches every endpoint", function()
      for _, entry in ipairs(catalogue.list) do
        local got = wxlive({ "call", entry.name, "-", "--dry-run" }, nil,
          json.encode(example_of(entry)))
        -- The official examples lie in the past: the checks of times may refuse them, nothing else.
        if got.status ~= 0 then
          assert.is_truthy(got.err:find("start_time", 1, true), entry.name .. ": " .. got.err)
        end
      end
    end)

    it("says what is wrong with its parameters", function()
      fails(2, "did you mean goods_push", { "call", "goods_pusch", "{}" })
      fails(2, "must be a JSON object", { "call", "goods_push", "{room_id}" })
      fails(2, "takes 2 positional arguments, not 3", { "call", "goods_push", "[1,2,3]" })
      fails(2, "room_id is missing.*goods_id must be",
        { "call", "goods_push", '{"goods_id":true}' })
    end)
  end)

  describe("other commands", function()
    it("endpoints lists what there is", function()
      local got = wxlive { "endpoints", "--json" }
      assert.equal(#catalogue.list, #json.decode(got.out))
      got = wxlive { "endpoints", "--table" }
      assert.is_truthy(got.out:find("/wxaapi/broadcast/room/create", 1, true))
    end)

    it("token shows a masked token, and the whole one only when asked", function()
      local got = wxlive { "token" }
      assert.equal(0, got.status, got.err)
      local shown = json.decode(got.out)
      assert.is_truthy(shown.token:find("%.%.%."))
      local whole = json.decode(wxlive({ "token", "--show" }).out)
      assert.is_true(#whole.token > #shown.token)
      assert.equal(shown.token:match("^%w+"), whole.token:sub(1, #shown.token:match("^%w+")))
    end)

    it("fetches a token once, whatever the number of commands", function()
      wxlive { "goods_get_key" }
      local before = json.encode(box:control("tokens"))
      for _ = 1, 3 do
        assert.equal(0, wxlive({ "goods_get_key" }).status)
      end
      assert.equal(before, json.encode(box:control("tokens")))
    end)
  end)

  describe("failures", function()
    it("of usage: status 2", function()
      fails(2, "did you mean create_room", { "creat-room" })
      fails(2, "no command xyzzy", { "xyzzy" })
      fails(2, "unknown option '%-%-rom%-id'.*see wxlive goods_push %-%-help",
        { "goods_push", "--rom-id", "3" })
      fails(2, "room_id must be a whole number from 1, not \"x\"; goods_id must be",
        { "goods_push", "--room-id", "x", "--goods-id", "y" })
      fails(2, "goods_id is missing", { "goods_push", "3" })
      fails(2, "on_sale must be one of 0 %(off the shelf%), 1 %(on the shelf%), not \"maybe\"; "
        .. "goods_id is missing", { "goods_sale", "3", "--on-sale", "maybe" })
      fails(2, "is given 2 times", { "goods_push", "3", "--room-id", "4" })
      fails(2, "%-%-timeout", { "goods_push", "3", "4", "--timeout", "0" })
    end)

    it("of the platform: status 1, with errcode, rid and what to do", function()
      fails(1, "room_not_found, errcode 300022, rid [%x-]+%); ",
        { "get_assistant_list", "--room-id", "99999" })
      local got = wxlive({ "get_assistant_list", "99999" }, { WXLIVE_LANG = "zh_CN" })
      assert.equal(1, got.status)
      assert.is_truthy(got.err:find("errcode 300022", 1, true))
      assert.is_truthy(got.err:find("；", 1, true))
      one_line(got.err)
    end)

    it("to reach it: status 1, at once", function()
      fails(1, "127%.0%.0%.1", { "get_live_info", "--timeout", "2" },
        { WXLIVE_BASE_URL = "http://127.0.0.1:1" })
    end)

    it("of credentials and settings: status 5", function()
      -- with a cache of its own: a token that is still good needs no secret
      fails(5, "secret_wrong", { "get_live_info" },
        { WXLIVE_SECRET = "wrong", XDG_CACHE_HOME = home .. "/other" })
      fails(5, "appid is missing.*WXLIVE_APPID", { "get_live_info" },
        { WXLIVE_APPID = false, WXLIVE_SECRET = false })
      fails(5, "https", { "get_live_info" }, { WXLIVE_BASE_URL = "http://api.weixin.qq.com" })
      fails(5, "nowhere.conf", { "get_live_info", "--config", "nowhere.conf" })
    end)

    it("of quota: status 6; of unknown outcome: status 4", function()
      box:control("quota", { path = "/wxaapi/broadcast/goods/push", per_day = 0 })
      fails(6, "45009", { "goods_push", "2", "1" })
      box:control("quota", { path = "/wxaapi/broadcast/goods/push", per_day = 100 })
      box:control("fault", { on = "goods_push", kind = "reset_after", times = 9 })
      fails(4, "may have done it", { "goods_push", "2", "1", "--timeout", "3" })
      box:control("faults", { clear = true })
    end)
  end)

  it("runs a sandbox, and prints the settings to copy into another terminal", function()
    local running = command.start("scripts/wxlive", { "sandbox", "--seed", "demo" },
      { env = settings() })
    local lines = { running:line(), running:line(), running:line() }
    local printed = command.run { "sh", "-c", lines[2] .. "\n" .. lines[3]
      .. "\necho $WXLIVE_APPID $WXLIVE_SECRET $WXLIVE_BASE_URL" }
    local appid, secret, base_url = printed.out:match("^(%S+) (%S+) (%S+)\n$")
    local got = wxlive({ "get_live_info", "--json" },
      { WXLIVE_APPID = appid, WXLIVE_SECRET = secret, WXLIVE_BASE_URL = base_url })
    command.run { "curl", "-s", "-d", "{}", tostring(base_url) .. "/_sandbox/stop" }
    assert.equal(0, running:finish().status)
    assert.equal(0, got.status, got.err)
    assert.is_truthy(got.out:find("room_id", 1, true), got.out)
  end)

  -- Whoever reads up to a line and closes the pipe must not end it by a line that comes after.
  it("prints those settings in one write", function()
    local output = {}
    local write, served = io.write, package.loaded["wxlive.sandbox"]
    finally(function()
      io.write, package.loaded["wxlive.sandbox"] = write, served -- luacheck: ignore 122
    end)
    package.loaded["wxlive.sandbox"] = {
      APPID = "wx1", SECRET = "secret", serve = function(options)
        options.on_ready("http://127.0.0.1:1")
        return true
      end,
    }
    io.write = function(...) -- luacheck: ignore 122
      output[#output + 1] = table.concat { ... }
    end
    assert.is_true(require("wxlive.cli.commands.sandbox").run {})
    assert.equal(1, #output)
    assert.is_truthy(output[1]:find("export WXLIVE_APPID=wx1 WXLIVE_SECRET=secret\n"
      .. "export WXLIVE_BASE_URL=http://127.0.0.1:1\n", 1, true), output[1])
  end)
end)
