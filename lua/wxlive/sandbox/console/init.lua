--- GET /console: the sandbox as a page, in one answer, that polls the control `console` (see
--- wxlive.sandbox.console.view) and acts through the others.
local catalogue = require "wxlive.catalogue"
local faults = require "wxlive.sandbox.server.faults"
local states = require "wxlive.catalogue.states"
local tables = require "wxlive.base.tables"
local web = require "wxlive.web"
local words = require "wxlive.sandbox.console.words"

local M = {}

-- Kinds of faults and endpoints, sorted, with the fields that a kind takes.
local function choices()
  local kinds, endpoints = {}, {}
  for name, fields in pairs(faults.kinds) do
    local own = words.kinds[name]
    kinds[#kinds + 1] = {
      name = name, en = own[1], zh = own[2], code = fields.code ~= nil,
      seconds = fields.seconds ~= nil,
    }
  end
  for _, shelf in ipairs { catalogue, catalogue.component } do
    for _, entry in ipairs(shelf.list) do
      endpoints[#endpoints + 1] = { name = entry.name, en = entry.summary, zh = entry.summary_zh }
    end
  end
  return tables.sorted(kinds, "name"), tables.sorted(endpoints, "name")
end

-- The data that the page starts with.
local function facts()
  local kinds, endpoints = choices()
  return web.data {
    words = web.words(words.texts), roles = web.keyed(words.roles), kinds = kinds,
    endpoints = endpoints, sets = words.sets, room = web.keyed(states.room),
    audit = web.keyed(states.audit), price = web.keyed(states.price),
  }
end

--- The answer to GET /console.
---@param request table  as wxlive.httpd gives it
---@return table answer   { body, headers }
function M.answer(request)
  return web.page(request, web.read("web/header.html", "sandbox/console/page.html"), {
    title = "wxlive sandbox", colour = "0b7a4b",
    style = web.read("web/style.css", "sandbox/console/style.css"),
    script = web.read("web/base.js", "web/rooms.js", "web/lists.js", "sandbox/console/script.js",
      "sandbox/console/timeline.js", "sandbox/console/sets.js", "sandbox/console/component.js",
      "sandbox/console/panels.js"),
    facts = facts(),
  })
end

return M
