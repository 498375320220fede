--- Exit statuses of the command and the workflow scripts: a shell script can branch on them.
local language = require "wxlive.text.language"
local outcomes = require "wxlive.errcodes.outcome"

local M = {
  ok = 0,         -- all done
  failed = 1,     -- refused by the platform, or it could not be reached
  usage = 2,      -- wrong usage or bad input: nothing was sent
  partial = 3,    -- some rows were done, others were not
  ambiguous = 4,  -- the platform may have done it: look before repeating
  settings = 5,   -- configuration or credentials
  quota = 6,      -- the day's quota is spent
  output = 7,     -- done, but the result could not be written to the standard output
  interrupted = 130,  -- asked to end (Ctrl-C): calls under way were finished
}

-- The status of an error's kind.
local of_kind = {
  quota = M.quota, interrupted = M.interrupted, partial = M.partial, output = M.output,
  usage = M.usage, invalid = M.usage,
}

-- Errors of usage that a setting has caused.
local of_settings = { bad_settings = true, ledger_not_found = true }

--- The status for an error.
---@param err wxlive.Error
---@return integer
function M.of(err)
  if err.name == "accounts_failed" then
    return M.of(err.cause)
  elseif err.ambiguous then
    return M.ambiguous
  end
  local status = of_kind[err.kind]
  if status == M.usage and of_settings[err.name] then
    return M.settings
  end
  return status or (outcomes.scope(err) == "account" and M.settings) or M.failed
end

-- From the gravest to the least: of several failures, the gravest decides the exit status.
local gravity = {
  M.ambiguous, M.output, M.interrupted, M.settings, M.failed, M.usage, M.quota, M.partial,
}

--- The gravest of several errors.
---@param errors wxlive.Error[]
---@return wxlive.Error? err
function M.gravest(errors)
  for _, status in ipairs(gravity) do
    for _, err in ipairs(errors) do
      if M.of(err) == status then
        return err
      end
    end
  end
end

--- What --help says of them.
---@return string
function M.text()
  return language.pick("Exit status: 0 done; 1 refused or failed; 2 wrong usage or bad input, "
    .. "nothing was sent; 3 some rows failed; 4 outcome unknown, look before repeating; "
    .. "5 configuration or credentials; 6 quota spent; "
    .. "7 done, but the output could not be written; 130 interrupted.",
    "退出码：0 成功；1 被拒绝或失败；2 用法或输入有误，未发送任何请求；3 部分行失败；"
    .. "4 结果未知，请先查询再重试；5 配置或凭据有误；6 额度已用尽；7 已执行，但结果无法输出；130 被中断。")
end

return M
