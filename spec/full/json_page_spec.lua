-- The location of docs/json.md inside an nginx, against the sandbox.
local cjson = require "cjson"
local pages = require "spec.support.pages"
local resty = require "spec.support.servers.resty"
local sandbox = require "wxlive.sandbox"

local function location_of(path)
  for _, block in ipairs(pages.blocks(path)) do
    if block.language == "nginx" then
      return block.text
    end
  end
end

describe("the page on JSON", function()
  local box, shop

  setup(function()
    box = assert(sandbox.start())
    shop = resty.start(box, { workers = 1, locations = location_of "docs/json.md" })
  end)

  teardown(function()
    shop:stop()
    box:stop()
  end)

  local function post(body)
    local response = assert(shop:post("/create", body))
    return cjson.decode(response.body), response.status
  end

  local function room(changes)
    local soon = os.time() + 3600
    local params = {
      name = "秋季新茶专场", cover_img = cjson.null, feeds_img = cjson.null, start_time = soon,
      end_time = soon + 7200, anchor_name = "小王主播", anchor_wechat = "wang_live", type = 0,
      close_like = 0, close_goods = 0, close_comment = 0, sub_anchor_wechat = cjson.null,
    }
    for key, value in pairs(changes or {}) do
      params[key] = value
    end
    return params
  end

  local function upload()
    local live = assert(require("wxlive.broadcast").new {
      appid = box.appid, secret = box.secret, base_url = box.base_url,
      token_store = require("wxlive.store.memory").new(),
    })
    local images = "scripts/samples/images/"
    return assert(live:upload_media(images .. "tea-cover.jpg")).media_id,
      assert(live:upload_media(images .. "tea-share.jpg")).media_id,
      assert(live:upload_media(images .. "tea-feeds.jpg")).media_id
  end

  it("shows a location that creates a room", function()
    local cover, share, feeds = upload()
    local result, status = post(cjson.encode(room {
      cover_img = cover, share_img = share, feeds_img = feeds,
    }))
    assert.equal(200, status, result.message)
    assert.equal(1, result.room_id)
  end)

  it("and answers with the error as JSON", function()
    local err, status = post(cjson.encode(room()))
    assert.equal(400, status)
    assert.equal("invalid_parameters", err.name)
    assert.equal("cover_img", err.problems[1].field)
    err, status = post '{"name":'
    assert.equal(400, status)
    assert.is_string(err.message)
    local _, share, feeds = upload()
    err, status = post(cjson.encode(room {
      cover_img = "nobodys_media", share_img = share, feeds_img = feeds,
    }))
    assert.equal(502, status)
    assert.is_number(err.code)
    assert.equal("create_room", err.endpoint)
    assert.is_string(err.hint)
  end)

  it("is the same in both languages", function()
    assert.equal(location_of "docs/json.md", location_of "docs/zh/json.md")
  end)
end)
