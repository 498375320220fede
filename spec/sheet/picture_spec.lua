local check = require "wxlive.sheet.picture"
local pictures = require "spec.support.picture"
local temp = require "spec.support.temp"

local png, jpeg = pictures.png, pictures.jpeg
local cover = temp.read("scripts/samples/images/tea-cover.jpg")

describe("a picture that is checked for its use", function()
  local directory
  before_each(function() directory = temp.directory() end)
  after_each(function() temp.remove(directory) end)

  local function file(name, head, bytes)
    local path = directory .. "/" .. name
    temp.write(path, head .. ("\0"):rep((bytes or #head) - #head))
    return path
  end

  it("passes, with advice where its size is not the best", function()
    assert.is_nil(assert(check.check(file("a.png", png(1080, 1920)), "cover_img")).advice)
    assert.is_truthy(assert(check.check(file("b.png", png(540, 960)), "cover_img")).advice.message
      :find("1080x1920 is advised"))
    assert(check.check(file("c.jpg", jpeg(300, 300)), "goods"))
  end)

  it("is refused in one clear line when the platform would refuse it", function()
    local pipe = directory .. "/pipe"
    os.execute("mkfifo " .. pipe)
    for _, case in ipairs {
      { file("big.png", png(1080, 1920), 12 * 1048576), "cover_img", "12.0 MB is too large" },
      { file("feed.png", png(800, 800), 102401), "feeds_img", "101 KB is too large" },
      { file("goods.png", png(301, 300)), "goods", "301x300 pixels" },
      { file("note.txt", "hello"), "goods", "not a PNG, JPEG or GIF" },
      { file("empty.png", ""), "goods", "empty" },
      { directory .. "/none.png", "goods", "cannot be opened" },
      { directory, "goods", "it is a directory" },
      { "/dev/zero", "goods", "it is not a file" },
      { pipe, "goods", "it is not a file" },
        { file("cut.jpg", cover:sub(1, 3000)), "cover_img", "ends before its picture" },
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
