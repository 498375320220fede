--- Puts a sheet into the queue of the ledger: workers do what it asks for, on this machine or on
--- others. Nothing is asked of the platform.
local core = require "wxlive.core"
local Error = require "wxlive.error"
local files = require "wxlive.base.files"
local jobs = require "wxlive.ledger.jobs"
local rows = require "wxlive.shop.rows"
local both = require("wxlive.text.sentence").both
local stage = require "wxlive.shop.stage"
local steps = require "wxlive.base.steps"

local M = {}

local function unreadable(path)
  return Error.fail {
    kind = "invalid", name = "unreadable_file", sent = false,
    message = both("%s could be read a moment ago, and cannot be read now",
      "%s 刚才可以读取，现在无法读取"):format(path),
    hint = "submit the sheet again", hint_zh = "请重新提交该表格",
  }
end

-- Keeps the pictures that rows of the sheet need, for workers on other machines.
local function keep_pictures(ledger, kind, name)
  local list, err = ledger:pictures()
  if not list then
    return nil, err
  end
  return steps.each(list, function(row)
    local digest, path = row[1], row[2]
    return jobs.keep_picture(ledger, kind, name, digest, function()
      local content = files.read(path)
      if not content or core.process.digest(path) ~= digest then
        return unreadable(path)
      end
      return core.signature.encode(content)
    end)
  end)
end

--- See wxlive.Shop: submit.
---@param shop wxlive.Shop
---@param path string
---@param options { kind: string?, account: string|string[]|nil, prune: boolean?, moved: boolean?,
---  on_problem: fun(line: integer?, message: string, message_zh: string?)?,
---  on_warning: fun(line: integer, message: string)? }
---@return table? summary   sheet, kind, rows, create, change, submit, remove, unchanged, mistakes
---@return wxlive.Error? err
function M.run(shop, path, options)
  local ledger, name = shop.ledger, rows.sheet_name(path)
  local counts, err = stage.file(ledger, path, options)
  local ok
  if counts then
    ok, err = keep_pictures(ledger, counts.kind, name)
  end
  if ok then
    -- The audit state of goods decides which changes are possible.
    ok, err = jobs.submit(ledger, counts.kind, name, counts.kind == "goods" and counts.change > 0)
  end
  if not ok then
    return nil, err
  end
  return stage.summary(path, counts)
end

return M
