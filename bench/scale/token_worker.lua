--- One of the processes of bench.scale.tokens: a call for each account of a settings file.
-- token_worker.lua SETTINGS REDIS_PORT backwards|forwards
local accounts_of = require "wxlive.accounts"
local core = require "wxlive.core"
local json = require "wxlive.json"
local map = require("wxlive.concurrent.map").map
local redis = require "wxlive.store.redis"

local AT_A_TIME = 16

-- The second of each fetch.
local fetched = json.array {}
local accounts = assert(accounts_of.open(arg[1], {
  token_store = assert(redis.new { host = "127.0.0.1", port = tonumber(arg[2]) }),
  hooks = { token = function(event)
    if event.event == "fetch" then
      fetched[#fetched + 1] = math.floor(core.system.now())
    end
  end },
}))
local list = {}
for i, account in ipairs(accounts) do
  list[arg[3] == "backwards" and #accounts + 1 - i or i] = account
end
local _, errors, failed = map(list, function(account)
  return account.live:get_live_info()
end, { concurrency = AT_A_TIME })
local _, err = next(errors)
print(json.encode { fetched = fetched, errors = failed, error = err and tostring(err) })
