--- The query string of a callback request.
local core = require "wxlive.core"
local percent = require "wxlive.base.percent"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

local wanted = {
  signature = true, msg_signature = true, timestamp = true, nonce = true, echostr = true,
  encrypt_type = true, appid = true, -- of a shop, in the URL of a third-party platform
}

local max_bytes = 8192
local max_value = 1024

--- A percent-encoded text of a query, decoded.
---@param text string
---@return string
function M.unescape(text)
  return percent.decode((text:gsub("+", " ")))
end

local function split(text)
  local query = {}
  if #text > max_bytes then
    return nil, both("the query is too long", "查询字符串过长")
  end
  text = text:gsub("#.*$", ""):gsub("^[^?]*%?", "")
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = M.unescape(name)
    if wanted[name] then
      if query[name] then
        return nil, both("%s is there more than once", "%s 重复出现"):format(name)
      end
      query[name] = M.unescape(value)
    end
  end
  return query
end

--- Reads a query: a string (with or without what stands before "?") or a table of parameters.
---@param query string|table
---@return table? parameters
---@return string|wxlive.Sentence|nil reason
function M.read(query)
  if type(query) == "string" then
    return split(query)
  end
  if type(query) ~= "table" then
    return nil, both("the query is neither a string nor a table", "查询参数既不是字符串也不是表")
  end
  return query
end

--- A parameter as text. nil and a reason when it is missing or is not a single value.
---@param query table
---@param name string
---@return string? value
---@return string|wxlive.Sentence|nil reason
function M.value(query, name)
  local value = query[name]
  local found = type(value)
  if found == "number" then
    value = ("%.0f"):format(value)
  elseif found ~= "string" or value == "" then
    return nil, (value == nil and both("%s is missing", "缺少 %s")
      or both("%s is not a single value", "%s 不是单个值")):format(name)
  end
  if #value > max_value then
    return nil, both("%s is too long", "%s 过长"):format(name)
  end
  return value
end

--- Parameters as the text of a query, sorted by name.
---@param query table<string, string>
---@return string
function M.text(query)
  return table.concat(tables.map(tables.keys(query), function(name)
    return name .. "=" .. core.text.escape(query[name])
  end), "&")
end

--- A URL with these parameters behind its own.
---@param url string
---@param query table<string, string>
---@return string
function M.join(url, query)
  return url .. (url:find("?", 1, true) and "&" or "?") .. M.text(query)
end

return M
