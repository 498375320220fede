--- The sandbox's platform without HTTP round it: requests go straight into its calls.
local calls = require "wxlive.sandbox.server.calls"
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local pictures = require "spec.support.picture"
local platforms = require "wxlive.sandbox.world.platform"
local sandbox = require "wxlive.sandbox"

local Bare = {}
Bare.__index = Bare

local M = {}

-- Where the clock of a bare sandbox stands when nothing else is said: 2026-11-23 12:00 in Beijing.
M.NOW = 1795406400

--- A fresh platform whose clock stands still.
function M.new(options)
  local all = {
    appid = sandbox.APPID, secret = sandbox.SECRET, audit_seconds = 5, random_seed = 7,
    clock = M.NOW,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local bare = setmetatable({ platform = assert(platforms.new(all)), appid = all.appid }, Bare)
  bare.platform:set_clock { frozen = true }
  return bare
end

function Bare:advance(seconds)
  self.platform:set_clock { advance = seconds }
end

local function escape(text)
  return (tostring(text):gsub("[^%w_.-]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- A request as wxlive.httpd would give it. `query` is a table.
function M.request(method, path, query, body, headers)
  local pairs_ = {}
  for name, value in pairs(query or {}) do
    pairs_[#pairs_ + 1] = name .. "=" .. escape(value)
  end
  return {
    method = method, path = path, query = table.concat(pairs_, "&"), body = body or "",
    headers = headers or {}, nth = 1, remote = "127.0.0.1", too_large = false,
  }
end

--- Sends a request and gives the decoded answer, and the whole of it.
function Bare:send(method, path, query, body, headers)
  local call = calls.read(self.platform, M.request(method, path, query, body, headers))
  local answer = calls.perform(call)
  answer.call = call
  return json.decode(answer.body), answer
end

--- A token of the account that is good now.
function Bare:token()
  return self.platform.tokens:stable(self.platform:account(self.appid), false).access_token
end

--- Calls an endpoint by its name with wire parameters.
function Bare:call(name, params)
  local entry = assert(catalogue.by_name[name], name)
  local query = { access_token = self:token() }
  if entry.method == "GET" then
    for key, value in pairs(params or {}) do
      query[key] = value
    end
    return self:send("GET", entry.path, query)
  end
  return self:send("POST", entry.path, query, assert(json.encode(params or {})),
    { ["content-type"] = "application/json" })
end

--- The errcode that a call is answered with.
function Bare:code(name, params)
  return self:call(name, params).errcode
end

-- Pictures ----------------------------------------------------------------------------------------

--- Bytes of a PNG with this size on it and no picture in it, padded behind its end to `bytes`.
function M.png(width, height, bytes)
  local whole = pictures.png(width, height)
  return whole .. ("\0"):rep((bytes or 0) - #whole)
end

--- A multipart body with one part named media.
function M.upload(data, filename)
  return table.concat {
    "--edge\r\nContent-Disposition: form-data; name=\"media\"; filename=\"", filename or "a.png",
    "\"\r\nContent-Type: image/png\r\n\r\n", data, "\r\n--edge--\r\n",
  }, { ["content-type"] = "multipart/form-data; boundary=edge" }
end

--- Uploads a picture; gives the media id.
function Bare:media(width, height, bytes)
  local body, headers = M.upload(M.png(width or 100, height or 100, bytes))
  local answer = self:send("POST", "/cgi-bin/media/upload",
    { access_token = self:token(), type = "image" }, body, headers)
  return assert(answer.media_id)
end

-- What most specs begin with ----------------------------------------------------------------------

--- Wire parameters of a room that is in order, with changes.
function Bare:room_params(changes)
  self.picture = self.picture or self:media()
  local now = self.platform:now()
  local params = {
    name = "直播测试房间", coverImg = self.picture, shareImg = self.picture,
    feedsImg = self.picture, startTime = now + 3600, endTime = now + 7200, anchorName = "主播一号",
    anchorWechat = "WalleAI", type = 1, closeLike = 0, closeGoods = 0, closeComment = 0,
  }
  for name, value in pairs(changes or {}) do
    params[name] = value
  end
  return params
end

--- Makes a room; gives its id.
function Bare:room(changes)
  return assert(self:call("create_room", self:room_params(changes)).roomId)
end

--- Wire parameters of goods that are in order, with changes.
function Bare:goods_params(changes)
  self.picture = self.picture or self:media()
  local goods = {
    coverImgUrl = self.picture, name = "青瓷茶杯", priceType = 1, price = 99.5,
    url = "pages/index/index?id=1",
  }
  for name, value in pairs(changes or {}) do
    goods[name] = value
  end
  return { goodsInfo = goods }
end

--- Adds goods; gives id and audit id.
function Bare:goods(changes)
  local answer = self:call("goods_add", self:goods_params(changes))
  return math.floor(assert(tonumber(answer.goodsId))), answer.auditId
end

--- Adds goods and lets the automatic audit pass them.
function Bare:approved_goods(changes)
  local id, audit_id = self:goods(changes)
  self:advance(self.platform.audit_seconds)
  return id, audit_id
end

return M
