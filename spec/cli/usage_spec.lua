-- What is wrong with a command line or with the settings, in the reader's language.
local argparse = require "argparse"
local command = require "spec.support.command"
local usage = require "wxlive.cli.usage"

local function wxlive(arguments, env)
  local all = command.settings(nil, { WXLIVE_LANG = "zh", HOME = "/nonexistent",
    XDG_CONFIG_HOME = "/nonexistent" })
  for name, value in pairs(env or {}) do
    all[name] = value
  end
  return command.lua("scripts/wxlive", arguments, { env = all })
end

describe("a message of argparse", function()
  local function said(line)
    local parser = argparse "p"
    parser:command_target "command":require_command(false)
    local one = parser:command "one"
    one:argument "sheet"
    one:option "--room":count "*"
    one:option "--kind":choices { "goods", "rooms" }
    one:option "--pair":args(2)
    one:option "--most":args "1+"
    one:mutex(one:flag "--json", one:flag "--table")
    one:option "--odd":convert(tonumber)
    local ok, message = parser:pparse(line)
    assert.is_false(ok)
    return usage.explain(message)
  end

  it("is said in Chinese, every one of them", function()
    for chinese, line in pairs {
      ["没有选项 --jsn，您是否想写“--json”？"] = { "one", "a", "--jsn" },
      ["没有命令 two"] = { "two" },
      ["参数过多"] = { "one", "a", "b" },
      ["缺少参数 sheet"] = { "one" },
      ["选项 --room 缺少值"] = { "one", "a", "--room" },
      ["选项 --pair 要有 2 个值"] = { "one", "a", "--pair", "1" },
      ["选项 --json 不带值"] = { "one", "a", "--json=1" },
      ["选项 --table 不能与选项 --json 同时使用"] = { "one", "a", "--json", "--table" },
      ["选项 --kind 的值只能是 'goods', 'rooms'"] = { "one", "a", "--kind", "x" },
      ["参数有误：x"] = { "one", "a", "--odd", "x" },
    } do
      assert.equal(chinese, said(line).message_zh)
    end
  end)

  it("stays as it is in English, on one line", function()
    assert.equal("unknown option '--jsn'; did you mean '--json'?",
      said({ "one", "a", "--jsn" }).message)
  end)
end)

describe("wrong usage, in Chinese", function()
  for part, arguments in pairs {
    ["没有命令 creat_room，您是否想写“create_room”？"] = { "creat_room" },
    ["goods_push：room_id 应为正整数，而不是 \"x\"；goods_id 未填写：商品库中的商品 id"] =
      { "goods_push", "x" },
    ["--concurrency 应为整数，不小于 1，且不大于"] = { "apply", "a.csv", "--concurrency", "0" },
    ["没有接口 get_live_inf，您是否想写“get_live_info”？"] = { "call", "get_live_inf" },
    ["get_live_info：参数应为 JSON 对象"] = { "call", "get_live_info", "{" },
    ["appid 未设置；secret 未设置；请设置环境变量 WXLIVE_APPID"] = { "get_live_info" },
  } do
    it("says " .. part, function()
      local got = wxlive(arguments)
      assert.is_truthy(got.err:find(part, 1, true), got.err)
    end)
  end

  it("of a settings file names its lines", function()
    local path = os.tmpname()
    for text, part in pairs {
      ["apid = wx1"] = ":1：没有设置项 apid，您是否想写“appid”？",
      ["\nappid: wx1"] = ":2：这像是 YAML，请写作 key = value",
      ["secret = a\nsecret = b"] = ":2：secret 重复设置（首次在第 1 行）",
      ["timeout = soon"] = "timeout 应为大于 0 的秒数，而不是 soon",
    } do
      command.write(path, text .. "\n")
      local got = wxlive({ "--config", path, "get_live_info" })
      assert.equal(5, got.status, got.err)
      assert.is_truthy(got.err:find(part, 1, true), got.err)
    end
    os.remove(path)
  end)
end)
