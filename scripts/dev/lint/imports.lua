--- The rooms of lua/wxlive and what each may require. An edge that is not here is a mistake, and so
--- is a cycle of modules, whatever room they are in.
local M = {}

-- Room -> the rooms that it may require; "base" is open to all. A room is a folder, or a file that
-- stands for itself; files that are not named belong to "client".
local base = { "base", "core", "error", "json", "text" }

M.allowed = {
  base = {}, curl = {}, concurrent = { "curl" }, errcodes = {}, media = {}, catalogue = {},
  database = { "concurrent" }, ledger = { "catalogue", "database" },
  transport = { "concurrent", "curl" }, store = { "curl", "transport" },
  token = { "errcodes", "store" }, callback = { "store" },
  client = { "catalogue", "concurrent", "errcodes", "media", "store", "token", "transport" },
  platform = { "callback", "catalogue", "client", "database", "store", "token" },
  settings = { "store" },
  accounts = { "client", "concurrent", "platform", "settings" },
  -- A file to checked rows: knows nothing of ledger or command line.
  sheet = { "catalogue", "client", "media" },
  shop = { "catalogue", "client", "concurrent", "errcodes", "ledger", "sheet" },
  -- Pages for a browser, and who may use them.
  web = {},
  sandbox = { "callback", "catalogue", "client", "concurrent", "errcodes", "media", "transport",
    "web" },
  -- A show that runs; it is rehearsed on the sandbox.
  rundown = { "catalogue", "client", "concurrent", "errcodes", "ledger", "sandbox", "sheet", "shop",
    "store", "transport" },
  -- Serves the queue of a ledger.
  worker = { "client", "concurrent", "errcodes", "ledger", "shop" },
  -- A page over rooms and running shows.
  desk = { "catalogue", "client", "errcodes", "rundown", "store", "web" },
  cli = { "accounts", "callback", "catalogue", "client", "concurrent", "desk", "errcodes",
    "platform", "rundown", "sandbox", "settings", "sheet", "shop", "store", "transport", "web",
    "worker" },
  workflow = { "catalogue", "cli", "client", "errcodes", "sheet", "shop" },
}

-- What a room may never require, not even by way of another room.
M.forbidden = {
  sheet = { "cli", "ledger", "shop", "workflow" },
  shop = { "cli", "rundown", "workflow", "sandbox" },
  ledger = { "shop", "cli", "client", "sheet", "workflow" }, client = { "shop", "ledger", "cli" },
  rundown = { "cli", "desk", "workflow" },
}

local is_base = {}
for _, name in ipairs(base) do
  is_base[name] = true
end

--- The room of a module: "wxlive.shop.apply" -> "shop".
---@param module string
---@return string
function M.room_of(module)
  local room = module:match("^wxlive%.([%w_]+)") or "client"
  if is_base[room] then
    return "base"
  elseif M.allowed[room] then
    return room
  end
  return "client"
end

--- The modules that a source requires when it is loaded or later.
---@param source string
---@return { name: string, line: integer }[]
function M.requires(source)
  local list, line = {}, 0
  for text in (source .. "\n"):gmatch("(.-)\n") do
    line = line + 1
    local code = text:gsub("%-%-.*$", "")
    for name in code:gmatch("require%s*%(?%s*\"(wxlive[%w_.]*)\"") do
      list[#list + 1] = { name = name, line = line }
    end
  end
  return list
end

local function is_allowed(from, to)
  if from == to or to == "base" then
    return true
  end
  for _, name in ipairs(M.allowed[from]) do
    if name == to then
      return true
    end
  end
  return false
end

-- Whether a room leads to another, over any number of edges between rooms that exist.
local function leads(edges, from, to, seen)
  if from == to then
    return true
  end
  seen[from] = true
  for room in pairs(edges[from] or {}) do
    if not seen[room] and leads(edges, room, to, seen) then
      return true
    end
  end
  return false
end

-- One cycle of modules that load each other, as text.
local function cycle_of(graph)
  local state, path = {}, {}
  local function visit(module)
    state[module] = "open"
    path[#path + 1] = module
    for _, required in ipairs(graph[module] or {}) do
      if state[required] == "open" then
        return table.concat(path, " -> ") .. " -> " .. required
      elseif not state[required] and graph[required] then
        local found = visit(required)
        if found then
          return found
        end
      end
    end
    state[module] = "done"
    path[#path] = nil
  end
  local names = {}
  for module in pairs(graph) do
    names[#names + 1] = module
  end
  table.sort(names)
  for _, module in ipairs(names) do
    local found = not state[module] and visit(module)
    if found then
      return found
    end
  end
end

--- What is wrong with the modules' edges.
---@param sources table<string, { path: string, text: string }>   by module name
---@return { path: string, line: integer, message: string }[]
function M.check(sources)
  local found, edges, graph = {}, {}, {}
  for module, source in pairs(sources) do
    local from = M.room_of(module)
    graph[module] = {}
    for _, one in ipairs(M.requires(source.text)) do
      local to = M.room_of(one.name)
      -- A require inside a function runs after loading: only one at the beginning of a line counts.
      local name = one.name:gsub("%p", "%%%0")
      if source.text:find("\nlocal [%w_]+ = require[ (]*\"" .. name .. "\"") then
        table.insert(graph[module], one.name)
      end
      edges[from] = edges[from] or {}
      edges[from][to] = true
      if not is_allowed(from, to) then
        found[#found + 1] = { path = source.path, line = one.line,
          message = ("%s may not require %s (%s)"):format(from, to, one.name) }
      end
    end
  end
  for from, list in pairs(M.forbidden) do
    for _, to in ipairs(list) do
      if leads(edges, from, to, {}) then
        found[#found + 1] = { path = "lua/wxlive/" .. from, line = 1,
          message = ("%s leads to %s"):format(from, to) }
      end
    end
  end
  local cycle = cycle_of(graph)
  if cycle then
    found[#found + 1] = { path = "lua/wxlive", line = 1, message = "a cycle: " .. cycle }
  end
  table.sort(found, function(a, b)
    return a.path .. ("%6d"):format(a.line) < b.path .. ("%6d"):format(b.line)
  end)
  return found
end

return M
