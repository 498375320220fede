-- Where downloads go when the addresses and times that name them are hostile.
local client = require "wxlive.cli.client"
local command = require "spec.support.command"
local download = require "wxlive.shop.replays.download"

local hostile = {
  "https://h.test/a.mp4/../../../../evil", "https://h.test/x.%2e%2e%2fevil", "https://h.test/..",
  "https://h.test/a.b/../../etc/cron.d/x", "https://h.test/a./../../x", "https://h.test/a.sh;id",
  "https://h.test/a.x y", "https://h.test/a.\0b", "https://h.test/a.mp4?/../../x",
  "https://h.test/a.mp4#/../../x",
}

describe("downloads:", function()
  it("the pieces of a list stay in their folder", function()
    local lines = { "#EXTM3U" }
    for i, url in ipairs(hostile) do
      lines[2 * i], lines[2 * i + 1] = url, url:gsub("^https://h.test/", "")
    end
    local pieces, list = download.pieces(table.concat(lines, "\n"), "https://h.test/v/list.m3u8",
      "12-1")
    assert.equal(2 * #hostile, #pieces)
    for i, piece in ipairs(pieces) do
      assert.is_truthy(piece.name:find(("^12%%-1/%05d%%.%%w+$"):format(i)), piece.name)
    end
    for line in list:gmatch("[^\n]+") do
      assert.is_truthy(line:find("^#") or line:find("^12%-1/%d+%.%w+$"), line)
    end
  end)

  it("replays and clips stay in the folder they go to", function()
    local home = command.directory()
    local rows, goods, saved = {}, {}, {}
    for i, url in ipairs(hostile) do
      rows[i] = { media_url = url, create_time = "2026-12-01T12:00:00Z" }
      goods[i] = { goods_id = i }
    end
    for _, time in ipairs { "../../../x", "2026-../../../T12:00", "a/b-c/d-e/fTg/h:/../x", {} } do
      rows[#rows + 1] = { media_url = "https://h.test/a.mp4", create_time = time }
    end
    local live = {
      replays = function() return { all = function() return rows end } end,
      find_room = function() return { goods = goods } end,
      goods_video = function(_, _, id) return { url = hostile[id] } end,
    }
    local open, fetch, stdout, stderr = client.open, download.fetch, io.stdout, io.stderr
    client.open = function() return live end
    download.fetch = function(_, _, path)
      saved[#saved + 1] = path
      return "done"
    end
    local silent = { write = function(self) return self end, flush = function() end }
    io.stdout, io.stderr = silent, silent -- luacheck: ignore 122
    local fine, ok, err = pcall(require("wxlive.cli.commands.replays").run,
      { room = 12, to = home, concurrency = 1, piece = 1, json = true })
    client.open, download.fetch = open, fetch
    io.stdout, io.stderr = stdout, stderr -- luacheck: ignore 122
    command.remove(home)
    assert(fine, ok)
    assert(ok, err)
    assert.equal(2 * #hostile + 4, #saved)
    for _, path in ipairs(saved) do
      assert.equal(home .. "/", path:sub(1, #home + 1))
      assert.is_truthy(path:sub(#home + 2):find("^12%-[%w-]+%.%w+$"), path)
    end
  end)

  it("a list is followed to the first of its qualities, and taken from none who refuses", function()
    local answers = {
      ["https://h.test/v/all.m3u8"] = { 200, "#EXTM3U\n#EXT-X-STREAM-INF:X=1\nlow/a.m3u8\n" },
      ["https://h.test/v/low/a.m3u8"] = { 200, "#EXTM3U\n1.ts\n" },
      ["https://h.test/refused.m3u8"] = { 200, '{"errcode":1}' },
      ["https://h.test/gone.m3u8"] = { 404, "#EXTM3U\n1.ts\n" },
      ["https://h.test/round.m3u8"] = { 200, "#EXT-X-STREAM-INF:\nround.m3u8" },
    }
    local transport = { send = function(_, request)
      local answer = answers[request.url]
      return { status = answer[1], body = answer[2] }
    end }
    local function list(name)
      return download.list(transport, "https://h.test/" .. name)
    end
    assert.same({ "#EXTM3U\n1.ts\n", "https://h.test/v/low/a.m3u8" }, { list "v/all.m3u8" })
    for name, reason in pairs {
      ["refused.m3u8"] = "no_video", ["gone.m3u8"] = "no_video", ["round.m3u8"] = "bad_playlist",
    } do
      local text, err = list(name)
      assert.is_nil(text)
      assert.equal(reason, err.name)
    end
  end)
end)
