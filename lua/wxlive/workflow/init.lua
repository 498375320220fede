--- What the workflow scripts share: the command line, the sheet, the client and the exit status. A
--- script defines what is done to a row, with the steps of wxlive.workflow.job.
--
--   os.exit(workflow.main(arg, { name = ..., endpoint = ... }, function(job)
--     job:upload(job.rows)
--     job:each("creating rooms", job.rows, function(row) ... return true end)
--     job:table(job.rows, { "room_id", "name", "state" })
--   end), true)
local argparse = require "argparse"
local catalogue = require "wxlive.catalogue"
local client = require "wxlive.cli.client"
local core = require "wxlive.core"
local help = require "wxlive.cli.help"
local interrupts = require "wxlive.cli.interrupts"
local jobs = require "wxlive.workflow.job"
local keeper = require "wxlive.workflow.keeper"
local pick = require("wxlive.text.language").pick
local rehearsal = require "wxlive.workflow.rehearsal"
local report = require "wxlive.cli.output.report"
local sentence = require "wxlive.text.sentence"
local sheet = require "wxlive.sheet.reader"
local status = require "wxlive.cli.exit_status"
local usage = require "wxlive.cli.usage"
local tables = require "wxlive.base.tables"

local M = {}

-- Seconds to wait for an audit: the platform promises days, but judges most goods in minutes.
local WAIT = 600

-- Options that a script may ask for by name.
local optional = {}

function optional.room(parser)
  parser:mutex(
    parser:option("--room"):argname("<ID>"):convert(client.number("--room", 1, nil, true))
      :description(pick("room to put the goods in", "商品要导入的直播间 id")),
    parser:option("--room-name"):argname("<NAME>")
      :description(pick("the same, by the room's name", "同上，按直播间名称查找")))
end

function optional.wait(parser)
  parser:option("--wait"):argname("<SECONDS>"):default(tostring(WAIT))
    :convert(client.number("--wait", 0, 30 * 86400))
    :description(pick("how long to wait for the audit", "等待审核的秒数"))
end

function optional.out(parser)
  parser:option("--out"):argname("<FILE>")
    :description(pick("CSV file that goods ids are added to as soon as they are known",
      "商品 id 一经返回即追加写入的 CSV 文件"))
end

-- The columns that a sheet may have; those it must have first.
local function columns_text(spec)
  local must, may = {}, {}
  for _, field in ipairs(catalogue.by_name[spec.endpoint].params) do
    table.insert(field.required and field.default == nil and must or may, field.name)
  end
  tables.append(may, tables.keys(spec.columns or {}))
  return pick("Columns: %s. Optional: %s. What they hold: wxlive %s --help; pictures are paths "
    .. "beside the sheet.", "必填列：%s。可选列：%s。含义见 wxlive %s --help；图片列填写相对表格的路径。")
    :format(table.concat(must, ", "), table.concat(may, ", "), spec.endpoint)
end

local function parse(argv, spec)
  local parser = help.prepare(argparse(spec.name), 28)
    :description(pick(spec.summary, spec.summary_zh))
    :epilog(columns_text(spec) .. "\n\n" .. status.text())
  parser:argument("sheet"):description(pick("CSV file in UTF-8; its first line names the columns",
    "UTF-8 编码的 CSV 文件，首行为列名"))
  parser:flag("--dry-run"):description(pick("check the sheet and show the calls, send nothing",
    "只检查表格并显示将进行的调用，不发送"))
  parser:option("--config"):argname("<FILE>"):description(pick("file with the settings", "配置文件"))
  for _, name in ipairs(spec.options or {}) do
    optional[name](parser)
  end
  return parser:pparse(argv)
end

local function open(job)
  local err
  if job.rehearsal then
    job.live = rehearsal.new(function(call, params)
      job:say(("%s  %s  %s"):format(job:where(job.row) or job.path, call, params))
    end)
    return true
  end
  if job.options.out then
    job.keeper, err = keeper.open(job.options.out, job.path)
    if not job.keeper then
      return nil, err
    end
  end
  job.live, err = client.open(job.options)
  return job.live and true, err
end

local function run(argv, spec, work)
  local ok, options = parse(argv, spec)
  if not ok then
    report.print(spec.name, sentence.read(usage.explain(options))
      .. pick("; see --help", "；参见 --help"))
    return status.usage
  end
  local rows, err = sheet.read(options.sheet, spec.endpoint, spec.columns, core.system.now())
  if not rows then
    local _, why = report.sheet(spec.name, options.sheet, err)
    report.print(spec.name, why)
    return status.usage
  end
  for _, row in ipairs(rows) do
    for _, warning in ipairs(row.warnings) do
      report.print(spec.name, warning, ("%s:%d"):format(options.sheet, row.line))
    end
  end
  local job = jobs.new {
    name = spec.name, path = options.sheet, rows = rows, options = options,
    rehearsal = options.dry_run or false,
  }
  ok, err = open(job)
  if not ok then
    report.print(spec.name, err)
    return status.of(err)
  end
  job.interrupted = core.process.interrupted
  interrupts.unbroken(work, job)
  if job.keeper then
    job.keeper:close()
  end
  return job:status()
end

--- Runs a workflow from its command line to its exit status.
---@param argv string[]
---@param spec { name: string, summary: string, summary_zh: string, endpoint: string,
---  columns: table<string, string>?, options: string[]? }
---@param work fun(job: wxlive.workflow.Job)
---@return integer status
function M.main(argv, spec, work)
  return report.guard(spec.name, run, argv, spec, work)
end

return M
