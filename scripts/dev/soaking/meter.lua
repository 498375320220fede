--- What a process holds, as /proc tells it, and how much it may grow.
local M = {}

---@class soak.Reading
---@field rss_kb integer    resident memory
---@field lua_kb number     what the Lua state holds after a full collection
---@field fds integer       open descriptors
---@field sockets integer   those of them that are sockets: connections and listeners
---@field threads integer

-- The columns of a table of readings, and by how much each may grow from 1 % to the end, and in the
-- second half alone. Buffers, pools and LuaJIT's compiled traces fill up during the first half;
-- what grows with the calls grows in the second as well. Descriptors move by how many connections
-- stay open after a fault.
M.columns = {
  { field = "rss_kb", title = "RSS kB", most = 12288, late = 3072 },
  { field = "lua_kb", title = "Lua kB", most = 2048, late = 512 },
  { field = "fds", title = "descriptors", most = 8, late = 8 },
  { field = "sockets", title = "sockets", most = 8, late = 8 },
  { field = "threads", title = "threads", most = 0, late = 0 },
}

-- The shell that lists the descriptors holds one end of a pipe, and this process the other.
local OWN_PIPE = 1

---@param pid integer
---@param own boolean      it is this process
---@param lua_kb number
---@return soak.Reading
function M.read(pid, own, lua_kb)
  local file = assert(io.open(("/proc/%d/status"):format(pid)))
  local status = file:read("*a")
  file:close()
  local pipe = assert(io.popen(("ls -l /proc/%d/fd 2>/dev/null"):format(pid)))
  local listing = pipe:read("*a")
  pipe:close()
  local _, fds = listing:gsub(" %-> ", "")
  local _, sockets = listing:gsub(" %-> socket:", "")
  return {
    rss_kb = math.floor(tonumber(status:match("VmRSS:%s*(%d+)"))),
    threads = math.floor(tonumber(status:match("Threads:%s*(%d+)"))),
    lua_kb = math.floor(lua_kb + 0.5), sockets = sockets, fds = fds - (own and OWN_PIPE or 0),
  }
end

--- Readings as lines of a table.
---@param marks { at: string, client: soak.Reading, sandbox: soak.Reading }[]
---@return string
function M.table(marks)
  local out = {}
  for _, side in ipairs { "client", "sandbox" } do
    local head = { ("%-8s %10s"):format(side, "calls") }
    for _, column in ipairs(M.columns) do
      head[#head + 1] = ("%12s"):format(column.title)
    end
    out[#out + 1] = table.concat(head)
    for _, mark in ipairs(marks) do
      local line = { ("%-8s %10d"):format(mark.at, mark.calls) }
      for _, column in ipairs(M.columns) do
        line[#line + 1] = ("%12d"):format(mark[side][column.field])
      end
      out[#out + 1] = table.concat(line)
    end
  end
  return table.concat(out, "\n")
end

--- What grew beyond its bound between two marks, in words.
---@param which "most"|"late"
---@param slack number     bounds are so many times as wide: a short run is still warming up
---@return string[]
function M.excess(first, last, which, slack)
  local out = {}
  for _, side in ipairs { "client", "sandbox" } do
    for _, column in ipairs(M.columns) do
      local grown = last[side][column.field] - first[side][column.field]
      local bound = column[which] * slack
      if grown > bound then
        out[#out + 1] = ("%s of the %s grew by %d from %s to the %s; %d is the most"):format(
          column.title, side, grown, first.at, last.at, bound)
      end
    end
  end
  return out
end

return M
