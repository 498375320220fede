--- GET /console: the sandbox as a page, in one answer, that polls the control `console` (see
--- wxlive.sandbox.console.view) and acts through the others.
--
-- The page inserts every value as text, and its content policy runs no script but its own: a room
-- whose name is <script> does no harm.
local catalogue = require "wxlive.catalogue"
local faults = require "wxlive.sandbox.server.faults"
local files = require "wxlive.base.files"
local json = require "wxlive.json"
local states = require "wxlive.catalogue.states"
local system = require "wxlive.core".system
local words = require "wxlive.sandbox.console.words"

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

local function keyed(map)
  local out = {}
  for code, pair in pairs(map) do
    out[tostring(code)] = pair
  end
  return out
end

-- Kinds of faults and endpoints, sorted, with the fields that a kind takes.
local function choices()
  local kinds, endpoints = {}, {}
  for name, fields in pairs(faults.kinds) do
    local own = words.kinds[name]
    kinds[#kinds + 1] = {
      name = name, en = own[1], zh = own[2], code = fields.code, seconds = fields.seconds,
    }
  end
  for _, shelf in ipairs { catalogue, catalogue.component } do
    for _, entry in ipairs(shelf.list) do
      endpoints[#endpoints + 1] = { name = entry.name, en = entry.summary, zh = entry.summary_zh }
    end
  end
  local function by_name(a, b)
    return a.name < b.name
  end
  table.sort(kinds, by_name)
  table.sort(endpoints, by_name)
  return kinds, endpoints
end

-- The data that the page starts with.
local function facts()
  local kinds, endpoints = choices()
  return M.data {
    words = words.texts, roles = keyed(words.roles), kinds = kinds, endpoints = endpoints,
    sets = words.sets, room = keyed(states.room), audit = keyed(states.audit),
    price = keyed(states.price),
  }
end

local function nonce()
  return (assert(system.random(16)):gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

--- A page with a policy of its own.
---@param request table  as wxlive.httpd gives it
---@param html string    with places for lang, nonce and `parts`
---@param parts table<string, string>
---@return table answer   { body, headers }
function M.page(request, html, parts)
  local once = nonce()
  local values = { lang = M.language(request.headers["accept-language"]), nonce = once }
  return {
    headers = {
      ["Content-Type"] = "text/html; charset=UTF-8", ["Cache-Control"] = "no-store",
      ["Vary"] = "Accept-Language", ["X-Content-Type-Options"] = "nosniff",
      ["Referrer-Policy"] = "no-referrer", ["Cross-Origin-Opener-Policy"] = "same-origin",
      ["Cross-Origin-Resource-Policy"] = "same-origin",
      ["Content-Security-Policy"] = POLICY:format(once, once),
    },
    body = html:gsub("@(%l+)@", function(name)
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

local folder = debug.getinfo(1, "S").source:match("^@(.*/)") or ""

--- Files that stand beside this one, joined. They are read when a page is asked for, so that a
--- change shows when the page is loaded again.
---@param ... string   names, such as "page.html"
---@return string
function M.read(...)
  local texts = { ... }
  for i, name in ipairs(texts) do
    texts[i] = assert(files.read(folder .. name), folder .. name)
  end
  return table.concat(texts)
end

--- The answer to GET /console.
---@param request table  as wxlive.httpd gives it
---@return table answer   { body, headers }
function M.answer(request)
  return M.page(request, M.read "page.html", {
    style = M.read "style.css",
    script = M.read("script.js", "timeline.js", "sets.js", "component.js", "panels.js"),
    facts = facts(),
  })
end

return M
