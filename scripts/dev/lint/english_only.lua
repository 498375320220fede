--- Finds errors that have words in English only: a message or hint in a table that has no Chinese
--- beside it, and a text given to a function that makes an error.
--
-- Errors named bad_argument stay English, because only mistakes in a program against the Lua API
-- cause them, and so do answers over HTTP, whose function is given a status first.
local tokens_of = require "scripts.dev.lint.tokens"

local M = {}

-- Calls whose texts have both languages, or are for programmers.
local paired = { both = true, pick = true, error = true, assert = true, find = true }

-- Functions that make an error of a text.
local makers = {}
for name in ([[
  broke broken fail failed failure fault invalid io_failure problem refuse refused stale timed_out
  unreadable usage wrong
]]):gmatch("%a[%w_]*") do
  makers[name] = true
end

local CHINESE = "[\227-\233\239][\128-\191][\128-\191]"

local function is_prose(text)
  return text:find("%a%a%a+ %a%a+") ~= nil or text:find("%a%a+ %a%a%a+") ~= nil
end

-- What a bracket holds: its call's name, and of a table the texts of each field.
local function open(tokens, i)
  local before = tokens[i - 1]
  local frame = { mark = tokens[i].text, fields = {}, given = {}, words = {} }
  if frame.mark == "(" and before and before.text:find("^[%a_]")
    and not (tokens[i + 1] or before).text:find("^%d") then
    frame.call = before.text
  end
  return frame
end

local function is_field(tokens, i, frame)
  local before, after = tokens[i - 1] and tokens[i - 1].text, tokens[i + 1]
  return frame and frame.mark == "{" and (before == "{" or before == ",") and after
    and after.text == "="
end

-- Whether a text is only compared with something.
local function is_compared(tokens, i)
  local before = tokens[i - 1] and tokens[i - 1].text
  return before == "==" or before == "~="
end

--- The findings in a file of Lua.
---@param source string
---@param of fun(reason: string): any   of wxlive.text.reasons: a text when it knows no Chinese
---@return { line: integer, text: string }[]
function M.find(source, of)
  local findings, stack, tokens = {}, {}, tokens_of(source)
  local function report(token)
    if type(of((token.said:gsub("%%%a", "a")))) == "string" then
      findings[#findings + 1] = { line = token.line, text = token.said }
    end
  end
  -- A text counts for the brackets round it, up to a call that pairs it.
  local function note(token)
    for n = #stack, 1, -1 do
      local frame = stack[n]
      if frame.call and paired[frame.call] then
        return
      end
      local chinese = token.said:find(CHINESE)
      frame.chinese = frame.chinese or chinese
      if not chinese and is_prose(token.said) then
        local key = frame.mark == "{" and frame.field or 1
        frame.words[key] = frame.words[key] or token
      end
      if frame.mark == "{" then
        frame.fields[frame.field or 1] = frame.fields[frame.field or 1] or token.said
        return
      elseif frame.call and makers[frame.call] then
        return
      end
    end
  end
  local function close(frame)
    if frame.mark == "{" and frame.fields.name ~= "bad_argument"
      and frame.fields.status ~= "bad_argument" then
      for _, key in ipairs { "message", "hint" } do
        if frame.words[key] and not frame.given[key .. "_zh"] then
          report(frame.words[key])
        end
      end
    elseif frame.call and makers[frame.call] and frame.words[1] and not frame.chinese then
      report(frame.words[1])
    end
  end
  for i, token in ipairs(tokens) do
    local frame = stack[#stack]
    if token.said then
      if not is_compared(tokens, i) then
        note(token)
      end
    elseif token.text == "(" or token.text == "{" then
      stack[#stack + 1] = open(tokens, i)
    elseif token.text == ")" or token.text == "}" then
      if frame then
        stack[#stack] = nil
        close(frame)
      end
    elseif token.text:find("^[%a_]") and is_field(tokens, i, frame) then
      frame.field = token.text
      frame.given[token.text] = true
    end
  end
  return findings
end

return M
