--- The goods library and its audit.
local goods_state = require "wxlive.sandbox.world.goods_state"
local json = require "wxlive.json"
local limits = require "wxlive.sandbox.server.limits"
local media = require "wxlive.sandbox.api.media"
local people = require "wxlive.sandbox.world.people"
local refuse = require("wxlive.sandbox.server.refusal").refuse
local states = require "wxlive.catalogue.states"

local FIRST_AUDIT_ID = 450889001
-- The server's own page size, where the caller names none.
local PAGE = 30

-- A price of one kind, of a range, or with a discount.
local function check_price(price_type, price, price2)
  if not price then
    refuse(300003, "price is missing")
  elseif price_type == 1 then
    return
  elseif not price2 then
    refuse(300003, "price2 is missing, price type " .. price_type .. " takes two prices")
  elseif price_type == 2 and price2 <= price then
    refuse(300003, "price2 (the high end) is not above price (the low end)")
  elseif price_type == 3 and price2 >= price then
    refuse(300003, "price2 (the current price) is not below price (the original)")
  end
end

local function check_url(url)
  if url:sub(1, 1) == "/" then
    -- The platform's known answer to a leading slash.
    refuse(300002, "url begins with a slash")
  end
  local path, query = url:match("^([^?]*)(.*)$")
  if not path:find("^[%w_][%w_./-]*$") or query:find("%s") or path:find("^pages/missing") then
    refuse(300007, "url is not the path of a published page")
  end
end

local function check_goods(account, params)
  if params.name and people.has_banned_word(params.name) then
    refuse(300004, "name holds a banned word")
  end
  if params.url then
    check_url(params.url)
  end
  if params.cover_img_url then
    media.need(account, params.cover_img_url, "goods")
  end
end

local function fill(goods, params)
  goods.cover = params.cover_img_url or goods.cover
  for _, name in ipairs {
    "name", "price_type", "price", "price2", "url", "third_party_appid", "goods_key",
  } do
    if params[name] ~= nil then
      goods[name] = params[name]
    end
  end
end

-- Spends one of the day's submissions; a withdrawal does not give it back.
local function submit(account, goods)
  local day = (account.platform:periods())
  local most = limits.audits(account.platform)
  if account:used("audit", day) >= most then
    refuse(300012, ("%d submissions for audit were made today"):format(most))
  end
  account:count("audit", day)
  goods.audit_id = account:next_id("audit", FIRST_AUDIT_ID)
  goods.audit_status = states.UNDER_AUDIT
  goods.submitted_at = account.platform:exact_now()
  return goods.audit_id
end

local M = {}

function M.goods_add(account, params)
  check_goods(account, params)
  check_price(params.price_type, params.price, params.price2)
  local quirks = account.platform.quirks
  local goods = {
    made_by = "api", added_at = account.platform:now(), audit_status = states.WITHDRAWN,
  }
  fill(goods, params)
  if not quirks.audit_not_submitted then
    submit(account, goods)
  end
  goods.id = account:next_id("goods")
  account:put("goods", goods.id, goods)
  -- The platform returns the id as text and the audit id as a number.
  local id = quirks.goods_id_number and goods.id or tostring(goods.id)
  if quirks.audit_not_submitted then
    refuse(300021, "a quirk that was switched on", { fields = { goodsId = id } })
  end
  return { goodsId = id, auditId = goods.audit_id }
end

-- Makes a handler of `handle`, which gets goods that the API may handle.
local function with_goods(code, handle)
  return function(account, params)
    local goods = goods_state.find(account, params.goods_id)
    if not goods then
      refuse(code or 300024, "the library has no goods " .. params.goods_id)
    elseif goods.made_by ~= "api" then
      refuse(code or 300011, "the goods were made in the console")
    end
    return handle(account, goods, params)
  end
end

local function refuse_state(code, goods)
  refuse(code, "the goods are " .. states.audit[goods.audit_status][1])
end

M.goods_reset_audit = with_goods(300009, function(account, goods, params)
  if goods.audit_status ~= states.UNDER_AUDIT then
    refuse_state(300017, goods)
  elseif goods.audit_id ~= params.audit_id then
    refuse(300009, "auditId is not that of the goods' present audit")
  end
  goods.audit_status = states.WITHDRAWN
  account:put("goods", goods.id, goods)
  return {}
end)

M.goods_audit = with_goods(nil, function(account, goods)
  if goods.audit_status == states.UNDER_AUDIT or goods.audit_status == states.APPROVED then
    refuse_state(300010, goods)
  end
  local audit_id = submit(account, goods)
  account:put("goods", goods.id, goods)
  return { auditId = audit_id }
end)

--- Also takes the goods out of every room.
M.goods_delete = with_goods(300015, function(account, goods)
  if goods.audit_status == states.UNDER_AUDIT then
    refuse_state(300014, goods)
  end
  account:remove("goods", goods.id)
  for id, room in pairs(account.room) do
    for i = #room.goods, 1, -1 do
      if room.goods[i].goods_id == goods.id then
        table.remove(room.goods, i)
        account:put("room", id, room)
      end
    end
  end
  return {}
end)

local price_fields = { goods_id = true, price_type = true, price = true, price2 = true }

M.goods_update = with_goods(nil, function(account, goods, params)
  if goods.audit_status == states.UNDER_AUDIT then
    refuse_state(300010, goods)
  elseif goods.audit_status == states.APPROVED then
    for name in pairs(params) do
      if not price_fields[name] then
        refuse(300010, "the goods are approved: only prices may change, not " .. name)
      end
    end
  end
  check_goods(account, params)
  if params.price or params.price2 or params.price_type then
    check_price(params.price_type or goods.price_type, params.price or goods.price,
      params.price2 or goods.price2)
  end
  fill(goods, params)
  account:put("goods", goods.id, goods)
  return {}
end)

-- Looking -----------------------------------------------------------------------------------------

-- The official pages say yuan for these two listings; the samples on them look like fen.
local function shown_price(account, yuan)
  if not yuan then
    return 0
  end
  return account.platform.quirks.library_in_fen and math.floor(yuan * 100 + 0.5) or yuan
end

--- Skips unknown ids.
function M.goods_info(account, params)
  local rows = json.array {}
  for _, id in ipairs(params.goods_ids) do
    local goods = goods_state.find(account, id)
    if goods then
      rows[#rows + 1] = {
        goods_id = goods.id, name = goods.name, cover_img_url = media.url(account, goods.cover),
        url = goods.url, price_type = goods.price_type,
        price = shown_price(account, goods.price), price2 = shown_price(account, goods.price2),
        audit_status = goods.audit_status, third_party_tag = goods.made_by == "api" and 2 or 0,
        thirdPartyAppid = goods.third_party_appid or "",
      }
    end
  end
  return { goods = rows, total = #rows }
end

function M.goods_list(account, params)
  local rows, total = json.array {}, 0
  local last = params.offset + (params.limit or PAGE)
  for _, goods in ipairs(account:sorted("goods")) do
    goods_state.find(account, goods.id)
    if goods.audit_status == params.status then
      total = total + 1
      if total > params.offset and total <= last then
        rows[#rows + 1] = {
          goodsId = goods.id, name = goods.name, coverImgUrl = media.url(account, goods.cover),
          url = goods.url, priceType = goods.price_type,
          price = shown_price(account, goods.price), price2 = shown_price(account, goods.price2),
          thirdPartyTag = goods.made_by == "api" and 2 or 0,
          thirdPartyAppid = goods.third_party_appid or "",
        }
      end
    end
  end
  return { total = account.platform.quirks.wrong_total and #rows or total, goods = rows }
end

return M
