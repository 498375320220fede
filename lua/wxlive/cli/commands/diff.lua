--- wxlive diff: where the ledger and the platform disagree.
local client = require "wxlive.cli.client"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local language = require "wxlive.language"
local placements = require "wxlive.ledger.placements"
local refresh = require "wxlive.ledger.refresh"
local shop = require "wxlive.cli.shop"
local show = require "wxlive.cli.show"
local states = require "wxlive.states"

local M = {
  name = "diff",
  summary = "show where the ledger and the platform disagree",
  summary_zh = "查看台账与平台的差异",
}

local pick = language.pick

function M.define(command)
  command:option("--kind"):argname("<KIND>"):choices { "rooms", "goods" }
    :description(pick("only rooms, or only goods", "仅直播间或仅商品"))
  command:flag("--all"):description(pick(
    "also list what the platform has and the ledger does not know", "同时列出台账中没有的平台内容"))
  command:flag("--forget"):description(pick(
    "forget what is missing from the platform, so that applying its sheet makes it anew",
    "将平台上已不存在的内容移出台账，以便重新创建"))
  shop.define_ledger(command)
  client.define_output_options(command)
  command:epilog(pick("Exit status 3 when there are differences.", "存在差异时退出状态为 3。"))
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

-- Forgets what is missing. The platform is asked by its id, too: what is forgotten is made anew.
local function forget(at, kind, what, found)
  if what == "missing" then
    local gone, err = refresh.is_gone(at.live, kind, found.id)
    if gone == false then
      return Error.fail {
        kind = "decode", name = "contradiction", ambiguous = true,
        message = pick("the platform does not list %s %s, and has it all the same",
          "平台列表中没有 %s %s，但按 id 可以查到"):format(kind, found.id),
        hint = "nothing more was forgotten; run it again later",
        hint_zh = "其余内容未移出台账，请稍后重试",
      }
    elseif not gone then
      return nil, err
    end
    return at.ledger:forget(found.item, "forget")
  end
  for _, one in ipairs(what == "not_in_room" and found.placements or {}) do
    local ok, err = placements.leave(at.ledger, one, false, { action = "forget" })
    if not ok then
      return nil, err
    end
  end
  return true
end

function M.run(args)
  local at, err = shop.open(args, nil, not args.forget)
  if not at then
    return nil, err
  end
  local rows, disagree = json.array {}, 0
  for _, kind in ipairs { "rooms", "goods" } do
    if not args.kind or args.kind == kind then
      local failure
      local function tell(what, found)
        if what == "unknown" and not args.all then
          return
        end
        rows[#rows + 1] = {
          kind = kind, what = what, id = found.id, name = found.name, key = found.key,
          difference = pick(words[what][1], words[what][2]), detail = detail(what, found),
        }
        -- That an audit has gone on is news, not a disagreement.
        disagree = disagree + (what ~= "audit" and 1 or 0)
        if args.forget and not failure then
          local _, why = forget(at, kind, what, found)
          failure = why
        end
      end
      local counts, why = refresh.compare(at.live, at.ledger, kind, tell)
      if counts and kind == "goods" then
        counts, why = refresh.rooms_of_goods(at.live, at.ledger, tell, args.all)
      end
      if not counts or failure then
        return nil, failure or why
      end
    end
  end
  at.ledger:close()
  if show.wants_json(args) then
    show.json(rows)
  elseif rows[1] then
    show.table(rows, { "kind", "difference", "id", "name", "detail" })
  else
    io.stdout:write(pick("the ledger and the platform agree\n", "台账与平台一致\n"))
  end
  if disagree > 0 and not args.forget then
    return Error.fail {
      kind = "partial", name = "differences",
      message = pick("%d differences", "%d 处差异"):format(disagree),
    }
  end
  return true
end

return M
