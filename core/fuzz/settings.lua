-- Settings files: known keys with text, or one line that names the place.
local settings = require "wxlive.cli.settings"

return function(text)
  local found, err = settings.parse("config", text)
  if not found then
    assert(err.kind == "usage" and #tostring(err) > 0, "error")
    return
  end
  for key, value in pairs(found) do
    assert(type(key) == "string" and type(value) == "string", key)
    assert(not value:find("\n"), "a value of several lines")
  end
end
