--- The options of wxlive.platform.new: their types, sources and checks.
local core = require "wxlive.core"
local options = require "wxlive.base.options"
local seals = require "wxlive.platform.seal"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"
local vaults = require "wxlive.platform.vault"

local M = {}

local both, compose = sentence.both, sentence.compose

local where = "wxlive.platform.new"

local own = {
  component_appid = "string", component_secret = "string", token = "string", aes_key = "string",
  previous_aes_key = "string", vault = "string|table|userdata", vault_key = "string",
  previous_vault_key = "string", notice = "callable", window = "number|boolean",
}

-- Options of wxlive.broadcast.new that apply to all shops.
local passed = {
  base_url = "string", token_store = "table", transport = "table|userdata", timeout = "number",
  connect_timeout = "number", proxy = "string", ca_file = "string", retry = "table",
  lookup = "table|boolean", validate = "boolean", hooks = "table", quota = "boolean|table",
  dry_run = "boolean", clock = "callable", random = "callable",
}

local known = tables.merged(own, passed)

-- Options whose values people copy from the open platform's console, or keep in the environment.
local variables = {
  component_appid = "WXLIVE_COMPONENT_APPID", component_secret = "WXLIVE_COMPONENT_SECRET",
  token = "WXLIVE_COMPONENT_TOKEN", aes_key = "WXLIVE_COMPONENT_AES_KEY",
  previous_aes_key = "WXLIVE_COMPONENT_PREVIOUS_AES_KEY", vault_key = "WXLIVE_VAULT_KEY",
  previous_vault_key = "WXLIVE_PREVIOUS_VAULT_KEY",
}

local required = { component_appid = true, component_secret = true, vault_key = true }

local function visible(given, variable)
  local value = core.text.trim(given or os.getenv(variable) or "")
  return value ~= "" and value or nil
end

--- Checks the options and fills in what is missing.
---@param given table
---@return table? settings   the own options by name, `keys` of the vault, `client` for the client
---@return wxlive.Error? err
function M.read(given)
  local ok, err = options.check(where, given, known)
  if not ok then
    return nil, err
  end
  local problems, problem = options.problems()
  local settings = { client = {}, keys = {}, notice = given.notice, window = given.window }
  for name, variable in pairs(variables) do
    local value = visible(given[name], variable)
    local strange = value and not name:find("vault_key") and options.strange_in(value)
    settings[name] = value
    if strange then
      problem(name, strange)
    elseif not value and required[name] then
      problem(name, options.missing(variable))
    end
  end
  if settings.component_appid and not settings.component_appid:find("^[%w_-]+$") then
    problem("component_appid", options.NO_APPID)
  end
  if settings.aes_key and not settings.token then
    problem("token", compose(options.missing("WXLIVE_COMPONENT_TOKEN"),
      both(": it goes with aes_key", "，须与 aes_key 一并设置")))
  elseif settings.token and not settings.aes_key then
    problem("aes_key", compose(options.missing("WXLIVE_COMPONENT_AES_KEY"),
      both(": pushes to a third-party platform are always encrypted", "，第三方平台的推送一律加密")))
  end
  for _, name in ipairs { "vault_key", "previous_vault_key" } do
    if settings[name] then
      local key, wrong = seals.read_key(settings[name])
      settings.keys[#settings.keys + 1] = key
      if not key then
        problem(name, wrong)
      end
    end
  end
  settings.vault = given.vault
  if type(given.vault) == "string" or given.vault == nil then
    settings.vault = visible(given.vault, "WXLIVE_VAULT")
  else
    local wrong = vaults.check(given.vault)
    if wrong then
      problem("vault", wrong)
    end
  end
  ok, err = options.report(where, problems)
  if not ok then
    return nil, err
  end
  for name in pairs(passed) do
    settings.client[name] = given[name]
  end
  settings.client.appid, settings.client.secret = settings.component_appid,
    settings.component_secret
  return settings
end

return M
