--- Finds reasons of the core that wxlive.text.reasons has no Chinese for: the texts of wxl_fail and
--- of what calls it, with something in the place of each %s and %d. Texts of WXL_E_ARG are for
--- programmers.
local M = {}

-- Functions of the core that fail with the text that they are given.
local makers = { "wxl_fail", "malformed", "stay", "stop", "refuse", "wxl_crypto_fail" }

-- Their parts are words that the core chooses; spec/text/reasons_spec.lua has each of them.
local composed = {
  ["%s %s (%g s)"] = true, ["cannot %s %s: %s"] = true, ["cannot %s in %s: %s"] = true,
  ["%s was not reached: the proxy%s %s%s"] = true, ["the peer closed the connection %s"] = true,
}

-- "%s:%d did%s %s" -> "a:1 did a a"
local function example(text)
  return (text:gsub("(%a)%%s", "%1 a"):gsub("%%[%d.*]*s", "a"):gsub("%%[%d.*]*[lz]*[dugi]", "1"))
end

-- The first text among the arguments of a call, put together where it stands in pieces.
local function text_of(arguments)
  local text = arguments:gsub('\\"', "\1"):gsub('"%s*PRI%w+%s*"', "d"):gsub('"%s*"', "")
    :match('"([^"]*)"')
  return text and text:gsub("\1", '"')
end

--- The findings in a file of C.
---@param source string
---@param of fun(reason: string): any   of wxlive.text.reasons: a text when it knows no Chinese
---@return { line: integer, text: string }[]
function M.find(source, of)
  local findings = {}
  local function look(at, text)
    if text:gsub("%%%a", ""):find("%a.* .*%a") and not composed[text]
      and type(of(example(text))) == "string" then
      local _, line = source:sub(1, at):gsub("\n", "")
      findings[#findings + 1] = { line = line + 1, text = text }
    end
  end
  for _, name in ipairs(makers) do
    for at, arguments in source:gmatch("()%f[%w_]" .. name .. "(%b())") do
      local text = text_of(arguments)
      if text and not arguments:find("WXL_E_ARG", 1, true) then
        look(at, name == "stop" and "XML: " .. text or text)
      end
    end
  end
  for at, text in source:gmatch('(){CURLE_[%w_]+, WXL_E_%w+,%s*"([^"]+)"}') do
    look(at, "%s " .. text)
  end
  return findings
end

return M
