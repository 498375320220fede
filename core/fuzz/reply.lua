-- Answers of the platform, tokens among them: a result or an error object, never a raise; an answer
-- to a token call is never quoted. The first byte chooses the endpoint, the second the HTTP status.
local catalogue = require "wxlive.catalogue"
local json = require "wxlive.json"
local outcome = require "wxlive.errcodes.outcome"
local response = require "wxlive.client.response"

local statuses = { 200, 200, 200, 404, 429, 502 }

return function(text)
  local entry = catalogue.list[(text:byte(1) or 0) % #catalogue.list + 1]
  local resp = {
    status = statuses[(text:byte(2) or 0) % #statuses + 1], body = text:sub(3), size = #text,
    content_type = "application/json",
  }
  local result, err = response.read(entry, resp)
  if not result then
    assert(type(err.kind) == "string" and type(err.name) == "string", "error")
    assert(not tostring(err):find("\n") or resp.body:find("\n"), "lines")
    assert(type(outcome.of(err)) == "string")
    if entry.group == "auth" and #resp.body > 20 and not resp.body:find("err", 1, true) then
      assert(not tostring(err):find(resp.body:sub(1, 20), 1, true), "an answer is quoted")
    end
  elseif type(result) == "table" then
    json.encode(result)
  end
end
