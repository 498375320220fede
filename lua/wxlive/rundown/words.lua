--- The words of a rundown, in English and Chinese: its columns, its actions, what they call.
local tables = require "wxlive.base.tables"
local text_of = require "wxlive.text"

local M = {}

--- What a row may do. calls: the endpoints that it takes; goods: "one" (or several where the row
--- repeats), "some" or nil (none); repeats: "safe" (the call may be made again), "look" (its
--- outcome is looked up first), "own" (the action keeps its own record) or "never".
---@type table<string, { words: string[], calls: string[], goods: string?, repeats: string,
---  late: number|string, zh: string }>
M.actions = {
  push = {
    words = { "push", "push card", "推送", "推送商品", "推卡片", "讲解" }, zh = "推送",
    calls = { "goods_push" }, goods = "one", repeats = "look", late = 30,
  },
  on_sale = {
    words = { "on sale", "上架" }, zh = "上架",
    calls = { "goods_sale" }, goods = "some", repeats = "safe", late = "do",
  },
  off_sale = {
    words = { "off sale", "下架" }, zh = "下架",
    calls = { "goods_sale" }, goods = "some", repeats = "safe", late = "do",
  },
  sort = {
    words = { "sort", "排序" }, zh = "排序",
    calls = { "goods_sort" }, goods = "some", repeats = "safe", late = "do",
  },
  mute = {
    words = { "mute", "禁言", "关闭评论" }, zh = "禁言",
    calls = { "update_comment" }, repeats = "safe", late = "do",
  },
  unmute = {
    words = { "unmute", "解除禁言", "取消禁言", "开放评论" }, zh = "解除禁言",
    calls = { "update_comment" }, repeats = "safe", late = "do",
  },
  replay_on = {
    words = { "replay on", "开启回放", "开回放" }, zh = "开启回放",
    calls = { "update_replay" }, repeats = "safe", late = "do",
  },
  replay_off = {
    words = { "replay off", "关闭回放", "关回放" }, zh = "关闭回放",
    calls = { "update_replay" }, repeats = "safe", late = "do",
  },
  list = {
    words = { "list", "list publicly", "公开", "收录" }, zh = "收录",
    calls = { "update_feed_public" }, repeats = "safe", late = "do",
  },
  unlist = {
    words = { "unlist", "不公开", "取消收录" }, zh = "取消收录",
    calls = { "update_feed_public" }, repeats = "safe", late = "do",
  },
  notify = {
    words = { "notify", "notify subscribers", "通知", "通知订阅", "群发" }, zh = "通知订阅用户",
    calls = { "get_followers", "push_message" }, repeats = "own", late = "do",
  },
  note = {
    words = { "note", "备注", "提醒", "提示" }, zh = "提醒", calls = {}, repeats = "safe",
    late = "do",
  },
  hook = {
    words = { "hook", "run hook", "钩子", "运行钩子" }, zh = "运行钩子", calls = {},
    repeats = "never", late = "skip",
  },
}

--- The columns, each with the names that a heading may give it, the English one first. desc_zh: of
--- columns that must be there, for the message when one is not.
M.columns = {
  { name = "at", aliases = { "时间", "开始" },
    desc = "+5m, +0:12:30 from the real start, or 20:30",
    desc_zh = "开播后的时间，如 +5m、+0:12:30，或钟点，如 20:30" },
  { name = "do", aliases = { "动作", "操作" }, desc = "what is done: push, on sale, mute, ...",
    desc_zh = "做什么：推送、上架、禁言等" },
  { name = "goods", aliases = { "商品" }, desc = "ids, pages, names or keys" },
  { name = "note", aliases = { "备注", "说明" }, desc = "text for the crew" },
  { name = "every", aliases = { "每隔", "间隔" }, desc = "45s, or 45s-60s for a time between them" },
  { name = "until", aliases = { "至", "到", "结束" }, desc = "when a row that repeats ends" },
  { name = "order", aliases = { "顺序" }, desc = "in order, or shuffled" },
  { name = "late", aliases = { "过时", "迟到" }, desc = "skip, do, or how late it may be done: 2m" },
  { name = "digit", aliases = { "数字键", "键" }, desc = "0 to 9: pushes this card by hand" },
  { name = "deadline", aliases = { "时限" }, desc = "how long its tries may take: 15s" },
  { name = "hook", aliases = { "钩子" }, desc = "name of the function of --hooks" },
  { name = "key", aliases = { "编号" }, desc = "keeps a row's identity when it is changed" },
}

--- The Chinese name of each column.
M.column_zh = {}
for _, column in ipairs(M.columns) do
  M.column_zh[column.name] = column.aliases[1]
end

local by_word = {}
for name, action in pairs(M.actions) do
  action.name = name
  for _, word in ipairs(action.words) do
    by_word[word] = name
  end
end

--- A word in the form in which words are compared: narrow, in lower case, with one blank in place
--- of "_" and "-".
---@param text string
---@return string
function M.plain(text)
  return (text_of.narrow(text):lower():gsub("[_%-%s]+", " "))
end

--- The action that a cell names.
---@param text string
---@return table? action   of M.actions
function M.action(text)
  local name = by_word[M.plain(text)]
  return name and M.actions[name]
end

--- Every word for an action, for a suggestion.
---@return string[]
function M.action_words()
  return tables.keys(by_word)
end

M.orders = {
  ["in order"] = "in_order", ["顺序"] = "in_order", ["依次"] = "in_order", ["按顺序"] = "in_order",
  shuffled = "shuffled", shuffle = "shuffled", random = "shuffled", ["随机"] = "shuffled",
  ["乱序"] = "shuffled",
}

M.late = {
  skip = "skip", ["跳过"] = "skip", ["do"] = "do", ["补做"] = "do", ["照做"] = "do",
}

M.starts = { start = true, ["开播"] = true, ["开始"] = true }
M.ends = { ["end"] = true, ["结束"] = true, ["下播"] = true }

return M
