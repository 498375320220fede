#!/usr/bin/env lua5.4
-- Imports the goods of a sheet: uploads their pictures, adds them to the library, waits for the
-- audit, and puts the approved ones on sale in a room, in the order of the sheet.
--   scripts/import_goods.lua goods.csv [--room ID | --room-name NAME] [--out FILE] [--wait S]
-- One row is one product. The columns are goods_add's fields; cover_img holds a picture's path.
local paths = loadfile((arg[0]:match("^.*/") or "") .. "dev/paths.lua")
local _ = paths and paths()  -- a checkout finds its own modules
local pick = require("wxlive.text.language").pick
local workflow = require "wxlive.workflow"

local function import(job)
  local live, rows = job.live, job.rows
  local room_id = job:find_room()  -- before anything is spent on goods that have nowhere to go
  job:upload(rows)
  job:each(pick("adding goods", "添加商品"), rows, function(row)
    local goods, err = live:goods_add(row.params)
    if not goods then
      return nil, err
    end
    row.goods_id, row.audit_id, row.state = goods.goods_id, goods.audit_id, "added"
    return job:keep(row)  -- a lost id cannot be looked up
  end)
  job:wait_for_audit(rows)
  if room_id then
    job:together(rows, function(approved)
      return live:add_goods(job.ids(approved, "goods_id"), room_id)
    end)
    job:each(pick("putting goods on sale", "上架商品"), rows, function(row)
      row.state = "on sale"
      return live:goods_sale(room_id, row.goods_id, 1)
    end)
    job:together(rows, function(on_sale)
      return live:goods_sort(room_id, job.ids(on_sale, "goods_id"))
    end)
  end
  job:table(rows, { "goods_id", "audit_id", "name", "price", "state" })
end

os.exit(workflow.main(arg, {
  name = "import_goods", endpoint = "goods_add", options = { "room", "wait", "out" },
  summary = "Imports the goods of a sheet, and puts them on sale in a room.",
  summary_zh = "按表格批量导入商品，审核通过后在直播间上架。",
}, import), true)
