--- The sub-commands that the catalogue gives: one for every endpoint.
local allowed = require "wxlive.catalogue.allowed"
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local interrupts = require "wxlive.cli.interrupts"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local output = require "wxlive.cli.output"
local reasons = require "wxlive.text.reasons"
local request = require "wxlive.client.request"
local sentence = require "wxlive.text.sentence"
local show = require "wxlive.cli.output.show"
local tables = require "wxlive.base.tables"
local typed = require "wxlive.sheet.cell"
local usage = require "wxlive.cli.usage"

local M = {}

local both, compose, pick = sentence.both, sentence.compose, language.pick

local kinds = {
  id = "ID", integer = "N", number = "X", price = "YUAN", string = "TEXT", boolean = "true|false",
  time = "TIME", cursor = "CURSOR", file = "FILE", object = "JSON",
}

-- The secret must never stand in a list of processes; fields that the client fills in need no
-- option.
local function is_option(field)
  return not field.fill
end

local function option_name(field)
  return "--" .. field.name:gsub("_", "-")
end

local function placeholder(field)
  if field.format == "media_id" then
    return "MEDIA_ID"
  elseif field.type ~= "list" then
    return kinds[field.type]
  elseif not field.fields then
    return kinds[field.of] .. ",..."
  end
  return table.concat(tables.column(field.fields, "name"), ":") .. ",..."
end

-- The help text of a field: its meaning, then its values.
local function describe(field)
  local parts = { pick(field.desc, field.desc_zh) }
  if field.allowed then
    parts[#parts + 1] = allowed.text(field.allowed, language.is_chinese())
  end
  if field.units then
    parts[#parts + 1] = pick("%d to %d wide (中 counts 2)", "宽度 %d 至 %d（汉字计 2）")
      :format(field.units[1], field.units[2])
  end
  if field.min or field.max then
    parts[#parts + 1] = field.max and ("%d..%d"):format(field.min or 0, field.max)
      or pick("from %d", "不小于 %d"):format(field.min)
  end
  if field.max_items then
    parts[#parts + 1] = pick("at most %d", "最多 %d 个"):format(field.max_items)
  end
  if field.type == "time" then
    parts[#parts + 1] = pick('also as "2026-12-01 20:00" (Beijing time)',
      '也可写作 "2026-12-01 20:00"（北京时间）')
  end
  if field.default ~= nil then
    parts[#parts + 1] = pick("default %s", "默认 %s"):format(tostring(field.default))
  elseif field.required then
    parts[#parts + 1] = pick("required", "必填")
  end
  return table.concat(parts, pick("; ", "；"))
end

local function epilog(entry)
  local lines = {}
  tables.append(lines, pick(entry.notes, entry.notes_zh) or {})
  local quota = entry.quota
  if quota then
    lines[#lines + 1] = pick("Quota: ", "额度：") .. (quota.per_day
      and pick("%d calls a day", "每天 %d 次"):format(quota.per_day)
      or pick("%d calls a month", "每月 %d 次"):format(quota.per_month))
  end
  lines[#lines + 1] = ("%s %s"):format(entry.method, entry.path)
  lines[#lines + 1] = entry.doc
  return table.concat(lines, "\n")
end

--- Gives a command the options and arguments of an endpoint.
---@param command table   argparse command
---@param entry table     of the catalogue
function M.define(command, entry)
  local synopsis = "Usage: wxlive " .. entry.name
  command:epilog(epilog(entry))
  for _, name in ipairs(entry.args or {}) do
    local field = entry.known[name]
    if is_option(field) then
      command:argument(name):target("arg_" .. name):args("?")
        :description(pick("as ", "同 ") .. option_name(field))
      synopsis = synopsis .. " [" .. name .. "]"
    end
  end
  for _, field in ipairs(entry.params) do
    if is_option(field) then
      command:option(option_name(field)):target("opt_" .. field.name):count("*")
        :argname("<" .. placeholder(field) .. ">"):description(describe(field))
    end
  end
  command:usage(synopsis .. pick(" [options]", " [选项]"))
  client.define_call_options(command)
end

local function texts_of(field, args)
  return tables.append({ args["arg_" .. field.name] }, args["opt_" .. field.name] or {})
end

-- The problems that the call's own checks find in the fields that could be read.
local function add_checks(entry, params, problems, doubtful)
  local _, err = request.build(entry, params, {
    now = core.system.now, appid = "-", secret = "-", validate = true,
  })
  tables.append(problems, tables.only(err and err.problems or {}, function(problem)
    return not doubtful[problem.field]
  end))
end

--- Collects the parameters that were given, each read as its field's type. All problems at once.
---@param entry table
---@param args table    what argparse found
---@return table? params
---@return wxlive.Error? err
function M.params(entry, args)
  local params, problems, doubtful = {}, {}, {}
  for _, field in ipairs(entry.params) do
    local texts = texts_of(field, args)
    if texts[1] then
      local value, wrong = typed.values(field, texts, { now = core.system.now() })
      if value == nil then
        problems[#problems + 1] = sentence.split { field = field.name, message = wrong }
        doubtful[field.name] = true
      end
      params[field.name] = value
    end
  end
  if problems[1] then
    add_checks(entry, params, problems, doubtful)
    return usage.fail(compose(entry.name, both(": ", "："), sentence.listed(problems)))
  end
  return params
end

local function call(entry, params, args)
  local live = assert(client.open(args, { dry_run = args.dry_run }))
  local result = assert(live:call(entry, params, {
    timeout = args.timeout, dry_run = args.dry_run,
  }))
  if result.dry_run then
    show.request(result, args)
    return true
  end
  show.result(entry, result, args)
  result = entry.retry ~= "read" and result or nil
  if not args.sink then
    return output.flush(result)
  elseif result then
    args.sink:keep(args.acts_for, result) -- printed, and flushed, with what other accounts get
  end
  return true
end

--- Makes the call and prints its result. A write is finished, and its result printed, although
--- Ctrl-C is pressed meanwhile: an id that was not printed would be lost.
---@param entry table
---@param params table
---@param args table
---@return true? ok
---@return wxlive.Error? err
function M.call(entry, params, args)
  if entry.retry == "read" then
    return call(entry, params, args)
  end
  return interrupts.unbroken(call, entry, params, args)
end

--- An endpoint as a command: its name, and how many accounts it may be called for at once. The
--- bytes of a file can only be printed for one.
---@param entry table
---@return { name: string, accounts: "many"|"one" }
function M.command(entry)
  return { name = entry.name, accounts = entry.result_kind == "binary" and "one" or "many" }
end

--- Reads the parameters, makes the call and prints its result.
---@param entry table
---@param args table
---@return true? ok
---@return wxlive.Error? err
function M.run(entry, args)
  return M.call(entry, assert(M.params(entry, args)), args)
end

--- The parameters of `wxlive call METHOD JSON`: an object, or a list of positional arguments.
---@param entry table
---@param text string
---@return table? params
---@return wxlive.Error? err
function M.params_of_json(entry, text)
  local value, reason = json.decode(text)
  if type(value) ~= "table" then
    local example = ("wxlive call %s '%s'"):format(entry.name,
      json.encode(entry.example or {}) or "{}")
    return usage.fail(both("%s: the parameters must be a JSON object%s", "%s：参数应为 JSON 对象%s")
      :format(entry.name, reason and both(" (%s)", "（%s）"):format(reasons.of(reason)) or ""), nil,
      "such as " .. example, "例如 " .. example)
  elseif value[1] == nil then
    return value
  end
  local params, names = {}, entry.args or {}
  if #value > #names then
    return usage.fail(both("%s takes %d positional arguments, not %d",
      "%s 有 %d 个位置参数，现给出 %d 个"):format(entry.name, #names, #value))
  end
  for i, item in ipairs(value) do
    params[names[i]] = item -- null: as if it were not there
  end
  return params
end

return M
