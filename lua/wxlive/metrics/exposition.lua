--- Prints metrics in Prometheus' text format.
local compat = require "wxlive.base.compat"
local families = require "wxlive.metrics.families"
local places = require "wxlive.metrics.place"
local tables = require "wxlive.base.tables"

local M = {}

local function quoted(text)
  return (text:gsub("[\\\"\n]", { ["\\"] = "\\\\", ["\""] = "\\\"", ["\n"] = "\\n" }))
end

-- names and values in the same order, then one more label of the caller's.
local function label_text(names, values, more, value)
  local parts = {}
  for i, name in ipairs(names) do
    if values[i] and values[i] ~= "" then
      parts[#parts + 1] = ('%s="%s"'):format(name, quoted(values[i]))
    end
  end
  if more then
    parts[#parts + 1] = ('%s="%s"'):format(more, value)
  end
  return parts[1] and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function values_of(series)
  local values = {}
  for value in (series:match(":(.*)$") .. ":"):gmatch("(.-):") do
    values[#values + 1] = places.unescaped(value)
  end
  return values
end

local function seconds_text(microseconds)
  return (compat.number_text(microseconds / 1e6, 6):gsub("%.?0+$", ""))
end

local function print_histogram(put, get, family, series, buckets)
  local total = get(series .. ":count")
  if not total then
    return
  end
  local names, values, below = family.labels, values_of(series), 0
  for i, bucket in ipairs(buckets) do
    below = below + (get(series .. ":" .. i) or 0)
    put("_bucket", label_text(names, values, "le", compat.number_text(bucket)),
      compat.integer_text(below))
  end
  put("_bucket", label_text(names, values, "le", "+Inf"), compat.integer_text(total))
  put("_sum", label_text(names, values), seconds_text(get(series .. ":sum") or 0))
  put("_count", label_text(names, values), compat.integer_text(total))
end

local function print_counter(put, get, family, series)
  local count = get(series)
  if count then
    put("", label_text(family.labels, values_of(series)),
      family.seconds and seconds_text(count) or compat.integer_text(count))
  end
end

-- The series that were met, by family, each list sorted.
local function by_family(place)
  local lists = {}
  for series in pairs(place.each()) do
    local name = series:match("^[^:]+")
    lists[name] = lists[name] or {}
    table.insert(lists[name], series)
  end
  for _, list in pairs(lists) do
    table.sort(list)
  end
  return lists
end

-- What the collectors have to say now, as lines by family.
local function collected(collectors)
  local lines = {}
  local labels = {}
  for _, family in ipairs(families) do
    lines[family.name], labels[family.name] = {}, family.labels
  end
  local function put(name, values, value)
    table.insert(lines[name], ("wxlive_%s%s %s"):format(name, label_text(labels[name], values),
      compat.number_text(value)))
  end
  for _, collect in ipairs(collectors) do
    collect(put)
  end
  return lines
end

--- All counts and gauges in Prometheus' text format.
---@param place wxlive.metrics.Place
---@param buckets number[]
---@param collectors function[]
---@return string
function M.text(place, buckets, collectors)
  local out, lists, gauges = {}, by_family(place), collected(collectors)
  for _, family in ipairs(families) do
    out[#out + 1] = ("# HELP wxlive_%s %s"):format(family.name, family.help)
    out[#out + 1] = ("# TYPE wxlive_%s %s"):format(family.name, family.type or "counter")
    local function put(suffix, labels, value)
      out[#out + 1] = ("wxlive_%s%s%s %s"):format(family.name, suffix, labels, value)
    end
    for _, series in ipairs(lists[family.name] or {}) do
      if family.type == "histogram" then
        print_histogram(put, place.get, family, series, buckets)
      else
        print_counter(put, place.get, family, series)
      end
    end
    tables.append(out, gauges[family.name])
  end
  return table.concat(out, "\n") .. "\n"
end

return M
