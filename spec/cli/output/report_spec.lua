local Error = require "wxlive.error"
local command = require "spec.support.command"

-- What a program under report.guard does: its status and what it prints.
local function guarded(body, env)
  local path = os.tmpname()
  command.write(path, 'os.exit(require("wxlive.cli.output.report").guard("who", function()\n'
    .. body .. "\nend), true)\n")
  local got = command.lua(path, {}, { env = command.settings(nil, env) })
  os.remove(path)
  return got
end

describe("wxlive.cli.output.report", function()
  it("lets a status through", function()
    assert.equal(3, guarded("return 3").status)
  end)

  it("makes one line of an error object that was raised", function()
    local got = guarded [[error(require("wxlive.error").new { kind = "quota", name = "spent",
      code = 45009, message = "no more\ntoday", hint = "wait", endpoint = "goods_add" })]]
    assert.equal(6, got.status)
    assert.equal("who: goods_add: no more today (spent, errcode 45009); wait\n", got.err)
  end)

  it("makes one line of a fault of our own, and a traceback only when asked", function()
    local got = guarded "local t = nil; return t.x"
    assert.equal(1, got.status)
    assert.is_truthy(got.err:find("^who: internal error[^\n]*\n$"), got.err)
    assert.is_truthy(guarded("error 'x'", { WXLIVE_DEBUG = "1" }).err:find("traceback"))
    -- It names where the fault arose, although it was caught and raised again.
    local code = [[
      local function at_fault() error "x" end
      require("wxlive.cli.interrupts").unbroken(function() at_fault() end)]]
    assert.is_truthy(guarded(code, { WXLIVE_DEBUG = "1" }).err:find("at_fault"))
  end)

  it("ends an interrupted program with 130", function()
    assert.equal(130, guarded("error('interrupted!')").status)
  end)

  it("speaks Chinese, and shows the code that a person must scan", function()
    local got = guarded([[
      require("wxlive.cli.output.report").print("who", require("wxlive.error").new {
        kind = "api", name = "anchor_unverified", code = 300036, message = "m", message_zh = "未实名",
        hint = "h", hint_zh = "扫码", endpoint = "create_room", rid = "6b03-1",
        body = { qrcode_url = "https://example.test/qr" } }, "rooms.csv:3")
      return 1]], { WXLIVE_LANG = "zh_CN.UTF-8" })
    assert.equal("who: rooms.csv:3: create_room：未实名（anchor_unverified，errcode 300036，"
      .. "rid 6b03-1）；扫码\nwho: 请本人扫码认证：https://example.test/qr\n", got.err)
  end)

  it("says a sentence in the reader's language", function()
    local code = [[
      local both = require("wxlive.text.sentence").both
      require("wxlive.cli.output.report").print("who", both("a\nb", "甲"))
      return 1]]
    assert.equal("who: 甲\n", guarded(code, { WXLIVE_LANG = "zh" }).err)
    assert.equal("who: a b\n", guarded(code, { WXLIVE_LANG = "en" }).err)
  end)

  it("says for which account it speaks", function()
    local code = [[
      local report = require "wxlive.cli.output.report"
      report.as_json(%s)
      report.print(report.who { acts_for = { name = "tea" } }, "no luck", "a.csv:3")
      report.print(report.who {}, "no luck")
      return 1]]
    assert.equal("wxlive: tea: a.csv:3: no luck\nwxlive: no luck\n",
      guarded(code:format("false")).err)
    local lines = guarded(code:format("true")).err
    assert.is_truthy(lines:find('"account":"tea"[^\n]*"who":"wxlive"'), lines)
    assert.is_nil(lines:match("\n(.*)"):find("account", 1, true))
  end)

  it("takes text as well", function()
    assert.equal("plain text", require("wxlive.cli.output.report").line("plain\ntext"))
    assert.equal("m", require("wxlive.cli.output.report").line(
      Error.new { kind = "usage", message = "m" }))
  end)
end)
