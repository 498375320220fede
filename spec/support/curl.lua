--- Raw HTTP through the curl command: what a spec sends is what goes out, right or wrong.
local json = require "wxlive.json"

local M = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- curl's arguments for one transfer.
local function arguments(request, body_file, head_file)
  local out = {
    "-sS", "-m", tostring(request.timeout or 60), "-X", request.method or "GET",
    "-o", body_file, "-D", head_file, "-w", quote "%{http_code} %{size_download}\\n",
  }
  if request.content_type or request.body then
    out[#out + 1] = "-H " .. quote("Content-Type: " .. (request.content_type or ""))
  end
  for name, value in pairs(request.headers or {}) do
    out[#out + 1] = "-H " .. quote(name .. ": " .. value)
  end
  if request.body then
    out[#out + 1] = "-H 'Expect:' --data-binary " .. quote("@" .. request.body_file)
  end
  out[#out + 1] = quote(request.url)
  return table.concat(out, " ")
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  os.remove(path)
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function parse_headers(text)
  local headers = {}
  for name, value in text:gmatch("([%w-]+):%s*([^\r\n]*)") do
    headers[name:lower()] = value
  end
  return headers
end

--- Starts requests over one connection, one after the other; `finish` waits for them.
-- Gives a list of { status, body, headers } and curl's exit code (0: all went well).
function M.start(requests)
  local files, commands = {}, {}
  for i, request in ipairs(requests) do
    local copy = { body_file = os.tmpname() }
    for name, value in pairs(request) do
      copy[name] = value
    end
    write(copy.body_file, request.body or "")
    files[i] = { sent = copy.body_file, body = os.tmpname(), head = os.tmpname() }
    commands[i] = arguments(copy, files[i].body, files[i].head)
  end
  -- A sanitizer that is preloaded for our own modules is not for curl.
  local pipe = assert(io.popen("LD_PRELOAD= curl " .. table.concat(commands, " --next ")
    .. " 2>/dev/null; echo code $?"))
  local function finish()
    local text = pipe:read("*a")
    pipe:close()
    local answers = {}
    local statuses = text:gmatch("(%d%d%d) %d+\n")
    for i, file in ipairs(files) do
      os.remove(file.sent)
      answers[i] = {
        status = math.floor(tonumber(statuses() or 0)), body = read(file.body),
        headers = parse_headers(read(file.head)),
      }
    end
    return answers, math.floor(tonumber(text:match("code (%d+)")))
  end
  return finish
end

--- One request; its answer and curl's exit code.
function M.send(request)
  local answers, code = M.start { request }()
  return answers[1], code
end

--- The same as a transport in the sense of wxlive, for box:control.
function M.transport()
  return {
    send = function(_, request)
      local answer, code = M.send(request)
      if code ~= 0 then
        return nil, { kind = "transport", message = "curl exit " .. code }
      end
      return answer
    end,
    close = function() end,
  }
end

--- A JSON POST.
function M.post(url, params)
  return {
    method = "POST", url = url, content_type = "application/json",
    body = type(params) == "string" and params or assert(json.encode(params)),
  }
end

return M
