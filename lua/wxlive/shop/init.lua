--- A shop: sheets of goods and rooms put on the platform, once, through a ledger.
--
--   local shop = assert(require("wxlive.shop").open { live = live, ledger = "shop.db" })
--   local summary, err = shop:apply("goods.csv")
--
-- A method that could not begin returns nil and an error. A method that has begun returns its
-- summary: summary.err is nil when everything is done, else the reason why not. Call the same
-- method again to continue; it does nothing twice.
--
-- The ledger's databases block: inside nginx that would hold a worker. There a shop needs a ledger
-- of the user's own with `blocking = false`.
local Error = require "wxlive.error"
local ledgers = require "wxlive.ledger"
local loops = require "wxlive.concurrent.loop"
local notices = require "wxlive.ledger.notices"
local options_of = require "wxlive.base.options"
local both = require("wxlive.text.sentence").both
local tables = require "wxlive.base.tables"

local M = {}

---@class wxlive.Shop
---@field live wxlive.Broadcast
---@field ledger wxlive.Ledger
local Shop = {}
Shop.__index = Shop
Shop.__name = "wxlive.Shop"

local PLATFORM = "https://api.weixin.qq.com"

-- The options of methods that have a sheet.
local SHEET = {
  kind = "string", account = "string|table", prune = "boolean", moved = "boolean",
  on_problem = "callable", on_warning = "callable",
}

--- The options of each method: name -> type.
M.options = {
  open = { live = "table", ledger = "string|table", reading = "boolean", existing = "boolean" },
  plan = tables.merged(SHEET, { offline = "boolean" }),
  apply = tables.merged(SHEET, {
    wait = "boolean", concurrency = "number", settle = "number", rejects = "string",
    on_row = "callable", on_begin = "callable", interrupted = "callable", sleep = "callable",
  }),
  submit = SHEET,
  diff = { kind = "string", all = "boolean", forget = "boolean" },
  notify = { page_size = "number", interrupted = "callable" },
  watch = {
    on_event = "callable", on_error = "callable", kind = "string", every = "number",
    once = "boolean", interrupted = "callable", sleep = "callable",
  },
  replays = {
    concurrency = "number", piece = "number", clips = "boolean", on_begin = "callable",
    on_file = "callable", interrupted = "callable",
  },
}

local function blocks(ledger)
  local nginx = rawget(_G, "ngx")
  return nginx and nginx.get_phase and not (type(ledger) == "table" and ledger.blocking == false)
end

--- The name of a client's account in the ledger: rows of the sandbox must not be taken for rows of
--- the platform.
---@param live wxlive.Broadcast
---@return string
function M.account(live)
  return live.base_url == PLATFORM and live.appid or live.appid .. "@" .. live.base_url
end

--- Opens a shop.
---@param given { live: wxlive.Broadcast, ledger: string|wxlive.Ledger, reading: boolean?,
---  existing: boolean? }   ledger: a file, postgresql://..., or a ledger; reading: accept a ledger
---  that cannot be written, and take a file that is not there for an empty ledger, without making
---  it; existing: refuse a file that is not there
---@return wxlive.Shop? shop
---@return wxlive.Error? err
function M.open(given)
  local ok, err = options_of.check("wxlive.shop.open", given, M.options.open, { "ledger", "live" })
  if not ok then
    return nil, err
  elseif blocks(given.ledger) then
    return Error.fail {
      kind = "invalid", name = "blocking_ledger", sent = false,
      message = both("wxlive.shop.open: the ledger's database blocks, and would hold this nginx "
        .. "worker", "wxlive.shop.open：台账数据库会阻塞 nginx 工作进程"),
      hint = "run the shop in a process of its own, such as wxlive apply",
      hint_zh = "请在独立进程中运行，例如 wxlive apply",
    }
  end
  local live, ledger = given.live, given.ledger
  if type(ledger) == "string" then
    ledger, err = ledgers.open(ledger, {
      appid = M.account(live), reading = given.reading, existing = given.existing,
    })
    if not ledger then
      return nil, err
    end
  end
  return setmetatable({ live = live, ledger = ledger }, Shop)
end

--- Closes the ledger.
function Shop:close()
  self.ledger:close()
end

local function ignore() end

-- The options of methods that are left out.
local DEFAULTS = {
  on_begin = ignore, on_row = ignore, on_event = ignore, on_error = ignore, on_file = ignore,
  interrupted = function() return false end, sleep = loops.sleep,
}

-- A method whose work is a module of its own, loaded when it is first needed. Before its options
-- stand arguments: name and type of each.
local function method(name, module, ...)
  local arguments, where = { ... }, "shop:" .. name
  local at = #arguments / 2 + 1
  Shop[name] = options_of.checked(where, arguments, function(self, ...)
    local given = { ... }
    local options = given[at] or {}
    local ok, err = options_of.check(where, options, M.options[name])
    if not ok then
      return nil, err
    end
    given[at] = tables.merged(DEFAULTS, options)
    return require("wxlive.shop." .. module).run(self, given[1], given[2], given[3])
  end)
end

method("plan", "plan", "path", "string")
method("apply", "run", "path", "string")
method("submit", "submit", "path", "string")
method("diff", "diff")
method("notify", "notify", "room_id", "number|string")
method("watch", "watch")
method("replays", "replays", "room_id", "number|string", "folder", "string")

--- The pages of a room that were sent, oldest first.
---@param room_id integer
---@return table[]? pages   { page, state, receivers, message_id, success_count, total_count }
---@return wxlive.Error? err
function Shop:notices(room_id)
  return notices.pages(self.ledger, room_id)
end

--- Records the outcome of a page from the platform's callback: a push_result event.
---@param event table
---@return boolean? known   whether this shop has sent that message
---@return wxlive.Error? err
function Shop:push_result(event)
  return notices.settle(self.ledger, event)
end

Shop.push_result = options_of.checked("shop:push_result", { "event", "table" }, Shop.push_result)

return M
