local bare_sandbox = require "spec.support.sandbox.bare"
local multipart = require "wxlive.sandbox.server.multipart"

describe("sandbox, media", function()
  local bare

  before_each(function()
    bare = bare_sandbox.new()
  end)

  local function upload(data, options)
    options = options or {}
    local body, headers = bare_sandbox.upload(data, options.filename)
    if options.change then
      body = options.change(body)
    end
    headers["content-type"] = options.content_type or headers["content-type"]
    return bare:send("POST", "/cgi-bin/media/upload",
      { access_token = bare:token(), type = options.type or "image" }, body, headers)
  end

  local function download(id)
    return bare:send("GET", "/cgi-bin/media/get",
      { access_token = bare:token(), media_id = id })
  end

  it("comes back as it went, for three days", function()
    local bytes = bare_sandbox.png(10, 10) .. "\0\1\255\r\n--edg"
    local answer = upload(bytes)
    assert.is_nil(answer.errcode)
    assert.same({ "image", bare_sandbox.NOW }, { answer.type, answer.created_at })
    local _, whole = download(answer.media_id)
    assert.equal(bytes, whole.body)
    assert.equal("image/png", whole.content_type)
    assert.truthy(whole.headers["Content-disposition"]:find('filename="', 1, true))
    bare:advance(3 * 86400)
    assert.equal(40007, download(answer.media_id).errcode)
    assert.equal(40007, download("unknown").errcode)
  end)

  it("takes the type from the query or, as EasyWeChat sends it, from the form", function()
    local function send(value, query)
      local body, headers = bare_sandbox.upload(bare_sandbox.png(10, 10))
      local boundary = headers["content-type"]:match("boundary=(.+)$")
      body = ('--%s\r\nContent-Disposition: form-data; name="type"\r\n\r\n%s\r\n'):format(boundary,
        value) .. body
      query.access_token = bare:token()
      return bare:send("POST", "/cgi-bin/media/upload", query, body, headers)
    end
    assert.equal("image", send("image", {}).type)
    assert.equal("image", send("voice", { type = "image" }).type)
    assert.equal(40004, send("film", {}).errcode)
    assert.equal(40004, send("", {}).errcode)
  end)

  it("video gives an address", function()
    local id = upload("anything", { type = "video", filename = "a.mp4" }).media_id
    assert.truthy(download(id).video_url:find("^http://"))
  end)

  it("refusals of the form: names and boundary as the platform wants them", function()
    local png = bare_sandbox.png(10, 10)
    local function without_filename(body)
      return (body:gsub('; filename="[^"]*"', ""))
    end
    local function unquoted(body)
      return (body:gsub('filename="([^"]*)"', "filename=%1"))
    end
    local function starred(body)
      return (body:gsub('filename="([^"]*)"', "filename*=UTF-8''%1"))
    end
    local function renamed(body)
      return (body:gsub('name="media"', 'name="file"'))
    end
    local function unclosed(body)
      return (body:gsub("%-%-edge%-%-\r\n$", ""))
    end
    for _, change in ipairs { without_filename, unquoted, starred, renamed, unclosed } do
      assert.equal(41005, upload(png, { change = change }).errcode)
    end
    assert.equal(41005,
      upload(png, { content_type = 'multipart/form-data; boundary="edge"' }).errcode)
    assert.equal(41005, upload(png, { content_type = "multipart/form-data" }).errcode)
    assert.equal(41005, upload(png, { content_type = "application/json" }).errcode)
  end)

  it("refusals of the file", function()
    assert.equal(44001, upload("").errcode)
    assert.equal(40005, upload("no picture").errcode)
    assert.equal(40005, upload(bare_sandbox.png(1, 1):sub(1, 40)).errcode)
    for _, name in ipairs { "cover_noext", "cover.jfif", "cup.png_300x300", "cup.webp", "png" } do
      assert.equal(40005, upload(bare_sandbox.png(1, 1), { filename = name }).errcode, name)
    end
    for _, name in ipairs { "cup.png", "CUP.PNG", "cup.png_300x300.png", "cup.jpg", "a.b.gif" } do
      assert.is_nil(upload(bare_sandbox.png(1, 1), { filename = name }).errcode, name)
    end
    assert.equal(40004, upload(bare_sandbox.png(1, 1), { type = "film" }).errcode)
    assert.equal(40009, upload(bare_sandbox.png(10, 10, 10 * 1048576 + 1)).errcode)
    assert.equal(40005, upload(bare_sandbox.png(1, 1), { type = "thumb" }).errcode)
    assert.equal(40005, upload("x", { type = "voice", filename = "a.wav" }).errcode)
    assert.equal(45001,
      upload(("x"):rep(2 * 1048576 + 1), { type = "voice", filename = "a.mp3" }).errcode)
  end)

  describe("multipart", function()
    it("gives every part", function()
      local body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\n"
        .. "content-disposition: form-data; name=\"f\"; filename=\"x y.png\"\r\n"
        .. "Content-Type: image/png\r\n\r\n\r\n\0--b\r\n\r\n--b--"
      assert.same({
        { name = "a", data = "1" },
        { name = "f", filename = "x y.png", content_type = "image/png", data = "\r\n\0--b\r\n" },
      }, multipart.parse("multipart/form-data; boundary=b", body))
    end)

    it("stops at any cut", function()
      local body = bare_sandbox.upload("data")
      for n = 0, #body - 3 do
        assert.is_nil(multipart.parse("multipart/form-data; boundary=edge", body:sub(1, n)), n)
      end
    end)
  end)
end)
