-- What each thread of threads.c runs: clients with a token store of their own and with the file
-- store that all threads share, calls one by one and many at once, and refusals.
local number, rounds, base_url, appid, secret, directory = ...
local broadcast = require "wxlive.broadcast"
local file_store = require "wxlive.store.file"
local memory_store = require "wxlive.store.memory"
local wxlive = require "wxlive"

local function client(store)
  return assert(broadcast.new {
    appid = appid, secret = secret, base_url = base_url, token_store = store,
  })
end

local clients = { client(memory_store.new()), client(assert(file_store.new(directory))) }
for _ = 1, tonumber(rounds) do
  for _, live in ipairs(clients) do
    assert(live:get_live_info { start = 0, limit = 10 })
    local nothing, err = live:goods_push { room_id = 999999, goods_id = number }
    assert(not nothing and err.name == "room_not_found", err)
    nothing, err = live:goods_push { room_id = "no number", goods_id = number }
    assert(not nothing and err.kind == "invalid", err)
  end
  local results, _, failed = wxlive.map({ 0, 10, 20, 30 }, function(start)
    return clients[start % 20 / 10 + 1]:get_live_info { start = start, limit = 10 }
  end, { concurrency = 3 })
  assert(failed == 0 and #results == 4)
end
