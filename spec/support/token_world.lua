--- Token managers without a platform, for the specs of tokens.
local Error = require "wxlive.error"
local memory = require "wxlive.store.memory"
local tokens = require "wxlive.token"

local M = {}

--- A world of its own: a clock, a platform that counts, a store that can be shared or broken.
function M.world(changes)
  local w = { now = 1800000000, fetches = 0, forced = 0, slept = 0, life = 7200, events = {},
    notices = {} }
  w.store = memory.new { clock = function() return w.now end }
  function w.fetch(force)
    w.fetches = w.fetches + 1
    w.forced = w.forced + (force and 1 or 0)
    if w.fail then
      return nil, Error.new(w.fail)
    end
    return { access_token = w.token or "T" .. w.fetches, expires_in = w.life }
  end
  function w.manager(more)
    local options = {
      appid = "wx1", mode = "stable", host = "api.example.test", store = w.store,
      fetch = function(...) return w.fetch(...) end,
      now = function() return w.now end, random = function() return 0.5 end,
      sleep = function(seconds)
        w.slept = w.slept + seconds
        w.now = w.now + seconds
        if w.on_sleep then
          w.on_sleep()
        end
      end,
      hook = function(event) w.events[#w.events + 1] = event end,
      notice = function(text) w.notices[#w.notices + 1] = text end,
    }
    for key, value in pairs(more or {}) do
      options[key] = value
    end
    return assert(tokens.new(options))
  end
  for key, value in pairs(changes or {}) do
    w[key] = value
  end
  return w
end

--- A store of another process: same entries, another object, so the cell is not shared.
function M.twin(store)
  return setmetatable({}, { __index = function(_, name)
    local method = store[name]
    return type(method) == "function" and function(_, ...) return method(store, ...) end or method
  end })
end

return M
