--- A platform in this process: a transport that answers by a clock, and counts.
local json = require "wxlive.json"
local loops = require "wxlive.concurrent.loop"

-- Of a stable token: seconds that it lives, and those at its end in which the next one is handed
-- out.
local LIFE, EARLY = 7200, 300

local Platform = {}
Platform.__index = Platform

local M = {}

--- A platform whose calls take so many seconds.
---@param now fun(): number
---@param latency number
function M.new(now, latency)
  return setmetatable({
    now = now, latency = latency, tokens = {}, fetches = {}, per_second = {}, fetched_in = {},
    calls = 0, refused = 0, early = 0,
  }, Platform)
end

local rooms = assert(json.encode {
  errcode = 0, errmsg = "ok", total = 1, room_info = json.array { {
    name = "evening", roomid = 1, live_status = 102, start_time = 1795953600,
    end_time = 1795957200, anchor_name = "anchor", close_replay = 1, goods = json.array {},
  } },
})
local goods = assert(json.encode {
  errcode = 0, errmsg = "ok", total = 1, goods = json.array { {
    goodsId = 11, name = "cup", url = "pages/goods?id=11", priceType = 1, price = 10,
  } },
})

-- The next token, or the one that still has to live.
local function fetch(self, appid, second)
  local token = self.tokens[appid]
  local now = self.now()
  self.fetches[appid] = (self.fetches[appid] or 0) + 1
  self.fetched_in[second] = (self.fetched_in[second] or 0) + 1
  if token and token.ends - now > EARLY then
    self.early = self.early + 1
  else
    self.serial = (self.serial or 0) + 1
    local before = token
    token = { text = ("%s-%d"):format(appid, self.serial), ends = now + LIFE, before = before }
    if before then
      before.before = nil
    end
    self.tokens[appid] = token
  end
  return assert(json.encode {
    access_token = token.text, expires_in = math.floor(token.ends - now),
  })
end

-- Whether a token still works: the last one, and the one before while it lives.
local function works(self, text)
  local token = self.tokens[text:match("^(.-)%-%d+$")]
  while token and token.text ~= text do
    token = token.before
  end
  return token ~= nil and token.ends > self.now()
end

function Platform:send(request)
  loops.sleep(self.latency / 2)
  local second = math.floor(self.now())
  self.calls = self.calls + 1
  self.per_second[second] = (self.per_second[second] or 0) + 1
  local body
  if request.url:find("/cgi-bin/stable_token", 1, true) then
    body = fetch(self, request.body:match('"appid":"([^"]+)"'), second)
  elseif not works(self, request.url:match("access_token=([^&]+)")) then
    self.refused = self.refused + 1
    body = '{"errcode":42001,"errmsg":"access_token expired"}'
  else
    body = request.url:find("getliveinfo", 1, true) and rooms or goods
  end
  loops.sleep(self.latency / 2)
  return { status = 200, body = body, content_type = "application/json", size = #body }
end

function Platform:sleep(seconds) -- luacheck: ignore 212
  loops.sleep(seconds)
end

--- The most of a table of counts by second, and its second.
function M.worst(counts, from, to)
  local most, at = 0, nil
  for second, count in pairs(counts) do
    if count > most and second >= (from or 0) and second < (to or math.huge) then
      most, at = count, second
    end
  end
  return most, at
end

return M
