--- Pages for a browser: one answer each, without files and addresses of others, in the language
--- that the browser asks for. The sandbox's console and the desk are such pages.
--
-- A page inserts every value as text, and its content policy runs no script but its own: a room
-- whose name is <script> does no harm.
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local random = require "wxlive.base.random"
local tables = require "wxlive.base.tables"
local words = require "wxlive.web.words"

local M = {}

local POLICY = "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; "
  .. "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
  .. "frame-ancestors 'none'"

--- The language that a browser asks for first, of the two that there are.
---@param accepted string?  Accept-Language
---@return string
function M.language(accepted)
  local best, chosen = 0, "en"
  for tag, rest in (accepted or ""):lower():gmatch("([%a*][%w-]*)([^,]*)") do
    local weight = tonumber(rest:match(";%s*q=([%d.]+)") or 1) or 0
    local known = (tag:find("^zh") and "zh-CN") or (tag:find("^en") and "en")
    if known and weight > best then
      best, chosen = weight, known
    end
  end
  return chosen
end

-- lua/wxlive
local folder = debug.getinfo(1, "S").source:match("^@(.*)web/[^/]*$") or ""

--- Files of pages, joined. They are read when a page is asked for, so that a change shows when the
--- page is loaded again.
---@param ... string   names below lua/wxlive, such as "web/style.css"
---@return string
function M.read(...)
  local texts = { ... }
  for i, name in ipairs(texts) do
    texts[i] = assert(files.read(folder .. name), folder .. name)
  end
  return table.concat(texts)
end

--- A page with a policy of its own.
---@param request table  as wxlive.httpd gives it
---@param html string    what follows the head, with places for nonce and `parts`
---@param parts table<string, string>   those of the head are title, style, and colour: that of the
---  icon, as six hexadecimal digits
---@return table answer   { status, body, headers }
function M.page(request, html, parts)
  local once = assert(random.hex(16))
  local values = { lang = M.language(request.headers["accept-language"]), nonce = once }
  return {
    status = 200,
    headers = {
      ["Content-Type"] = "text/html; charset=UTF-8", ["Cache-Control"] = "no-store",
      ["Vary"] = "Accept-Language", ["X-Content-Type-Options"] = "nosniff",
      ["Referrer-Policy"] = "no-referrer", ["Cross-Origin-Opener-Policy"] = "same-origin",
      ["Cross-Origin-Resource-Policy"] = "same-origin",
      ["Content-Security-Policy"] = POLICY:format(once, once),
    },
    body = (M.read("web/head.html") .. html):gsub("@(%l+)@", function(name)
      return values[name] or parts[name]
    end),
  }
end

--- Data for a page. "<" is escaped, because it could end the element that holds the data.
---@param data table
---@return string
function M.data(data)
  return (assert(json.encode(data)):gsub("<", "\\u003c"))
end

--- The words of a page: its own, and those that pages share.
---@param own table<string, string[]>   name -> { English, Chinese }
---@return table<string, string[]>
function M.words(own)
  return tables.merged(words, own)
end

--- A table whose keys are numbers, as JSON may hold it.
---@param map table<integer, any>
---@return table<string, any>
function M.keyed(map)
  local out = {}
  for code, value in pairs(map) do
    out[tostring(code)] = value
  end
  return out
end

return M
