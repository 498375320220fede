--- Callbacks of the soak: sealed as the platform does, in every mode and format, opened once,
--- refused when they come again or were touched.
local callback = require "wxlive.callback"
local memory = require "wxlive.store.memory"
local shops = require "scripts.dev.soaking.shop"

local M = {}

local AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
local modes, formats = { "plain", "compatible", "encrypted" }, { "xml", "json" }

--- A receiver of each mode, with one memory of what came.
function M.receivers(appid, clock)
  local out, store = {}, memory.new()
  for _, mode in ipairs(modes) do
    out[mode] = assert(callback.new {
      token = "soak", appid = appid, mode = mode, aes_key = mode ~= "plain" and AES_KEY or nil,
      store = store, now = clock,
    })
  end
  return out
end

local function refused(world, name, event, err)
  local improper = not event and shops.improper(err, AES_KEY)
  if event or improper then
    error(name .. ": " .. (improper or "it was let through"), 0)
  end
  world:note("callbacks", err)
end

-- One byte of a text is another.
local function touched(text, random)
  local at = random:upto(#text)
  return text:sub(1, at - 1) .. string.char((text:byte(at) + random:upto(255)) % 256)
    .. text:sub(at + 1)
end

--- A delivery is opened, comes again, and comes once more with one byte changed.
function M.round(world)
  local random = world.random
  local mode = modes[random:upto(#modes)]
  local receiver = world.receivers[mode]
  world.serial = world.serial + 1
  local message = {
    ToUserName = "gh_soak", FromUserName = "oSOAK" .. world.serial, CreateTime = world:now(),
    MsgType = "event", Event = "wxalive_follow_notify", FollowNotify = {
      room_id = world.serial, user_openid = "oSOAK" .. world.serial, time = world:now(),
      live_status = 102, action = "add_follow",
    },
  }
  local sent = assert(receiver:delivery(message, { format = formats[random:upto(2)] }))
  local event, err = receiver:open(sent.query, sent.body)
  assert(event and event.kind == "follow", err or "another kind")
  world:note("callbacks", nil)
  refused(world, "a repeated delivery", receiver:open(sent.query, sent.body))
  -- The signature does not cover the body of a plain message, nor the envelope of a sealed one.
  local other = { timestamp = sent.query.timestamp, nonce = sent.query.nonce .. "1",
    signature = sent.query.signature, msg_signature = sent.query.msg_signature }
  refused(world, "another nonce", receiver:open(other, sent.body))
  local again, why = receiver:open(sent.query, touched(sent.body, random))
  if again then
    -- Only unsigned parts were touched: what was opened is what was sent, or a plain message.
    assert(mode == "plain", "a touched message of mode " .. mode)
    world:note("callbacks", nil)
  else
    refused(world, "a touched message", nil, why)
  end
end

return M
