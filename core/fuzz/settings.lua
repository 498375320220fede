-- Settings files: known keys with text, or one line that names the place.
local settings = require "wxlive.settings.file"

return function(text)
  local found, more = settings.parse("config", text)
  if not found then
    assert(more.kind == "usage" and #tostring(more) > 0, "error")
    return
  end
  local function check(values)
    for key, value in pairs(values) do
      assert(type(key) == "string" and type(value) == "string", key)
      assert(not value:find("\n"), "a value of several lines")
    end
  end
  check(found)
  for _, account in ipairs(more) do
    assert(settings.is_name(account.name), "the name of an account")
    check(account.values)
  end
end
