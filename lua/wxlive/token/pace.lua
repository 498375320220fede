--- The pace of token fetches: of all accounts that share a store and a platform, at most WAVE begin
--- in each WINDOW of the clock. A fleet that starts cold, or whose tokens end together, asks the
--- platform evenly instead of all at once.
local compat = require "wxlive.base.compat"

local M = {}

-- Any second meets three windows at most: 48 fetches.
local WAVE, WINDOW = 16, 0.5

-- How long a count is kept, for machines whose clocks differ a little.
local LIFE = 5

-- Callers that wait for the next window come in the first part of it, those with the least time
-- left first.
local SPREAD = 0.1

--- Seconds to wait for the next window.
---@param now number
---@param left number   what is left of the time that the caller may wait, from 0 to 1
---@return number
function M.wait(now, left)
  return (math.floor(now / WINDOW) + 1) * WINDOW - now + SPREAD * left
end

--- What the names of the counts in a store begin with.
---@param host string   of the platform
---@return string
function M.prefix(host)
  return ("token:pace:" .. host:gsub("[^%w_.:-]", "_")):sub(1, 140)
end

local function key_of(prefix, now)
  return prefix .. ":" .. compat.integer_text(math.floor(now / WINDOW))
end

--- Whether a fetch may begin in this window, without taking part in it.
---@param store wxlive.Store
---@param prefix string
---@param now number
---@return boolean
function M.is_open(store, prefix, now)
  return (tonumber((store:get(key_of(prefix, now)))) or 0) < WAVE
end

--- Takes part in this window.
---@return boolean ok   false: it is full. When the store fails: true
function M.take(store, prefix, now)
  return (store:incr(key_of(prefix, now), 1, LIFE) or 0) <= WAVE
end

return M
