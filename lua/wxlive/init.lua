--- wxlive: WeChat Mini Program live commerce from Lua. The client is wxlive.broadcast.
local core = require "wxlive.core"
local map = require "wxlive.concurrent.map"
local plugin = require "wxlive.client.plugin"

return {
  _VERSION = core.version,
  map = map.map,
  spawn = map.spawn,
  wait = map.wait,
  room_path = plugin.room_path,
}
