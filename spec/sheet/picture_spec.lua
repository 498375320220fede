local image = require "wxlive.sheet.picture"
local temp = require "spec.support.temp"

local function be16(n)
  return string.char(math.floor(n / 256), n % 256)
end

local function png(width, height)
  return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0" .. be16(width) .. "\0\0" .. be16(height)
    .. "\8\2\0\0\0"
end

local function jpeg(width, height)
  return "\255\216\255\224\0\16JFIF\0\1\1\0\0\1\0\1\0\0\255\255\192\0\17\8" .. be16(height)
    .. be16(width) .. "\3\1\34\0\2\17\1"
end

describe("an image", function()
  it("is told by its first bytes", function()
    assert.same({ type = "PNG", width = 1080, height = 1920 }, image.parse(png(1080, 1920)))
    assert.same({ type = "JPEG", width = 800, height = 640 }, image.parse(jpeg(800, 640)))
    assert.same({ type = "GIF", width = 300, height = 200 },
      image.parse("GIF89a\44\1\200\0" .. ("x"):rep(10)))
  end)

  it("that is cut or damaged is no image, wherever it is cut", function()
    for _, whole in ipairs { png(300, 300), jpeg(300, 300), "GIF89a\44\1\200\0" } do
      for i = 0, #whole - 6 do
        local found = image.parse(whole:sub(1, i))
        assert.is_true(found == nil or found.width == 300)
      end
    end
    for _, bytes in ipairs { "", "hello", "\255\216\255\0\0\0\0\0\0\0\0\0", png(0, 5),
      "\255\216\255\224\0\1xxxxxxxxxxxx" } do
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
      assert.is_nil(assert(image.check(file("a.png", png(1080, 1920)), "cover_img")).advice)
      assert.is_truthy(assert(image.check(file("b.png", png(540, 960)), "cover_img")).advice
        :find("1080x1920 is advised"))
      assert(image.check(file("c.jpg", jpeg(300, 300)), "goods"))
    end)

    it("ones that the platform refuses are one clear line", function()
      for _, case in ipairs {
        { file("big.png", png(1080, 1920), 12 * 1048576), "cover_img", "12.0 MB is too large" },
        { file("feed.png", png(800, 800), 102401), "feeds_img", "101 KB is too large" },
        { file("goods.png", png(301, 300)), "goods", "301x300 pixels" },
        { file("note.txt", "hello"), "media", "not a PNG, JPEG or GIF" },
        { file("empty.png", ""), "media", "empty" },
        { directory .. "/none.png", "media", "cannot be opened" },
        { directory, "media", "not a file" },
      } do
        local found, err = image.check(case[1], case[2])
        assert.is_nil(found)
        assert.is_truthy(err.message:find(case[3], 1, true), err.message)
        assert.is_truthy(err.message:find(case[1], 1, true))
        assert.is_string(err.hint)
        assert.is_nil(tostring(err):find("\n"))
      end
    end)
  end)
end)
