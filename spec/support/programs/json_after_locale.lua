--- Reads a fraction in each of the locales that are named, one after the other.
local compat = require "wxlive.base.compat"
local json = require "wxlive.json"

for _, name in ipairs(arg) do
  assert(os.setlocale(name, "numeric"), name)
  local value, reason = json.decode "0.5"
  io.write(value and compat.text(value) or reason, "\n")
end
