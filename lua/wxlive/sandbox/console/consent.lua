--- The page on which a shop gives its consent to a third-party platform, at the paths where the
--- platform has it. Instead of a QR code it has a button.
local calls = require "wxlive.sandbox.server.calls"
local json = require "wxlive.json"
local tables = require "wxlive.base.tables"
local web = require "wxlive.web"
local words = require "wxlive.sandbox.console.words"

local M = {}

--- Where the page is: for computers, and for phones (two addresses).
M.paths = {
  ["/cgi-bin/componentloginpage"] = true, ["/wxaopen/safe/bindcomponent"] = true,
  ["/safe/bindcomponent"] = true,
}

-- Values of auth_type that name mini programs, alone or among others.
local for_mini_programs = { ["2"] = true, ["3"] = true, ["4"] = true, ["5"] = true, ["6"] = true,
  ["8"] = true }

-- The name of what is wrong with the address of the page.
local function problem_of(component, query)
  if not component or query.component_appid ~= component.appid then
    return "wrong_component"
  elseif not component:knows_preauth(query.pre_auth_code) then
    return "wrong_code"
  elseif not (query.redirect_uri or ""):find("^https?://[^/?#]") then
    return "wrong_redirect"
  elseif query.auth_type and query.auth_type ~= "" and not query.biz_appid
    and not for_mini_programs[query.auth_type] then
    return "wrong_kind"
  end
  return nil
end

-- The sets to choose from: the component's, or those among them that the address names.
local function sets_of(component, list)
  local wanted, any = {}, false
  for id in (list or ""):gmatch("%d+") do
    wanted[tonumber(id)], any = true, true
  end
  local names = tables.index(words.sets, "id")
  local out = json.array {}
  for _, id in ipairs(component and component.sets or {}) do
    if not any or wanted[id] then
      out[#out + 1] = names[id] or { id = id, en = "", zh = "" }
    end
  end
  return out
end

local function shops_of(platform, component)
  local list, seen = json.array {}, {}
  local function add(appid)
    if not seen[appid] and not (component and component.appid == appid) then
      seen[appid] = true
      list[#list + 1] = appid
    end
  end
  add(platform.options.appid)
  for appid in pairs(platform.accounts) do
    add(appid)
  end
  for appid in pairs(platform.options.accounts or {}) do
    add(appid)
  end
  table.sort(list)
  return list
end

--- The answer to GET of one of the paths.
---@param platform table
---@param request table  as wxlive.httpd gives it
---@return table answer   { body, headers }
function M.answer(platform, request)
  local query = calls.parse_query(request.query)
  local component = platform.component
  local pinned = query.biz_appid ~= nil and query.biz_appid ~= ""
  return web.page(request, web.read("sandbox/console/consent.html"), {
    title = "wxlive sandbox", colour = "0b7a4b",
    style = web.read("web/style.css", "sandbox/console/style.css"),
    script = web.read("sandbox/console/sets.js", "sandbox/console/consent.js"),
    facts = web.data {
      words = web.words(words.texts), component = query.component_appid, pinned = pinned,
      problem = problem_of(component, query), sets = sets_of(component, query.category_id_list),
      shops = shops_of(platform, component),
      shop = pinned and query.biz_appid or platform.options.appid,
      pre_auth_code = query.pre_auth_code, redirect_uri = query.redirect_uri,
    },
  })
end

return M
