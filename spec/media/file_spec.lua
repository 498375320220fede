local catalogue = require "wxlive.catalogue"
local files = require "wxlive.media.file"
local pictures = require "spec.support.picture"
local request = require "wxlive.client.request"
local temp = require "spec.support.temp"

describe("a file that is uploaded", function()
  local directory
  before_each(function() directory = temp.directory() end)
  after_each(function() temp.remove(directory) end)

  local contents = {
    jpg = pictures.jpeg(3, 3), png = pictures.png(3, 3), gif = pictures.gif(3, 3),
    amr = "#!AMR\nxxxxxxxx", mp3 = "ID3\4\0\0\0\0\0\0\0\0",
    mp4 = "\0\0\0\24ftypisom",
  }

  local types = { amr = "voice", mp3 = "voice", mp4 = "video" }

  it("is sent under a name whose ending is that of its content", function()
    for ending, content in pairs(contents) do
      for name, sent in pairs {
        ["cup." .. ending] = "cup." .. ending,
        ["A." .. ending:upper()] = "A." .. ending:upper(),
        ["cover_noext"] = "cover_noext." .. ending, ["cup.jfif"] = "cup.jfif." .. ending,
        ["cup." .. ending .. "_300x300"] = "cup." .. ending .. "_300x300." .. ending,
        ["a.b c"] = "a.b c." .. ending, ["茶杯"] = "茶杯." .. ending,
        [".hidden"] = ".hidden." .. ending,
      } do
        local path = directory .. "/" .. name
        temp.write(path, content)
        assert.equal(sent, files.name(path), name)
        local prepared = request.build(catalogue.by_name.upload_media, {
          media = path, type = types[ending],
        }, { now = os.time, validate = true })
        assert.equal(sent, prepared.form[1].filename)
        assert.equal(path, prepared.form[1].path)
      end
    end
    temp.write(directory .. "/cup.jpeg", contents.jpg)
    assert.equal("cup.jpeg", files.name(directory .. "/cup.jpeg"))
    temp.write(directory .. "/cup.png", contents.jpg)
    assert.equal("cup.png.jpg", files.name(directory .. "/cup.png"))
  end)

  it("is no film when it is a picture in the same kind of file", function()
    for _, brand in ipairs { "heic", "mif1", "avif" } do
      temp.write(directory .. "/cover.heic", "\0\0\0\24ftyp" .. brand .. "\0\0\0\0")
      assert.equal("cover.heic", files.name(directory .. "/cover.heic"))
    end
  end)

  it("keeps its name when its content is unknown, or cannot be read", function()
    temp.write(directory .. "/note.txt", "hello")
    temp.write(directory .. "/empty", "")
    os.execute("mkfifo " .. directory .. "/pipe")
    for name, path in pairs {
      ["note.txt"] = directory .. "/note.txt", empty = directory .. "/empty",
      pipe = directory .. "/pipe", zero = "/dev/zero", none = directory .. "/none",
    } do
      assert.equal(name, files.name(path))
    end
    local bytes, reason = files.read(directory .. "/pipe")
    assert.is_nil(bytes)
    assert.equal("it is not a file", reason)
  end)
end)
