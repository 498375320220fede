--- wxlive endpoints: what can be called.
local catalogue = require "wxlive.catalogue"
local client = require "wxlive.cli.client"
local json = require "wxlive.json"
local language = require "wxlive.text.language"
local show = require "wxlive.cli.output.show"

local M = {
  name = "endpoints",
  summary = "list the endpoints",
  summary_zh = "列出全部接口",
  settings = false,
}

function M.define(command)
  client.define_output_options(command)
end

function M.run(args)
  local rows = json.array {}
  for i, entry in ipairs(catalogue.list) do
    rows[i] = {
      name = entry.name, group = entry.group, method = entry.method, path = entry.path,
      retry = entry.retry, per_day = entry.quota and entry.quota.per_day,
      summary = language.pick(entry.summary, entry.summary_zh), doc = entry.doc,
    }
  end
  return show.list(rows, { "group", "name", "method", "path", "retry", "summary" }, args)
end

return M
