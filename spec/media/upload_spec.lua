local fake = require "spec.support.fake"
local files = require "wxlive.media.file"
local pictures = require "spec.support.picture"
local temp = require "spec.support.temp"
local upload = require "wxlive.media.upload"

local MB = 1048576
local cup = temp.read("scripts/samples/images/cup.png")
local cover = temp.read("scripts/samples/images/tea-cover.jpg")

describe("a file to be uploaded", function()
  local directory
  before_each(function() directory = temp.directory() end)
  after_each(function() temp.remove(directory) end)

  local function file(name, head, bytes)
    local path = directory .. "/" .. name
    temp.write(path, head .. ("\0"):rep((bytes or #head) - #head))
    return path
  end

  local function wrong_files()
    local pipe = directory .. "/pipe"
    assert(os.execute("mkfifo " .. pipe))
    return {
      { file("cut.png", cup:sub(1, #cup - 20)), "image", "bad_file", "ends before its picture" },
      { file("cut.jpg", cover:sub(1, 9000)), "image", "bad_file", "ends before its picture" },
      { file("cut.gif", pictures.gif(3, 3):sub(1, -2)), "image", "bad_file", "ends before" },
      { file("zeros.png", cup:sub(1, 60), #cup), "image", "bad_file", "damaged" },
      { file("none.png", cup:sub(1, 33) .. cup:sub(-12)), "image", "bad_file", "holds no picture" },
      { file("page.jpg", "<!DOCTYPE html><title>404"), "image", "bad_file", "a web page" },
      { file("said.jpg", '{"errcode":40007}'), "image", "bad_file", "JSON text" },
      { file("phone.jpg", "\0\0\0\24ftypheic"), "image", "bad_file", "a HEIC picture" },
      { file("web.jpg", "RIFF\1\0\0\0WEBPVP8 "), "image", "bad_file", "a WEBP picture" },
      { file("note.jpg", "hello"), "image", "bad_file", "not a PNG, JPEG or GIF" },
      { file("film.jpg", "\0\0\0\24ftypisom"), "image", "bad_file", "not a PNG, JPEG or GIF" },
      { file("empty.jpg", ""), "image", "bad_file", "empty" },
      { file("big.png", cup, 10 * MB + 1), "image", "file_too_large", "image takes up to 10.0 MB" },
      { directory .. "/none", "image", "no_file", "cannot be opened" },
      { directory, "image", "no_file", "it is a directory" },
      { "/dev/zero", "image", "no_file", "it is not a file" },
      { pipe, "image", "no_file", "it is not a file" },
      { file("thumb.png", cup), "thumb", "bad_file", "it is a PNG" },
      { file("thumb.jpg", pictures.jpeg(3, 3), 65537), "thumb", "file_too_large", "up to 64 KB" },
      { file("cutthumb.jpg", pictures.jpeg(3, 3):sub(1, 30)), "thumb", "bad_file", "ends before" },
      { file("voice.amr", cup), "voice", "bad_file", "it is a PNG" },
      { file("voice.mp3", "\0\0\0\24ftypisom"), "voice", "bad_file", "it is an MP4" },
      { file("long.mp3", "ID3", 2 * MB + 1), "voice", "file_too_large", "takes up to 2.0 MB" },
      { file("silent.mp3", ""), "voice", "bad_file", "empty" },
      { file("film.mp4", "ID3\4"), "video", "bad_file", "it is an MP3" },
      { file("page.mp4", "<html>"), "video", "bad_file", "a web page" },
      { file("large.mp4", "\0\0\0\24ftypisom", 10 * MB + 1), "video", "file_too_large", "10.1" },
    }
  end

  it("passes when it is whole and of its type", function()
    for _, case in ipairs {
      { file("a.png", cup), "image", "PNG" }, { file("a.jpg", cover), "image", "JPEG" },
      { file("a.gif", pictures.gif(5, 6)), "image", "GIF" },
      { file("full.png", cup, 10 * MB), "image", "PNG" },
      { file("thumb.jpg", pictures.jpeg(5, 6), 65536), "thumb", "JPEG" },
      { file("a.amr", "#!AMR\nvoice"), "voice", "AMR" }, { file("a.mp3", "ID3\4"), "voice", "MP3" },
      { file("raw.mp3", "voice of a kind that is not known"), "voice" },
      { file("a.mp4", "\0\0\0\24ftypisom"), "video", "MP4" },
      { file("a.mov", "\0\0\0\8wide"), "video" },
    } do
      local found, fault = upload.judge(case[1], case[2])
      assert.is_nil(fault and fault.message)
      assert.equal(case[3], found.type)
      assert.equal(#temp.read(case[1]), found.bytes)
    end
  end)

  it("is refused in words that say what is wrong and what to do", function()
    for _, case in ipairs(wrong_files()) do
      local found, fault = upload.judge(case[1], case[2])
      assert.is_nil(found, case[1])
      assert.equal(case[3], fault.name, case[1])
      assert.is_truthy(tostring(fault.message):find(case[4], 1, true), case[1])
      assert.is_string(fault.hint)
      assert.is_string(fault.hint_zh)
    end
  end)

  it("that may not be read is named as such, and not as one of a wrong content", function()
    local read = files.read
    files.read = function()
      return nil, "Permission denied"
    end
    finally(function()
      files.read = read
    end)
    local found, fault = upload.judge(file("a.png", cup), "image")
    assert.is_nil(found)
    assert.equal("no_file", fault.name)
    assert.equal("the file cannot be opened (Permission denied)", tostring(fault.message))
  end)

  it("that is wrong is not sent, nor is a token fetched for it", function()
    local live, transport = fake.client { default = fake.json '{"media_id":"m"}' }
    for _, case in ipairs(wrong_files()) do
      local found, err = live:upload_media { media = case[1], type = case[2] }
      assert.is_nil(found, case[1])
      assert.same({ "invalid", "invalid_parameters", "media", false },
        { err.kind, err.name, err.field, err.sent })
      for _, part in ipairs { case[1], case[4], "media " } do
        assert.is_truthy(err.message:find(part, 1, true), err.message)
      end
      assert.is_string(err.hint)
    end
    assert.equal(0, #transport.requests)
  end)

  it("that is wrong is refused by a dry run, too", function()
    local live, transport = fake.client { default = fake.json '{"media_id":"m"}' }
    local cut = file("cut.jpg", cover:sub(1, 9000))
    local found, err = live:upload_media({ media = cut }, { dry_run = true })
    assert.is_nil(found)
    assert.is_truthy(err.message:find("ends before its picture", 1, true))
    assert(live:upload_media({ media = file("a.jpg", cover) }, { dry_run = true }))
    assert.equal(0, #transport.requests)
  end)

  it("is sent whatever it is when nothing is to be judged", function()
    local live, transport = fake.client({ default = fake.json '{"media_id":"m"}' },
      { validate = false })
    assert(live:upload_media { media = file("cut.jpg", cover:sub(1, 9000)) })
    assert.equal("cut.jpg", transport.requests[#transport.requests].form[1].filename)
  end)
end)
