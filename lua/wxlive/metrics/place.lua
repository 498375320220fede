--- Where the counts of metrics lie: in this process, or in a store that processes share.
local compat = require "wxlive.base.compat"

local M = {}

-- Seconds in a shared store after which an unused series starts at 0 again; Prometheus allows for
-- that.
local LIFE = 366 * 86400

---@class wxlive.metrics.Place
---@field add fun(key: string, n: number)
---@field get fun(key: string): number?
---@field meet fun(series: string)                  before a series is counted
---@field each fun(): table<string, boolean>        those that were met

--- A series is named by its family and the values of its labels, in letters that every store takes.
---@param value string
---@return string
function M.escaped(value)
  return (value:gsub("[^%w_-]", function(c)
    return (".%02x"):format(c:byte())
  end))
end

---@param value string
---@return string
function M.unescaped(value)
  return (value:gsub("%.(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- Counts in this process.
---@return wxlive.metrics.Place
function M.in_memory()
  local counts, met = {}, {}
  return {
    add = function(key, n)
      counts[key] = (counts[key] or 0) + n
    end,
    get = function(key)
      return counts[key]
    end,
    meet = function(series)
      met[series] = true
    end,
    each = function()
      return met
    end,
  }
end

--- Counts in a store. It cannot list its keys: series have numbers under which their names are
--- found. Processes that meet a series at the same moment may give it two.
---@param store wxlive.Store
---@return wxlive.metrics.Place
function M.in_store(store)
  local met = {}
  return {
    add = function(key, n)
      store:incr("metrics:" .. key, n, LIFE)
    end,
    get = function(key)
      return tonumber((store:get("metrics:" .. key)))
    end,
    meet = function(series)
      if met[series] then
        return
      end
      local listed = store:get("metrics:listed:" .. series)
      local n = not listed and store:incr("metrics:series", 1, LIFE)
      if n and store:set("metrics:series:" .. compat.integer_text(n), series, LIFE) then
        listed = store:set("metrics:listed:" .. series, "1", LIFE)
      end
      met[series] = listed and true or nil
    end,
    each = function()
      local found = {}
      for n = 1, tonumber((store:get("metrics:series"))) or 0 do
        local series = store:get("metrics:series:" .. compat.integer_text(n))
        if series then
          found[series] = true
        end
      end
      return found
    end,
  }
end

return M
