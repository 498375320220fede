--- What the figures were measured on.
local process = require "spec.support.process"

local function first(command)
  local ok, text = pcall(process.run, command)
  return ok and text:match("^%s*([^\n]-)%s*\n") or nil
end

--- A description of the machine and of the programs, without its name.
return function()
  local cpu = (process.read("/proc/cpuinfo") or ""):match("model name%s*:%s*([^\n]+)")
  local memory = (process.read("/proc/meminfo") or ""):match("MemTotal:%s*(%d+)")
  return {
    cpu = cpu, processors = tonumber(first("nproc")), memory_kb = tonumber(memory),
    kernel = first("uname -sr"), system = first(". /etc/os-release && echo \"$PRETTY_NAME\""),
    load = (process.read("/proc/loadavg") or ""):match("^%S+ %S+ %S+"),
    curl = first("curl --version"), lua = first("lua5.4 -v"), luajit = first("luajit -v"),
    node = first("node --version"), python = first("/usr/bin/python3 --version"),
    requests = first("/usr/bin/python3 -c 'import requests; print(requests.__version__)'"),
    nginx = first("nginx -v"), valgrind = first("valgrind --version"),
  }
end
