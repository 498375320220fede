--- wxlive.callback opens the same delivery again and again: signature, decryption, parsing, all
--- checks. No duplicate filter: it would refuse the second one.
--- open.lua TOKEN KEY APPID TIMESTAMP NONCE SIGNATURE BODY_FILE CALLS WARM_UP
local common = require "bench.clients.common"
local callback = require "wxlive.callback"

local query = { timestamp = arg[4], nonce = arg[5], msg_signature = arg[6] }
local body = common.read(arg[7])
local box = assert(callback.new {
  token = arg[1], aes_key = arg[2], appid = arg[3], store = false,
})

common.measure({ calls = tonumber(arg[8]), warm_up = tonumber(arg[9]) }, function(calls)
  local errors = 0
  for _ = 1, calls do
    errors = errors + (box:open(query, body) and 0 or 1)
  end
  return errors
end)
