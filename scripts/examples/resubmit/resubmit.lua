--- A workflow of a shop: goods that the audit has turned down are submitted again, until the day's
-- audits are spent. A module that takes its client, so that the suite beside it can give it one.
local resubmit = {}

--- Submits all rejected goods again.
---@param live wxlive.Broadcast
---@param fixed (fun(goods: table): boolean)?  whether the shop has fixed it; default: all are
---@return { submitted: table[], skipped: table[], left: table[], failed: table[] }?
---@return wxlive.Error? err
function resubmit.run(live, fixed)
  local rejected, err = live:goods { status = 3 }:all()
  if not rejected then
    return nil, err
  end
  local done = { submitted = {}, skipped = {}, left = {}, failed = {} }
  local spent = false
  for _, goods in ipairs(rejected) do
    if spent then
      table.insert(done.left, goods)
    elseif fixed and not fixed(goods) then
      table.insert(done.skipped, goods)
    else
      local answer, why = live:goods_audit(goods.goods_id)
      if answer then
        goods.audit_id = answer.audit_id  -- keep it: the API returns it only once
        table.insert(done.submitted, goods)
      elseif why.kind == "quota" then
        spent = true
        table.insert(done.left, goods)
      else
        goods.error = why
        table.insert(done.failed, goods)
      end
    end
  end
  return done
end

return resubmit
