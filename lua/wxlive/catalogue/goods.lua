--- The goods library and its audit.
local f = require "wxlive.catalogue.field"
local tables = require "wxlive.base.tables"
local need, may, out = f.need, f.may, f.out
local must, typed, own_id = f.must, f.typed, f.own_id

local function library_call(entry)
  entry.group = "goods"
  entry.path = entry.path:sub(1, 1) == "/" and entry.path
    or "/wxaapi/broadcast/goods/" .. entry.path
  entry.doc = "livebroadcast/commodity-management/" .. entry.doc
  entry.result = entry.result or {}
  return entry
end

local function goods_row(...)
  local row = {
    own_id("goods_id", "goods id", "商品 id"),
    out("name", "string", "goods name", "商品名称"),
    out("cover_img_url", "string", "address of the picture", "商品图地址"),
    out("url", "string", "page path", "页面路径"),
    out("price_type", "integer", "1 one price, 2 range, 3 discount", "1 一口价，2 区间，3 折扣"),
    out("price", "number", "as the platform gives it: yuan by the document, fen by its samples",
      "平台原值：文档单位为元，样例似为分"),
    out("price2", "number", "as price", "同 price"),
    out("third_party_tag", "integer", "1 or 2: made through the API", "1、2 为接口添加"),
    out("third_party_appid", "string", "owner when not this mini program", "第三方商品所属 appid"),
  }
  tables.append(row, { ... })
  return row
end

local goods_key = may({
  name = "goods_key", wire = "goodsKey", type = "list", of = "string", min_items = 1,
  desc = "key values for the pendant", desc_zh = "挂件商品 key",
})

return {
  library_call {
    name = "goods_add", seed = "GoodsAdd", method = "POST", path = "add", doc = "api_addgoods",
    summary = "add goods to the library and submit them for audit",
    summary_zh = "添加商品并提交审核",
    retry = "create", lookup = "goods", wrap = "goodsInfo",
    params = {
      need(f.cover_img_url), need(f.goods_name), need(f.price_type), need(f.price),
      may(f.price2), need(f.goods_url), may(f.third_party_appid), goods_key,
    },
    rules = { "price_by_type" },
    result = {
      own_id("goods_id", "goods id; keep it, nothing finds it again", "商品 id，请务必保存"),
      own_id("audit_id", "audit id; keep it, no call returns it later", "审核单 id，请务必保存"),
    },
    quota = { per_day = 500, shared = "audit" },
    errors = { 200002, 300001, 300002, 300003, 300004, 300005, 300006, 300007, 300008, 300012,
      300013, 300018, 300021 },
    notes = { "300021 means that the goods exist but wait for goods_audit." },
    notes_zh = { "300021 表示商品已存在，但尚未提交审核（goods_audit）。" },
    example = {
      cover_img_url = "PZjGoGn7b27AahidBpD-UwJ9823ayNlJ2qliDcU9uQMFSpYkRLxmx_RK0F-iBKj5",
      name = "TIT茶杯", price_type = 1, price = 99.5, url = "pages/index/index",
    },
  },
  library_call {
    name = "goods_reset_audit", seed = "GoodsResetAudit", method = "POST", path = "resetaudit",
    doc = "api_resetaudit",
    summary = "withdraw goods that are under audit; the submission is not given back",
    summary_zh = "撤回商品审核（不退还提审次数）",
    retry = "write", params = { need(f.goods_id), need(f.audit_id) },
    args = { "goods_id", "audit_id" }, rules = { "audit_above_goods" },
    notes = {
      "Some libraries put the audit id first. Audit ids are far above goods ids, therefore a call "
        .. "whose goods id is the larger one is refused as swapped.",
    },
    notes_zh = {
      "有些 SDK 把审核单 id 放在前面。审核单 id 远大于商品 id，因此商品 id 较大时视为写反而拒绝。",
    },
    quota = { per_day = 500 }, errors = { 300009, 300017 }, done = { 300017 },
    example = { audit_id = 450889673, goods_id = 7 },
  },
  library_call {
    name = "goods_audit", seed = "GoodsAudit", method = "POST", path = "audit",
    doc = "api_resubmitaudit",
    summary = "submit withdrawn goods for audit again", summary_zh = "重新提交审核",
    retry = "create", lookup = "audit", params = { need(f.goods_id) }, args = { "goods_id" },
    result = { own_id("audit_id", "new audit id; keep it", "新的审核单 id，请保存") },
    quota = { per_day = 500, shared = "audit" },
    errors = { 300010, 300011, 300012, 300013, 300024 },
    example = { goods_id = 7 },
  },
  library_call {
    name = "goods_delete", seed = "GoodsDelete", method = "POST", path = "delete",
    doc = "api_deletegoodsinfo",
    summary = "delete goods permanently, from the library and from every room",
    summary_zh = "删除商品（同时移出直播间，不可恢复）",
    retry = "write", params = { need(f.goods_id) }, args = { "goods_id" },
    quota = { per_day = 1000 }, errors = { -1, 300011, 300014, 300015 }, gone = 300015,
    example = { goods_id = 1 },
  },
  library_call {
    name = "goods_update", seed = "GoodsUpdate", method = "POST", path = "update",
    doc = "api_updategoodsinfo",
    summary = "change goods; send only what changes, and only prices once they are approved",
    summary_zh = "更新商品，只传要改的字段；过审后仅可改价格",
    retry = "write", wrap = "goodsInfo",
    params = {
      need(f.goods_id), may(f.cover_img_url), may(f.goods_name), may(f.price_type), may(f.price),
      may(f.price2), may(f.goods_url), may(f.third_party_appid), goods_key,
    },
    rules = { "price_by_type" },
    notes = { "The official page of the update does not list goods_key." },
    notes_zh = { "更新接口的官方文档没有列出 goods_key。" },
    quota = { per_day = 1000 },
    errors = { 200002, 300001, 300002, 300003, 300004, 300005, 300006, 300007, 300010, 300011,
      300018, 300024 },
    example = {
      goods_id = 1, name = "TIT茶杯", price_type = 1, price = 99.5, url = "pages/index/index",
    },
  },
  library_call {
    name = "goods_info", seed = "GoodsInfo", method = "POST",
    path = "/wxa/business/getgoodswarehouse", doc = "api_getgoodsauditinfo",
    summary = "details and audit state of up to 20 goods", summary_zh = "获取商品信息与审核状态",
    retry = "read",
    params = {
      need({ name = "goods_ids", wire = "goods_ids", type = "list", of = "id", min_items = 1,
        max_items = 20, desc = "goods ids", desc_zh = "商品 id 列表" }),
    },
    args = { "goods_ids" }, list = "goods", row_key = "goods_id",
    result = {
      must(out("goods", "list", "goods that were found", "查到的商品", goods_row(
        must(out("audit_status", "integer",
          "0 not submitted, 1 under audit, 2 approved, 3 rejected",
          "0 未审核，1 审核中，2 通过，3 驳回"))))),
      out("total", "integer", "not to be relied on", "不可信"),
    },
    quota = { per_day = 1000 }, errors = { 1003, 300024 },
    example = { goods_ids = { 6, 7 } },
  },
  library_call {
    name = "goods_list", seed = "GoodsList", method = "GET", path = "getapproved",
    doc = "api_getgoodsinfo",
    summary = "a page of the library by audit state", summary_zh = "按审核状态分页获取商品",
    retry = "read",
    params = {
      need(f.offset),
      may(f.limit(100, 100, "rows wanted", "每页条数")),
      need({
        name = "status", wire = "status", type = "integer",
        allowed = {
          [0] = { "not submitted", "未审核" }, [1] = { "under audit", "审核中" },
          [2] = { "approved", "审核通过" }, [3] = { "rejected", "审核驳回" },
        },
        desc = "audit state asked for", desc_zh = "审核状态",
      }),
    },
    args = { "offset", "limit", "status" }, list = "goods", row_key = "goods_id",
    result = {
      typed(out("total", "integer", "number of matches; has been wrong", "总数，不完全可信")),
      must(out("goods", "list", "goods of that state", "商品", goods_row())),
    },
    quota = { per_day = 10000 }, errors = { -1, 200002, 3001 },
    notes = { "GET only: a POST answers -1." },
    notes_zh = { "只能用 GET：POST 返回 -1。" },
    example = { offset = 0, limit = 30, status = 2 },
  },
}
