-- What a parameter's check says: each way of being wrong has words of its own, before anything is
-- sent. That a right value passes, for every endpoint, is shown by the endpoint spec.
local broadcast = require "wxlive.broadcast"

describe("checking before sending", function()
  local live = assert(broadcast.new {
    appid = "wx0123456789abcdef", secret = "none", base_url = "http://127.0.0.1:1",
    token_provider = function() error("nothing may be sent") end,
  })
  local now = os.time()

  local function problem(name, params, field)
    local result, err = live:call(name, params)
    assert.is_nil(result)
    assert.equal("invalid", err.kind)
    for _, one in ipairs(err.problems) do
      if one.field == field then
        return one.message
      end
    end
    error("no problem of " .. field .. ": " .. tostring(err))
  end

  -- create_room with one thing changed
  local function room(field, value)
    local params = {
      name = "直播测试房间", cover_img = "abcdefgh1234", share_img = "abcdefgh1234",
      feeds_img = "abcdefgh1234", start_time = now + 3600, end_time = now + 7200,
      anchor_name = "主播一号", anchor_wechat = "WalleAI", type = 0, close_like = 0,
      close_goods = 0, close_comment = 0,
    }
    params[field] = value
    return problem("create_room", params, field)
  end

  local function goods(field, value)
    local params = {
      cover_img_url = "abcdefgh1234", name = "青瓷茶杯", price_type = 1, price = 99.5,
      url = "pages/index/index",
    }
    params[field] = value
    return problem("goods_add", params, field)
  end

  local function says(pattern, message)
    assert.truthy(message:find(pattern), message)
  end

  it("names the bound that was passed", function()
    says("must be at least", problem("get_live_info", { start = -1, limit = 1 }, "start"))
    says("must be one of", room("type", 7))
    says("must be a price in yuan", goods("price", "cheap"))
    says("must be a price in yuan", goods("price", 0 / 0))
    says("must be a price in yuan", goods("price", math.huge))
    says("must be a price in yuan", goods("price", -1))
  end)

  it("tells times that cannot be meant", function()
    says("long ago", room("start_time", 1000))
    says("must be", room("start_time", (now + 3600) * 1000)) -- milliseconds
    says("must be", room("end_time", "tomorrow"))
  end)

  it("tells a picture from an address, and a page from both", function()
    says("media_id", room("cover_img", "https://shop.example/a.png"))
    says("is not a media_id", room("cover_img", "a b"))
    says("not a web address", goods("url", "https://shop.example/x"))
    says("must not begin with a slash", goods("url", "/pages/index/index"))
    says("percent%-encoded", goods("url", "pages%2Findex%2Findex"))
    says("must begin with a slash", problem("get_api_quota", { cgi_path = "wxaapi/x" }, "cgi_path"))
    says("without a query", problem("get_api_quota", { cgi_path = "/wxaapi/x?a=1" }, "cgi_path"))
  end)

  it("tells lists that are empty, too long, or no lists", function()
    says("must", problem("add_goods", { ids = {}, room_id = 1 }, "goods_ids"))
    says("must", problem("add_goods", { ids = "1,2", room_id = 1 }, "goods_ids"))
  end)
end)
