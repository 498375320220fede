--- The audit of goods: how the clock moves goods through its states.
local states = require "wxlive.catalogue.states"

local M = {}

-- The automatic audit rejects goods whose name asks for it, and approves all others.
local function verdict(goods)
  local name = goods.name:lower()
  if name:find("驳回", 1, true) or name:find("reject", 1, true) then
    return states.REJECTED
  end
  return states.APPROVED
end

--- Brings goods up to the present; true when they changed.
function M.settle(goods, now, seconds)
  if goods.audit_status ~= states.UNDER_AUDIT or not seconds
    or now < goods.submitted_at + seconds then
    return false
  end
  goods.audit_status = verdict(goods)
  return true
end

--- Goods of the account, up to date; nil where there are none.
function M.find(account, id)
  local goods = account.goods[id]
  if goods and M.settle(goods, account.platform:exact_now(), account.platform.audit_seconds) then
    account:put("goods", id, goods)
  end
  return goods
end

return M
