--- wxlive call METHOD [JSON | -]
local catalogue = require "wxlive.catalogue"
local client = require "wxlive.cli.client"
local endpoint = require "wxlive.cli.endpoint"
local files = require "wxlive.base.files"
local language = require "wxlive.text.language"
local both = require("wxlive.text.sentence").both
local suggest = require "wxlive.base.suggest"
local tables = require "wxlive.base.tables"
local usage = require "wxlive.cli.usage"

local M = {
  name = "call",
  summary = "call an endpoint with parameters in JSON",
  summary_zh = "以 JSON 参数调用接口",
  accounts = "many",
}

function M.define(command)
  command:argument("method"):description(language.pick("endpoint, such as create_room",
    "接口名，如 create_room"))
  command:argument("json"):target("parameters"):args("?"):description(language.pick(
    "parameters: an object, or a list of positional ones; - reads them from standard input",
    "参数：JSON 对象，或按官方顺序的数组；- 表示从标准输入读取"))
  client.define_call_options(command)
end

function M.run(args)
  local name = args.method:gsub("-", "_")
  local entry = catalogue.by_name[name]
  if not entry then
    local near = suggest.nearest(name, tables.keys(catalogue.by_name))
    return usage.fail(both("there is no endpoint %s%s", "没有接口 %s%s"):format(args.method,
      suggest.question(near)), nil, "wxlive endpoints lists them", "用 wxlive endpoints 查看全部接口")
  end
  local text = args.parameters or "{}"
  if text == "-" then
    text = assert(files.input("-"))
  end
  return endpoint.call(entry, assert(endpoint.params_of_json(entry, text)), args)
end

return M
