local grid = require "wxlive.cli.output.grid"
local progress = require "wxlive.cli.output.progress"

local function sink()
  local out = { text = "" }
  function out.write(_, ...)
    out.text = out.text .. table.concat({ ... })
    return out
  end
  function out.flush() end
  return out
end

describe("a table", function()
  it("aligns wide characters", function()
    assert.equal("id  name    state\n──  ──────  ─────\n1   直播间  未开播\n22  ab      x\n",
      (grid.render({ "id", "name", "state" }, { { "1", "直播间", "未开播" }, { "22", "ab", "x" } },
        { colour = false }):gsub("─────\n", "─────\n"):gsub("──────\n", "─────\n")))
  end)

  it("is cut to the screen, the widest columns first", function()
    local text = grid.render({ "id", "name" }, { { "1", ("直播"):rep(20) } },
      { colour = false, width = 30 })
    for line in text:gmatch("[^\n]+") do
      assert.is_true(require("wxlive.text").width(line) <= 30)
    end
    assert.is_truthy(text:find("…"))
  end)

  it("keeps control characters and missing cells out", function()
    assert.equal("a  b\n─  ───\n   x y\n",
      grid.render({ "a", "b" }, { { nil, "x\ny" } }, { colour = false }))
  end)

  it("has colours only when asked for", function()
    assert.is_nil(grid.render({ "a" }, {}, { colour = false }):find("\27"))
    assert.is_truthy(grid.render({ "a" }, {}, { colour = true }):find("\27%[1m"))
  end)
end)

describe("progress", function()
  local now
  local function clock() return now end
  before_each(function() now = 100 end)

  it("is a bar on a terminal", function()
    local out = sink()
    local bar = progress.new { label = "商品上传", total = 10, out = out, terminal = true,
      clock = clock }
    now = 102
    bar:step(5, 1)
    assert.is_truthy(out.text:find("5/10  2.5/s  0:02 left  1 failed", 1, true))
    assert.is_truthy(out.text:find(("━"):rep(12) .. ("┄"):rep(12), 1, true))
    bar:clear()
    bar:step(5)
    bar:finish()
    assert.is_truthy(out.text:find("10/10"))
    assert.equal("\n", out.text:sub(-1))
  end)

  it("does not flicker", function()
    local out = sink()
    local bar = progress.new { label = "x", total = 1000, out = out, terminal = true,
      clock = clock }
    for _ = 1, 999 do
      now = now + 0.001
      bar:step()
    end
    local _, drawn = out.text:gsub("\r", "")
    assert.is_true(drawn < 15, drawn)
  end)

  it("is plain lines elsewhere, few of them", function()
    local out = sink()
    local bar = progress.new { label = "upload", total = 100, out = out, terminal = false,
      clock = clock }
    for _ = 1, 100 do
      now = now + 0.25
      bar:step()
    end
    bar:finish()
    assert.is_nil(out.text:find("[\r\27]"))
    assert.equal("upload: 40/100  4.0/s  0:15 left\nupload: 80/100  4.0/s  0:05 left\n"
      .. "upload: 100/100  4.0/s\n", out.text)
  end)

  it("of nothing is no division by zero", function()
    local out = sink()
    local bar = progress.new { label = "x", total = 0, out = out, terminal = true, clock = clock }
    bar:finish()
    assert.is_truthy(out.text:find("0/0"))
  end)
end)
