-- The table of error codes of docs/errors.md and docs/zh/errors.md, between two marks in pages that
-- are otherwise written by hand. Used by scripts/dev/generate.
local errcodes = require "wxlive.errcodes"

local M = {}

local FIRST = "<!-- the table is made by scripts/dev/generate -->\n"
local LAST = "<!-- end of the table -->\n"

local words = {
  en = {
    head = "| errcode | name | class | meaning | what to do | what wxlive does |",
    meaning = "message", hint = "hint", at_token = "%s (answer of the token calls)",
    does = {
      ok = "returns an empty result", token = "refreshes the token once and repeats the call",
      busy = "repeats the call after a pause", later = "returns the error; nothing was done",
      quota = "returns the error with `resets_at`; a sheet's run stops",
      refused = "returns the error; the next row goes on",
      account = "returns the error; a sheet's run stops",
      partial = "returns the error with `body`, never repeats the create",
      unknown = "repeats what is harmless, looks a create up, else `ambiguous`",
    },
  },
  zh = {
    head = "| errcode | 名称 | 类别 | 含义 | 处理办法 | wxlive 的处理 |", meaning = "zh",
    hint = "hint_zh", at_token = "%s（获取令牌的接口返回时）",
    does = {
      ok = "返回空结果", token = "刷新一次令牌后重试", busy = "稍候重试", later = "返回错误，未执行任何操作",
      quota = "返回错误并给出 `resets_at`；表格的执行停止", refused = "返回错误，继续处理下一行",
      account = "返回错误；表格的执行停止", partial = "返回错误和 `body`，绝不重复创建",
      unknown = "可重复的操作重试，创建先查询，否则为 `ambiguous`",
    },
  },
}

local function cell(text)
  return (tostring(text or ""):gsub("|", "\\|"):gsub("%s+", " "))
end

local function row(out, code, known, w, form)
  out[#out + 1] = ("| %d | `%s` | %s | %s | %s | %s |"):format(code, known.name, known.class,
    form:format(cell(known[w.meaning])), cell(known[w.hint]), w.does[known.outcome])
end

local function rows(lang)
  local w = words[lang]
  local out = { w.head, "|---|---|---|---|---|---|" }
  for _, code in ipairs(errcodes.codes()) do
    local known = errcodes.get(code)
    if known.class ~= "ok" then
      row(out, code, known, w, "%s")
      local at_token = errcodes.get(code, true)
      if at_token ~= known then
        row(out, code, at_token, w, w.at_token)
      end
    end
  end
  return table.concat(out, "\n") .. "\n"
end

--- A page with its table replaced.
---@param page string
---@param lang "en"|"zh"
---@return string
function M.fill(page, lang)
  local first, behind = page:find(FIRST, 1, true)
  local last = first and page:find(LAST, behind, true)
  assert(last, "the page has lost the marks of its table")
  return page:sub(1, behind) .. rows(lang) .. page:sub(last)
end

return M
