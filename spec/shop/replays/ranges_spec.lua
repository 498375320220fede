-- Large files, piece by piece: what goes on, what starts over, what is refused.
local command = require "spec.support.command"
local process = require "spec.support.process"
local ranges = require "wxlive.shop.replays.ranges"
local video = require "wxlive.sandbox.world.video"

local PIECE = 10
local BYTES = "0123456789abcdefghijABCDEFGHIJ-the-end"
local DATE = "Mon, 23 Nov 2026 12:00:00 GMT"

describe("a file fetched piece by piece", function()
  local directory, path, asked

  before_each(function()
    directory = command.directory()
    path, asked = directory .. "/show.mp4", {}
  end)

  after_each(function()
    command.remove(directory)
  end)

  -- A server with `bytes`, which `change(answer, request, n)` may spoil.
  local function server(bytes, change)
    return {
      send = function(_, request)
        local headers = {}
        for name, value in pairs(request.headers or {}) do
          assert(not value:find("%c"), "no transport sends this header")
          headers[name:lower()] = value
        end
        asked[#asked + 1] = headers.range or "all"
        if headers["if-range"] == DATE then
          headers["if-range"] = nil
        end
        local answer = video.answer("video/mp4", bytes, headers)
        local response = { status = answer.status, body = answer.body, headers = {} }
        for name, value in pairs(answer.headers) do
          response.headers[name:lower()] = value
        end
        response.content_type = "video/mp4"
        local spoilt, err = (change or function() return response end)(response, request, #asked)
        if spoilt and request.max_body and #spoilt.body > request.max_body then
          return nil, { kind = "transport", name = "too_large", message = "too large" }
        end
        return spoilt, err
      end,
    }
  end

  local function fetch(transport, options)
    options = options or {}
    options.piece = PIECE
    return ranges.fetch(transport, "https://v.example.test/show.mp4", path, options)
  end

  local function broken()
    return nil, { kind = "transport", name = "connection_lost", message = "cut" }
  end

  local function begin(pieces, bytes)
    local what, err = fetch(server(bytes or BYTES, function(response, _, n)
      if n > pieces then
        return broken()
      end
      return response
    end))
    assert.is_nil(what)
    assert.equal("connection_lost", err.name)
    asked = {}
  end

  local function clean()
    assert.is_nil(process.read(path .. ".part"))
    assert.is_nil(process.read(path .. ".part.json"))
  end

  it("is whole, and nothing stays beside it", function()
    assert.equal("done", fetch(server(BYTES)))
    assert.equal(BYTES, process.read(path))
    assert.same({ "bytes=0-9", "bytes=10-19", "bytes=20-29", "bytes=30-39" }, asked)
    clean()
  end)

  it("goes on where it was cut off, asking for no byte twice", function()
    for cut = 1, 3 do
      os.remove(path)
      begin(cut)
      assert.equal(BYTES:sub(1, cut * PIECE), process.read(path .. ".part"))
      assert.equal("done", fetch(server(BYTES)))
      assert.equal("bytes=" .. cut * PIECE .. "-" .. cut * PIECE + 9, asked[1])
      assert.equal(BYTES, process.read(path))
      clean()
      asked = {}
    end
  end)

  it("goes on from any byte: a piece may have been written in part", function()
    for size = 0, #BYTES do
      os.remove(path)
      begin(1)
      command.write(path .. ".part", BYTES:sub(1, size))
      assert.equal("done", fetch(server(BYTES)))
      assert.equal(BYTES, process.read(path), size)
      clean()
    end
  end)

  it("starts over when the file has become another one", function()
    local other = BYTES:upper() .. BYTES
    begin(2)
    assert.equal("done", fetch(server(other)))
    assert.equal(other, process.read(path))
    assert.same({ "bytes=20-29", "bytes=0-9" }, { asked[1], asked[2] })
    os.remove(path)
    begin(2)
    -- Shorter than what has come, and given as a whole.
    assert.equal("done", fetch(server("short")))
    assert.equal("short", process.read(path))
  end)

  it("refuses pieces that are not those it asked for, and forgets what it has", function()
    local hostile = {
      function(r) r.headers["content-range"] = "bytes 0-9/38" end,
      function(r) r.headers["content-range"] = "bytes 20-29/39" end,
      function(r) r.headers["content-range"] = "bytes 20-29/25" end,
      function(r) r.headers["content-range"] = "bytes 20-29/*" end,
      function(r) r.headers["content-range"] = nil end,
      function(r) r.body = r.body:sub(2) end,
      function(r) r.headers.etag = '"another"' end,
    }
    for i, spoil in ipairs(hostile) do
      begin(2)
      local what, err = fetch(server(BYTES, function(response)
        spoil(response)
        return response
      end))
      assert.is_nil(what, i)
      assert.equal("bad_range", err.name)
      assert.is_nil(process.read(path))
      clean()
    end
  end)

  it("is fetched whole where there are no ranges, no version, or an encoding", function()
    for _, spoil in ipairs {
      function(r) r.status, r.body, r.headers["content-range"] = 200, BYTES, nil end,
      function(r) r.headers.etag = nil end,
      function(r) r.headers.etag = 'W/"weak"' end,
      function(r) r.headers["content-encoding"] = "gzip" end,
    } do
      assert.equal("whole", fetch(server(BYTES, function(response)
        spoil(response)
        return response
      end)))
      clean()
    end
    -- A date names a version as well.
    assert.equal("done", fetch(server(BYTES, function(response)
      response.headers.etag, response.headers["last-modified"] = nil, DATE
      return response
    end)))
    assert.equal(BYTES, process.read(path))
  end)

  it("is written by one run at a time", function()
    local function slow()
      return coroutine.create(function()
        return fetch(server(BYTES, function(response)
          coroutine.yield()
          return response
        end))
      end)
    end
    local one = slow()
    coroutine.resume(one)
    for _ = 1, 3 do
      local what, err = fetch(server(BYTES:upper()))
      assert.is_nil(what)
      assert.equal("busy", err.name)
      coroutine.resume(one)
    end
    repeat
      local _, what = coroutine.resume(one)
    until what
    assert.equal("dead", coroutine.status(one))
    assert.equal(BYTES, process.read(path))
    clean()
    assert.equal("there", fetch(server(BYTES)))
    clean()
  end)

  it("leaves nothing where nothing came", function()
    local what = fetch(server(BYTES, broken))
    assert.is_nil(what)
    clean()
    assert.equal("stopped", fetch(server(BYTES), { interrupted = function() return true end }))
    clean()
  end)

  it("that has no byte is fetched whole", function()
    assert.equal("whole", fetch(server("")))
  end)

  it("goes on when an answer names its version by its date alone", function()
    assert.equal("done", fetch(server(BYTES, function(response, _, n)
      response.headers["last-modified"] = DATE
      if n > 1 then
        response.headers.etag = nil
      end
      return response
    end)))
    assert.equal(BYTES, process.read(path))
  end)

  it("is of one version though the process dies at any write and the old one is back", function()
    local open, rename = io.open, os.rename
    finally(function()
      io.open, os.rename = open, rename -- luacheck: ignore 122
    end)
    local function dies() error("killed", 0) end
    for deadly = 1, 10 do
      -- Bytes of a version without a name; the old one, in part; another one, given as a whole.
      for _, now in ipairs { BYTES:upper(), "OTHER" } do
        os.remove(path)
        asked = {}
        begin(2)
        if now ~= "OTHER" then
          os.remove(path .. ".part.json")
        end
        local n = 0
        local function count(f)
          return function(name, mode)
            n = n + (f == rename and 1 or mode ~= "rb" and 1 or 0)
            if n >= deadly then
              dies()
            end
            return f(name, mode)
          end
        end
        io.open, os.rename = count(open), count(rename) -- luacheck: ignore 122
        pcall(fetch, server(now))
        io.open, os.rename = open, rename -- luacheck: ignore 122
        collectgarbage()  -- a process that dies closes what it had open
        collectgarbage()
        local back = now == "OTHER" and BYTES or now
        if not process.read(path) then
          assert.equal("done", fetch(server(back)))
        end
        local text = process.read(path)
        assert.is_true(text == back or text == now, deadly .. ": " .. text)
        clean()
      end
    end
  end)

  it("that is not given is told, and does not become the video", function()
    for _, answer in ipairs {
      { status = 404, body = "no such video", headers = {} },
      { status = 200, body = '{"errcode":40001}', headers = {}, content_type = "application/json" },
      { status = 200, body = '{"errcode":40001}', headers = {}, content_type = "Text/Plain" },
      { status = 200, body = '{"errcode":40001}', headers = {} },
    } do
      local what, err = fetch({ send = function() return answer end })
      assert.is_nil(what)
      assert.equal("no_video", err.name)
      assert.is_nil(process.read(path))
    end
  end)

  it("stops between two pieces when it is asked to", function()
    local pieces = 0
    assert.equal("stopped", fetch(server(BYTES, function(response)
      pieces = pieces + 1
      return response
    end), { interrupted = function() return pieces == 2 end }))
    assert.equal(2 * PIECE, #process.read(path .. ".part"))
    assert.equal("done", fetch(server(BYTES)))
    assert.equal(BYTES, process.read(path))
  end)

  it("does not go on with what it cannot understand", function()
    for _, text in ipairs {
      "", "{}", '{"validator":1,"total":38}', '{"validator":"x","total":3}',
      '{"validator":"\\"a\\r\\nX: y\\"","total":38}',
    } do
      os.remove(path)
      command.write(path .. ".part", "garbage")
      command.write(path .. ".part.json", text)
      assert.equal("done", fetch(server(BYTES)))
      assert.equal(BYTES, process.read(path))
    end
  end)
end)

describe("a file fetched piece by piece over sockets", function()
  local sandbox = require "wxlive.sandbox"
  local inside = rawget(_G, "ngx") and "cosocket" or "curl"

  it("goes on where it was stopped, and no byte is sent twice", function()
    local box = assert(sandbox.start { audit_seconds = 0 })
    local directory = command.directory()
    finally(function()
      box:stop()
      command.remove(directory)
    end)
    local transport = assert(require("wxlive.transport." .. inside).new { proxy = "" })
    local path, url = directory .. "/a.mp4", box.base_url .. "/_sandbox/video/wx/12/a.mp4"
    local pieces = 0
    assert.equal("stopped", ranges.fetch(transport, url, path, {
      piece = 100, interrupted = function()
        pieces = pieces + 1
        return pieces > 5
      end,
    }))
    assert.equal(500, #process.read(path .. ".part"))
    assert.equal("done", ranges.fetch(transport, url, path, { piece = 100 }))
    local _, whole = video.bytes("12", "a.mp4")
    assert.equal(whole, process.read(path))
    local sent = 0
    for _, entry in ipairs(box:control("log").entries) do
      assert.equal(206, entry.status)
      sent = sent + entry.bytes
    end
    assert.equal(#whole, sent)
    transport:close()
  end)
end)
