local check = require "wxlive.sheet.picture"
local image = require "wxlive.media.picture"
local temp = require "spec.support.temp"

-- 540x960, as a camera's program writes it
local function sample()
  return temp.read("scripts/samples/images/tea-cover.jpg")
end

local function be16(n)
  return string.char(math.floor(n / 256), n % 256)
end

local function png(width, height)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0" .. be16(width) .. "\0\0" .. be16(height)
    .. "\8\2\0\0\0crc_\0\0\0\4IDAT" .. "datacrc_" .. "\0\0\0\0IENDcrc_"
end

local function jpeg(width, height)
  return "\255\216\255\224\0\16JFIF\0\1\1\0\0\1\0\1\0\0\255\255\192\0\17\8" .. be16(height)
    .. be16(width) .. "\3\1\34\0\2\17\1\3\17\1\255\218\0\8\1\1\0\0\63\0data\255\0\255\208x\255\217"
end

local function gif(width, height)
  local function le16(n)
    return string.char(n % 256, math.floor(n / 256))
  end
  return "GIF89a" .. le16(width) .. le16(height) .. "\128\0\0abcdef\33\249\4\0\0\0\0\0"
    .. "\44\0\0\0\0\1\0\1\0\0\2\2xy\0;"
end

describe("an image", function()
  it("is judged by all of its bytes", function()
    assert.same({ type = "PNG", width = 1080, height = 1920 }, image.parse(png(1080, 1920)))
    assert.same({ type = "JPEG", width = 800, height = 640 }, image.parse(jpeg(800, 640)))
    assert.same({ type = "GIF", width = 300, height = 200 }, image.parse(gif(300, 200)))
    for _, name in ipairs { "cup.png", "tea-cover.jpg", "skin-share.jpg", "snack-feeds.jpg" } do
      assert(image.parse(temp.read("scripts/samples/images/" .. name)))
    end
  end)

  it("is taken with what its maker put behind its end", function()
    for _, whole in ipairs { png(300, 300), jpeg(300, 300), gif(300, 300) } do
      assert.equal(300, image.parse(whole .. "\0\0film").width)
    end
  end)

  it("may have any amount of other segments before its frame header", function()
    local app1 = "\255\225\234\102" .. ("e"):rep(60004)
    local app2 = "\255\226\46\238" .. ("i"):rep(12012)
    local whole = sample()
    for _, more in ipairs { app1 .. app2, app1:rep(5), "\255\255" .. app2, "" } do
      assert.same({ type = "JPEG", width = 540, height = 960 },
        image.parse(whole:sub(1, 2) .. more .. whole:sub(3)))
    end
  end)

  it("that is cut is refused, wherever it is cut", function()
    for _, whole in ipairs { png(300, 300), jpeg(300, 300), gif(300, 300) } do
      for i = 0, #whole - 1 do
        local found, reason = image.parse(whole:sub(1, i))
        if whole:sub(1, 4) ~= "\137PNG" or i < #whole - 4 then
          assert.is_nil(found, i)
          assert.is_string(reason)
        end
      end
    end
    local whole = sample()
    for _, length in ipairs { 100, 3000, 9000, #whole - 1 } do
      assert.is_truthy(select(2, image.parse(whole:sub(1, length))):find("ends before its picture"))
    end
  end)

  it("that is damaged is refused", function()
    for _, bytes in ipairs {
      "", "hello", "\255\216\255\0\0\0\0\0\0\0\0\0", png(0, 5), "\255\216\255\217",
      "\255\216\255\224\0\1xxxxxxxxxxxx", (png(3, 3):gsub("IDAT", "\0\0\0\0")),
      (png(3, 3):gsub("IHDR", "tEXt")), (gif(3, 3):gsub("\33\249", "\34\249")), "RIFF1234WEBP",
    } do
      local found, reason = image.parse(bytes)
      assert.is_nil(found)
      assert.is_string(reason)
    end
  end)

  describe("is checked for its use:", function()
    local directory
    before_each(function() directory = temp.directory() end)
    after_each(function() temp.remove(directory) end)

    local function file(name, head, bytes)
      local path = directory .. "/" .. name
      temp.write(path, head .. ("\0"):rep((bytes or #head) - #head))
      return path
    end

    it("right ones pass, ones that are not ideal with advice", function()
      assert.is_nil(assert(check.check(file("a.png", png(1080, 1920)), "cover_img")).advice)
      assert.is_truthy(assert(check.check(file("b.png", png(540, 960)), "cover_img")).advice
        :find("1080x1920 is advised"))
      assert(check.check(file("c.jpg", jpeg(300, 300)), "goods"))
    end)

    it("ones that the platform refuses are one clear line", function()
      local pipe = directory .. "/pipe"
      os.execute("mkfifo " .. pipe)
      for _, case in ipairs {
        { file("big.png", png(1080, 1920), 12 * 1048576), "cover_img", "12.0 MB is too large" },
        { file("feed.png", png(800, 800), 102401), "feeds_img", "101 KB is too large" },
        { file("goods.png", png(301, 300)), "goods", "301x300 pixels" },
        { file("note.txt", "hello"), "media", "not a PNG, JPEG or GIF" },
        { file("empty.png", ""), "media", "empty" },
        { directory .. "/none.png", "media", "cannot be opened" },
        { directory, "media", "it is a directory" },
        { "/dev/zero", "media", "it is not a file" },
        { pipe, "goods", "it is not a file" },
        { file("cut.jpg", sample():sub(1, 3000)), "cover_img", "ends before its picture" },
        { file("cut.png", png(300, 300):sub(1, 40)), "goods", "ends before its picture" },
      } do
        local found, err = check.check(case[1], case[2])
        assert.is_nil(found)
        assert.is_truthy(err.message:find(case[3], 1, true), err.message)
        assert.is_truthy(err.message:find(case[1], 1, true))
        assert.is_string(err.hint)
        assert.is_nil(tostring(err):find("\n"))
      end
    end)
  end)
end)
