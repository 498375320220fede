--- A response into a file: what has the file's name afterwards, and what is beside it.
local core = require "wxlive.core"
local broadcast = require "wxlive.broadcast"
local download = require "wxlive.client.download"
local process = require "spec.support.process"

local PICTURE = "\255\216\255picture"

describe("a download", function()
  local directory, path

  before_each(function()
    directory = process.directory()
    path = directory .. "/media.jpg"
  end)

  after_each(function()
    process.remove(directory)
  end)

  -- A transport that saves as the real ones do.
  local function saving(body, content_type, status)
    return {
      send = function(_, request)
        local good = not status or status <= 299
        if good and request.save_to then
          process.write(request.save_to, body)
        end
        return {
          status = status or 200, body = good and request.save_to and "" or body,
          size = #body, content_type = content_type,
          saved = good and request.save_to or nil, headers = {},
        }
      end,
    }
  end

  local function listing()
    return process.run("ls -A " .. process.quote(directory))
  end

  local function send(transport)
    local request = { method = "GET", url = "http://127.0.0.1:1/", save_to = path }
    local response, err = download.send(transport, request)
    assert.equal(path, request.save_to)
    return response, err
  end

  it("takes its name once it is there", function()
    local response = assert(send(saving(PICTURE, "image/jpeg")))
    assert.equal(path, response.saved)
    assert.equal(#PICTURE, response.size)
    assert.equal(PICTURE, process.read(path))
    assert.equal("media.jpg\n", listing())
  end)

  it("never replaces a device or a folder, and sends nothing then", function()
    process.run("ln -s /dev/null " .. process.quote(path))
    local transport = { send = function() error("it was sent") end }
    for target, wanted in pairs {
      [path] = "it is not a file", [directory] = "it is a directory",
      ["/dev/null"] = "it is not a file",
    } do
      local response, err = download.send(transport, {
        method = "GET", url = "http://127.0.0.1:1/", save_to = target,
      })
      assert.is_nil(response)
      assert.is_false(err.sent)
      assert.is_truthy(err.message:find(wanted, 1, true), err.message)
    end
  end)

  it("keeps what begins like JSON or a page but is called a picture", function()
    for _, body in ipairs { "{not json", "<svg", "null" } do
      assert.equal(path, assert(send(saving(body, "image/png"))).saved)
      assert.equal(body, process.read(path))
    end
    assert.equal(path, assert(send(saving("#!AMR null", nil))).saved)
    assert.equal(path, assert(send(saving("#EXTM3U\n", "text/plain"))).saved)
  end)

  it("that is refused leaves nothing behind, and an older file as it was", function()
    for _, older in ipairs { false, true } do
      if older then
        process.write(path, "older")
      end
      for _, kind in ipairs { "application/json; charset=utf-8", "text/plain", "TEXT/JSON",
        false } do
        for _, body in ipairs { '{"errcode":40007}', ' \r\n{"errcode":40007}',
          "\239\187\191{}", "" } do
          local response = assert(send(saving(body, kind or nil)))
          assert.is_nil(response.saved)
          assert.equal(body, response.body)
          assert.equal(older and "media.jpg\n" or "", listing())
        end
      end
      for body, kind in pairs {
        ["<html>log in first</html>"] = "text/html; charset=utf-8", ["log in first"] = "Text/HTML",
        [" <!DOCTYPE html>"] = "text/plain", ["<?xml?>"] = false, ["null"] = "text/plain",
        ["[]"] = "application/json", [" \r\n"] = "text/plain", ["\239\187\191"] = "text/plain",
      } do
        local response = assert(send(saving(body, kind or nil)))
        assert.is_nil(response.saved, body)
        assert.equal(body, response.body)
        assert.equal(older and "media.jpg\n" or "", listing())
      end
      assert.equal("no", assert(send(saving("no", "text/plain", 404))).body)
      assert.equal(older and "media.jpg\n" or "", listing())
    end
    assert.equal("older", process.read(path))
  end)

  it("names the file that was asked for when it fails", function()
    local response, err = send {
      send = function(_, request)
        return nil, { message = "cannot write " .. request.save_to .. ": the disk is full" }
      end,
    }
    assert.is_nil(response)
    assert.equal("cannot write " .. path .. ": the disk is full", err.message)
    local save = saving(PICTURE, "image/jpeg").send
    response, err = send {
      send = function(...)
        process.run("mkdir -p " .. process.quote(path .. "/full"))
        return save(...)
      end,
    }
    assert.is_nil(response)
    assert.equal("io", err.name)
    assert.is_true(err.sent)
    assert.is_truthy(err.message:find(path .. ":", 1, true))
    assert.equal("media.jpg\n", listing())
  end)

  it("by a call gives the file, or the platform's error", function()
    local function get_media(transport, ...)
      local live = assert(broadcast.new {
        appid = "wx0123456789abcdef", secret = ("0"):rep(32), transport = transport,
        token_provider = function() return "token", 7200 end, retry = { attempts = 1 },
      })
      return live:get_media(...)
    end
    local result = assert(get_media(saving(PICTURE, "image/jpeg"), "MEDIA", path))
    assert.same({ path = path, size = #PICTURE, content_type = "image/jpeg" }, result)
    assert.equal(PICTURE, assert(get_media(saving(PICTURE, "image/jpeg"), "MEDIA")).content)
    os.remove(path)
    local refused, err = get_media(saving('{"errcode":40007,"errmsg":"x"}', "text/plain"), "MEDIA",
      path)
    assert.is_nil(refused)
    assert.equal(40007, err.code)
    assert.equal('{"errcode":40007,"errmsg":"x"}', err.raw_body)
    refused, err = get_media(saving("", "image/jpeg"), "MEDIA", path)
    assert.is_nil(refused)
    assert.equal("bad_answer", err.name)
    result = assert(get_media(saving('{"video_url":"http://x"}', "text/plain"), "MEDIA", path))
    assert.equal("http://x", result.video_url)
    assert.is_nil(core.system.file_size(path))
    assert.equal("", listing())
  end)
end)
