--- A real Chromium without a window, driven through chromedriver's WebDriver interface.
local curl = require "wxlive.transport.curl"
local json = require "wxlive.json"
local process = require "spec.support.process"
local programs = require "spec.support.curl"
local system = require "wxlive.core".system

local SECONDS = 120 -- the longest wait for anything on a page
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- WebDriver's name for a reference

-- Nothing of it leaves this machine, and nothing of it stays.
local arguments = {
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
  "--no-proxy-server", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--disable-extensions", "--disable-default-apps", "--no-default-browser-check",
  "--disable-features=Translate,OptimizationHints,MediaRouter", "--mute-audio", "--hide-scrollbars",
  "--disable-breakpad", "--disable-crash-reporter",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  "--window-size=1360,900",
}

---@class spec.Browser
local Browser = {}
Browser.__index = Browser

local M = {}

local function exchange(self, method, path, params)
  local response, err = self.transport:send {
    method = method, url = self.driver .. path, content_type = "application/json",
    body = method == "POST" and assert(json.encode(params or {})) or nil, timeout = 60,
    resend = false,
  }
  if not response then
    return nil, tostring(err.message)
  end
  local answer = json.decode(response.body)
  if response.status ~= 200 then
    local value = type(answer) == "table" and answer.value or {}
    return nil, ("%s: %s"):format(tostring(value.error or response.status),
      tostring(value.message or response.body))
  end
  return true, answer.value
end

-- A command of the session; raises when it fails.
local function command(self, method, path, params)
  local ok, value = exchange(self, method, "/session/" .. self.session .. path, params)
  if not ok then
    error(("%s %s: %s"):format(method, path, value), 3)
  end
  return value
end

--- Starts the driver and a browser with a profile of its own.
---@return spec.Browser
function M.start()
  local self = setmetatable({ directory = process.directory() }, Browser)
  self.transport = assert(curl.new { proxy = "", max_body = 16 * 1048576 })
  local options = {
    directory = self.directory,
    ready = function()
      local ok, value = exchange(self, "GET", "/status")
      return ok and value.ready
    end,
  }
  function options.before()
    local port = process.free_port()
    self.driver = "http://127.0.0.1:" .. port
    -- A sanitizer that is preloaded for our own modules is not for a browser. What it leaves in
    -- temporary and configuration folders goes with ours.
    options.command = ("exec env LD_PRELOAD= HOME=%s TMPDIR=%s XDG_CONFIG_HOME=%s "
      .. "XDG_CACHE_HOME=%s chromedriver --port=%d"):format(self.directory, self.directory,
      self.directory, self.directory, port)
  end
  self.child = process.start(options)
  -- A driver that is killed leaves its browser behind: the browser itself is to mind its end.
  local chromium = self.directory .. "/chromium"
  process.write(chromium, "#!/bin/sh\nexec setpriv --pdeathsig KILL chromium \"$@\"\n")
  process.run("chmod +x " .. chromium)
  local list = json.array { "--user-data-dir=" .. self.directory .. "/profile" }
  for _, argument in ipairs(arguments) do
    list[#list + 1] = argument
  end
  local ok, value = exchange(self, "POST", "/session", {
    capabilities = { alwaysMatch = {
      browserName = "chrome", ["goog:chromeOptions"] = { args = list, binary = chromium },
      ["goog:loggingPrefs"] = { browser = "ALL" },
    } },
  })
  if not ok then
    self:stop()
    error("no session: " .. value, 2)
  end
  self.session = value.sessionId
  return self
end

--- Ends browser and driver, and removes what they wrote.
function Browser:stop()
  if self.session then
    programs.send { method = "DELETE", url = self.driver .. "/session/" .. self.session }
    self.session = nil
  end
  self.child:stop()
  self.transport:close()
  -- What is left of it may still be writing its last files.
  local deadline = system.monotonic() + SECONDS
  while not pcall(process.remove, self.directory) and system.monotonic() < deadline do
    system.sleep(0.05)
  end
end

function Browser:open(url)
  command(self, "POST", "/url", { url = url })
end

--- Runs JavaScript in the page; gives what it returns.
---@param script string
---@param ... any  its arguments
function Browser:run(script, ...)
  return command(self, "POST", "/execute/sync", { script = script, args = json.array { ... } })
end

--- Waits until a JavaScript expression is true (not null, not empty); gives its value.
---@param expression string
---@param ... any  arguments[0] and so on in it
function Browser:await(expression, ...)
  local deadline = system.monotonic() + SECONDS
  while true do
    local value = self:run("return " .. expression, ...)
    if value and value ~= json.null and value ~= "" then
      return value
    elseif system.monotonic() > deadline then
      error(("waited in vain for %s; the page shows:\n%s"):format(expression,
        self:run("return document.body.innerText"):sub(1, 1500)), 2)
    end
    system.sleep(0.02)
  end
end

-- The one element that a selector finds, once it is there.
local function element(self, selector)
  local deadline = system.monotonic() + SECONDS
  while true do
    local ok, value = exchange(self, "POST", "/session/" .. self.session .. "/element",
      { using = "css selector", value = selector })
    if ok then
      return value[ELEMENT]
    elseif system.monotonic() > deadline then
      error(value, 3)
    end
    system.sleep(0.02)
  end
end

--- Clicks as a hand would: what is covered or off the page cannot be clicked. An element that was
--- drawn anew meanwhile is looked for again.
function Browser:click(selector)
  local deadline = system.monotonic() + SECONDS
  while true do
    local ok, reason = exchange(self, "POST", ("/session/%s/element/%s/click"):format(self.session,
      element(self, selector)), {})
    if ok then
      return
    elseif system.monotonic() > deadline or not reason:find("^stale") then
      error(selector .. ": " .. reason, 2)
    end
  end
end

--- Types into what has the focus; keys beyond text are in M.keys.
function Browser:press(key)
  command(self, "POST", "/actions", { actions = json.array { {
    type = "key", id = "keyboard",
    actions = json.array { { type = "keyDown", value = key }, { type = "keyUp", value = key } },
  } } })
end

M.keys = { tab = "\238\128\132", enter = "\238\128\135" }

--- Chooses an option as a hand would leave it: value set, and the page told.
function Browser:choose(selector, value)
  self:run([[const node = document.querySelector(arguments[0]); node.value = arguments[1];
    node.dispatchEvent(new Event("change", { bubbles: true }));]], selector, value)
end

--- A command of Chromium's own protocol.
function Browser:cdp(name, params)
  return command(self, "POST", "/goog/cdp/execute", { cmd = name, params = params or {} })
end

--- What the page has logged since the last time, as text; nothing is "".
function Browser:complaints()
  local out = {}
  for i, entry in ipairs(command(self, "POST", "/se/log", { type = "browser" })) do
    out[i] = entry.level .. " " .. entry.message
  end
  return table.concat(out, "\n")
end

--- A picture of what is seen, or of the whole page, into a file; for eyes.
function Browser:picture(path, whole)
  local data = self:cdp("Page.captureScreenshot", {
    format = "png", captureBeyondViewport = whole == true,
  }).data
  process.write(path .. ".base64", data)
  process.run(("base64 -d %s.base64 >%s && rm %s.base64"):format(path, path, path))
end

return M
