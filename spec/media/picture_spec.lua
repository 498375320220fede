local image = require "wxlive.media.picture"
local pictures = require "spec.support.picture"
local temp = require "spec.support.temp"

-- 540x960, as a camera's program writes it
local function sample()
  return temp.read("scripts/samples/images/tea-cover.jpg")
end

local png, jpeg, gif = pictures.png, pictures.jpeg, pictures.gif

describe("a picture", function()
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
          assert.is_string(reason.message)
        end
      end
    end
    local whole = sample()
    for _, length in ipairs { 100, 3000, 9000, #whole - 1 } do
      local _, reason = image.parse(whole:sub(1, length))
      assert.is_truthy(reason.message:find("ends before its picture"))
    end
  end)

  it("that holds no picture is refused", function()
    local scan = "\255\218\0\8\1\1\0\0\63\0data\255\0"
    for _, bytes in ipairs {
      (png(3, 3):gsub("IDAT", "tEXt")), (png(3, 3):gsub("%z%z%z\4IDATdata", "\0\0\0\0IDAT")),
      (jpeg(3, 3):gsub("\255\218.*\255\217$", "\255\217")),
      "\255\216" .. scan .. "\255\217",
      gif(3, 3):sub(1, 19) .. ";", gif(3, 3):sub(1, 27) .. ";",
    } do
      local found, reason = image.parse(bytes)
      assert.is_nil(found, bytes)
      assert.is_truthy(reason.message:find("holds no picture", 1, true), reason.message)
    end
  end)

  it("is refused where bytes were lost, and where zeros stand for what never arrived", function()
    for _, name in ipairs { "cup.png", "tea-cover.jpg" } do
      local whole = temp.read("scripts/samples/images/" .. name)
      for _, at in ipairs { 10, 20, 200, math.floor(#whole / 2), #whole - 20 } do
        assert.is_nil(image.parse(whole:sub(1, at) .. ("\0"):rep(#whole - at)), at)
      end
    end
    -- As a transfer in text mode gives it.
    local cup = temp.read("scripts/samples/images/cup.png")
    assert.is_nil(image.parse((cup:gsub("\r\n", "\n"))))
    assert.is_nil(image.parse((cup:gsub("\n", "\r\n"))))
    assert.is_nil(image.parse(gif(3, 3):sub(1, 25) .. ("\0"):rep(20)))
  end)

  it("of another kind, or what came in its place, is named", function()
    for _, case in ipairs {
      { "RIFF\16\0\0\0WEBPVP8 ", "a WEBP picture" },
      { "\0\0\0\24ftypheic\0\0\0\0", "a HEIC picture" },
      { "\0\0\0\24ftypmif1\0\0\0\0", "a HEIC picture" },
      { "\0\0\0\28ftypavif\0\0\0\0", "an AVIF picture" },
      { "BM\70\0\0\0\0\0\0\0\54\0", "a BMP picture" },
      { "II*\0\8\0\0\0", "a TIFF picture" }, { "MM\0*\0\0\0\8", "a TIFF picture" },
      { "8BPS\0\1", "a Photoshop file" }, { "%PDF-1.7\n", "a PDF" },
      { "\239\187\191 <!DOCTYPE html><p>404", "a web page" }, { "<HTML>", "a web page" },
      { '<?xml version="1.0"?><svg/>', "XML text" }, { "<svg xmlns='x'>", "an SVG drawing" },
      { '{"errcode":40007,"errmsg":"invalid media_id"}', "JSON text" },
    } do
      local found, reason = image.parse(case[1])
      assert.is_nil(found)
      assert.equal(1, reason.message:find(case[2], 1, true), reason.message)
      assert.is_truthy(reason.message:find("not a PNG, JPEG or GIF", 1, true), reason.message)
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
      assert.is_string(reason.message)
    end
  end)
end)
