--- wxlive diff: where the ledger and the platform disagree.
local Error = require "wxlive.error"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local sentence = require "wxlive.text.sentence"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.output.show"
local states = require "wxlive.catalogue.states"

local M = {
  name = "diff",
  summary = "show where the ledger and the platform disagree",
  summary_zh = "查看台账与平台的差异",
  accounts = "many",
}

local both, pick = sentence.both, language.pick

function M.define(command)
  shop.define_kind(command, "only rooms, or only goods", "仅直播间或仅商品")
  command:flag("--unknown"):description(pick(
    "also list what the platform has and the ledger does not know", "同时列出台账中没有的平台内容"))
  command:flag("--forget"):description(pick(
    "forget what is missing from the platform, so that applying its sheet creates it again",
    "将平台上已不存在的内容移出台账，以便重新创建"))
  shop.define_ledger(command)
  command:epilog(pick("Exit status 3 when there are differences; an audit that is over "
    .. "by now is listed, too, but does not count.", "存在差异时退出码为 3；已有结果的审核也会列出，但不计入。"))
end

local words = {
  missing = { "missing", "平台缺失" }, unknown = { "not in the ledger", "台账未知" },
  differs = { "differs", "不一致" }, audit = { "audit", "审核" },
  not_in_room = { "not in its room", "不在直播间" },
  in_room = { "in a room, not in the ledger", "在直播间内，台账未知" },
}

local function detail(what, found)
  if what == "audit" then
    return ("%s -> %s"):format(found.from and states.word(states.audit, found.from) or "?",
      states.word(states.audit, found.to))
  end
  if what == "not_in_room" or what == "in_room" then
    return pick("room %s", "直播间 %s"):format(found.room_id)
  end
  local parts = {}
  for i, one in ipairs(found.fields or {}) do
    parts[i] = ("%s: %s -> %s"):format(one.field, tostring(one.ledger), tostring(one.platform))
  end
  return table.concat(parts, "; ")
end

M.run = shop.over(function(args)
  return { reading = not args.forget, existing = true }
end, function(at, args)
  local found = assert(at:diff { kind = args.kind, all = args.unknown, forget = args.forget })
  local rows, disagree = json.array {}, 0
  for i, one in ipairs(found) do
    rows[i] = {
      kind = one.kind, what = one.what, id = one.id, name = one.name, key = one.key,
      difference = pick(words[one.what][1], words[one.what][2]), detail = detail(one.what, one),
    }
    -- A finished audit is news, not a disagreement.
    disagree = disagree + (one.what ~= "audit" and 1 or 0)
  end
  show.list(rows, { "kind", "difference", "id", "name", "detail" }, args,
    pick("the ledger and the platform agree", "台账与平台一致"))
  if disagree > 0 and not args.forget then
    return Error.fail {
      kind = "partial", name = "differences",
      message = both("%d differences", "%d 处差异"):format(disagree),
    }
  end
  return true
end)

return M
