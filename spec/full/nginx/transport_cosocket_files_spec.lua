-- Inside nginx only: spec/nginx/run spec/full/nginx/transport_cosocket_files_spec.lua
if not require("wxlive.base.compat").in_nginx() then
  return
end

local peer = require "spec.nginx.peer"
local sender = require "spec.nginx.sender"

local answer, fails, get, post = sender.answer, sender.fails, sender.get, sender.post

local function read_file(path)
  local f = io.open(path, "rb")
  local bytes = f and f:read("*a")
  if f then
    f:close()
  end
  return bytes
end

local function write_file(path, bytes)
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
end

local function parts_of(path)
  local found = {}
  local pipe = io.popen("ls -d '" .. path .. "'.part-* 2>/dev/null")
  for line in pipe:lines() do
    found[#found + 1] = line
  end
  pipe:close()
  return found
end

describe("the cosocket transport", function()
  sender.each(before_each, after_each)
  local dir = os.getenv("WXLIVE_SPEC_DIR")

  describe("forms:", function()
    local path

    before_each(function()
      path = dir .. "/picture 直\"播.png"
      write_file(path, ("\0\1\2\r\n--wxlive"):rep(100000))
    end)

    it("a file is sent in pieces", function()
      local seen = {}
      peer.on("/a", function()
        seen.type = ngx.var.content_type
        seen.body = peer.body()
        ngx.print("ok")
      end)
      assert(post("/a", { form = {
        { name = "media", path = path, content_type = "image/png" },
        { name = "note", data = "a\r\nb" },
      } }))
      local boundary = seen.type:match("^multipart/form%-data; boundary=([%w-]+)$")
      local wanted = table.concat({
        "--" .. boundary,
        'Content-Disposition: form-data; name="media"; filename="picture ___.png"',
        "Content-Type: image/png", "", read_file(path),
        "--" .. boundary, 'Content-Disposition: form-data; name="note"', "", "a\r\nb",
        "--" .. boundary .. "--", "",
      }, "\r\n")
      wanted = wanted:gsub("picture ___", seen.body:match("picture _+"), 1)
      assert.is_true(seen.body == wanted)
    end)

    it("files that cannot be sent are found before anything is", function()
      local empty = dir .. "/empty"
      write_file(empty, "")
      for _, bad in ipairs { dir .. "/absent", empty, dir } do
        fails("io", false, post("/a", { form = { { name = "media", path = bad } } }))
      end
      for _, part in ipairs {
        { path = path }, { name = "a" }, { name = "a", path = path, data = "" },
        { name = "a\r\nb", data = "" }, { name = "a", data = "", content_type = "a\nb" },
      } do
        fails("bad_argument", false, post("/a", { form = { part } }))
      end
      assert.equal(0, peer.connection_count())
    end)

    it("are repeated from their beginning", function()
      local bodies = {}
      peer.on_raw("/a", function(say, sock)
        repeat
          local line = sock:receive("*l")
        until line == "" or not line
        bodies[#bodies + 1] = sock:receive(20)
        say(answer("ok"))
      end)
      peer.on_raw("/first", function(say, sock)
        say(answer("ok"))
        sock:receive("*l")
      end)
      assert(get("/first"))
      peer.on("/a", function()
        bodies[#bodies + 1] = peer.body()
        ngx.print("ok")
      end)
      assert(post("/a", { resend = true, form = { { name = "media", path = path } } }))
      assert.equal(1, #bodies)
      assert.is_truthy(bodies[1]:find(read_file(path), 1, true))
    end)
  end)

  describe("downloads:", function()
    local path

    before_each(function()
      path = dir .. "/saved.bin"
      os.remove(path)
    end)

    it("go to a file piece by piece", function()
      local body = ("\0\1\2\3 piece"):rep(300000)
      peer.on("/a", function()
        ngx.header.content_type = "image/png"
        ngx.print(body)
      end)
      local response = assert(get("/a", { save_to = path, max_body = 1000 }))
      assert.equal(path, response.saved)
      assert.equal(#body, response.size)
      assert.equal("", response.body)
      assert.is_true(read_file(path) == body)
      assert.same({}, parts_of(path))
    end)

    it("leave an answer that is not 2xx in memory", function()
      peer.on("/a", function()
        ngx.status = 500
        ngx.print("no")
      end)
      assert.equal("no", assert(get("/a", { save_to = path })).body)
      fails("too_large", true, get("/a", { save_to = path, max_body = 1 }))
      assert.is_nil(read_file(path))
      assert.same({}, parts_of(path))
    end)

    it("do not ask what a 2xx answer means", function()
      peer.on("/a", function()
        ngx.header.content_type = "text/plain"
        ngx.print('{"errcode":40007}')
      end)
      local response = assert(get("/a", { save_to = path }))
      assert.equal(path, response.saved)
      assert.equal("text/plain", response.content_type)
      assert.equal('{"errcode":40007}', read_file(path))
    end)

    it("may be empty", function()
      peer.on("/a", function()
        ngx.header.content_length = 0
      end)
      assert.equal(path, assert(get("/a", { save_to = path })).saved)
      assert.equal("", read_file(path))
    end)

    it("leave nothing behind when they break off, and an older file as it was", function()
      write_file(path, "older")
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        ngx.sleep(0.05)
      end)
      fails("connection_lost", true, get("/a", { save_to = path }))
      assert.equal("older", read_file(path))
      assert.same({}, parts_of(path))
    end)

    it("leave nothing behind when nginx ends their coroutine", function()
      peer.on_raw("/a", function(say)
        say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        ngx.sleep(2)
      end)
      local thread = ngx.thread.spawn(function()
        return get("/a", { save_to = path })
      end)
      ngx.sleep(0.1)
      assert.equal(1, #parts_of(path))
      assert(ngx.thread.kill(thread))
      thread = nil -- luacheck: ignore 311
      collectgarbage()
      collectgarbage()
      assert.same({}, parts_of(path))
    end)

    it("into a directory that is not there", function()
      peer.on("/a", function()
        ngx.print("bytes")
      end)
      fails("io", true, get("/a", { save_to = dir .. "/absent/saved.bin" }))
    end)
  end)
end)
