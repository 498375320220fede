--- The default directories for a user's files, by the XDG rules. A relative value is ignored,
--- because it would mean another place in every working directory.
local files = require "wxlive.base.files"

local M = {}

local function absolute(name)
  local value = os.getenv(name)
  return value and value:sub(1, 1) == "/" and value or nil
end

local function place(variable, below_home)
  local home = absolute("HOME")
  return absolute(variable) or home and home .. below_home
end

--- Where settings are looked for: $XDG_CONFIG_HOME, else ~/.config; nil without a home.
---@return string? folder
function M.config()
  return place("XDG_CONFIG_HOME", "/.config")
end

--- Where state is kept: $XDG_STATE_HOME, else ~/.local/state; nil without a home.
---@return string? folder
function M.state()
  return place("XDG_STATE_HOME", "/.local/state")
end

--- The default path of a file that wxlive keeps with the user's state, in a folder that is made;
--- nil without a home.
---@param name string
---@return string? path
function M.state_file(name)
  local folder = M.state()
  if folder then
    files.make_folder(folder .. "/wxlive", true)
  end
  return folder and folder .. "/wxlive/" .. name
end

--- The file of the ledger when none is named; nil without a home.
---@return string? path
function M.ledger()
  return M.state_file("ledger.db")
end

--- Where tokens are kept: $XDG_CACHE_HOME, else ~/.cache; nil without a home.
---@return string? folder
function M.cache()
  return place("XDG_CACHE_HOME", "/.cache")
end

return M
