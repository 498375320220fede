--- Goods inside a room: shelf, push, order, clips; and the names of the pendant's keys.
local f = require "wxlive.catalogue.field"
local need, out, must = f.need, f.out, f.must

local function goods_call(entry)
  entry.group = "room_goods"
  entry.path = "/wxaapi/broadcast/goods/" .. entry.path
  entry.doc = "livebroadcast/studio-management/" .. entry.doc
  entry.quota = entry.quota or { per_day = 10000 }
  entry.result = entry.result or {}
  return entry
end

return {
  goods_call {
    name = "goods_sale", seed = "GoodsSale", method = "POST", path = "onsale",
    doc = "api_salegoods",
    summary = "put goods of a room on or off the shelf", summary_zh = "上下架直播间商品",
    retry = "write",
    params = {
      need(f.room_id), need(f.goods_id),
      need({
        name = "on_sale", wire = "onSale", type = "integer",
        allowed = { [0] = { "off the shelf", "下架" }, [1] = { "on the shelf", "上架" } },
        desc = "shelf", desc_zh = "上下架",
      }),
    },
    args = { "room_id", "goods_id", "on_sale" },
    errors = { 300022, 300024, 300048, 300049, 300053 },
    example = { room_id = 1, goods_id = 7, on_sale = 1 },
  },
  goods_call {
    name = "goods_delete_in_room", seed = "GoodsDeleteInRoom", method = "POST",
    path = "deleteInRoom", doc = "api_deletedoods",
    summary = "take goods out of a room; the library keeps them",
    summary_zh = "从直播间移除商品（商品库保留）",
    retry = "write", params = { need(f.room_id), need(f.goods_id) },
    args = { "room_id", "goods_id" },
    errors = { 7000, 300022, 300047, 300053 }, gone = 300053,
    example = { room_id = 3, goods_id = 1 },
  },
  goods_call {
    name = "goods_push", seed = "GoodsPush", method = "POST", path = "push",
    doc = "api_pushgoods",
    summary = "show the card of goods to the viewers of a live room",
    summary_zh = "向正在直播的观众推送商品",
    retry = "once", params = { need(f.room_id), need(f.goods_id) },
    args = { "room_id", "goods_id" },
    errors = { 300022, 300023, 300024, 300047, 300052, 300053 },
    example = { room_id = 1, goods_id = 1 },
  },
  goods_call {
    name = "goods_sort", seed = "GoodsSort", method = "POST", path = "sort",
    doc = "api_sortgoods",
    summary = "set the order of the goods in a room", summary_zh = "直播间商品排序",
    retry = "write",
    params = {
      need(f.room_id),
      need({
        name = "goods", wire = "goods", type = "list", min_items = 1, scalar = "goods_id",
        aliases = { "goods_ids" }, fields = { need(f.goods_id) },
        desc = "goods in their new order: ids, or objects with goods_id",
        desc_zh = "按新顺序排列的商品：id 或含 goods_id 的对象",
      }),
    },
    args = { "room_id", "goods" },
    errors = { 300022, 300023, 300048, 300050, 300051, 300053 },
    example = {
      room_id = 1, goods = { { goods_id = "7" }, { goods_id = "5" }, { goods_id = "6" } },
    },
  },
  goods_call {
    name = "goods_video", seed = "GoodsVideo", method = "POST", path = "getVideo",
    doc = "api_downloadgoodsvideo",
    summary = "address of the clip in which goods were explained",
    summary_zh = "获取商品讲解视频地址",
    retry = "read", params = { need(f.room_id), need(f.goods_id) },
    args = { "room_id", "goods_id" },
    result = { must(out("url", "string", "address of the clip", "视频地址")) },
    errors = { 300023, 300024, 300044, 300045, 300046, 300048, 300053 },
    example = { room_id = 1, goods_id = 1 },
  },
  goods_call {
    name = "goods_set_key", method = "POST", path = "setkey", doc = "api_setdefault_goodskey",
    summary = "set the global key names of the goods pendant",
    summary_zh = "设置挂件全局商品 key",
    retry = "write",
    params = {
      need({ name = "goods_key", wire = "goodsKey", type = "list", of = "string", min_items = 1,
        desc = "names; changing them breaks mappings made before",
        desc_zh = "key 名称；修改会使已有映射失效" }),
    },
    args = { "goods_key" },
    quota = { per_day = 500 }, errors = { 200002 },
    example = { goods_key = { "name", "price" } },
  },
  goods_call {
    name = "goods_get_key", method = "GET", path = "getkey", doc = "api_getdefault_goodskey",
    summary = "the global key names of the goods pendant", summary_zh = "查看挂件全局商品 key",
    retry = "read", params = {}, args = {},
    result = { must(out("vendor_goods_key", "list", "names", "key 名称")) },
    quota = { per_day = 500 }, errors = {},
    example = {},
  },
}
