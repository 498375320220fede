--- Prints failures for people: one line each, on standard error; as JSON where programs read it.
local Error = require "wxlive.error"
local exit_status = require "wxlive.cli.exit_status"
local interrupts = require "wxlive.cli.interrupts"
local language = require "wxlive.text.language"
local logs = require "wxlive.log"
local output = require "wxlive.cli.output"
local raised = require "wxlive.cli.raised"
local sentence = require "wxlive.text.sentence"
local textwidth = require "wxlive.text"

local M = {}

local both = sentence.both

local function one_line(text)
  return (tostring(text):gsub("[\1-\31\127%z]+", " "))
end

--- An error object (or a sentence, or text) as one line in the reader's language.
---@param err any
---@return string
function M.line(err)
  if not Error.is(err) then
    return one_line(type(err) == "table" and err.message and sentence.read(err) or err)
  elseif err.kind == "usage" then
    return one_line(sentence.read(sentence.join {
      sentence.of(err), err.hint and both(err.hint, err.hint_zh or err.hint),
    }))
  end
  return Error.read(err)
end

local in_json = false

--- Whether what is printed from now on is the log's JSON, for programs that read it.
---@param yes boolean
function M.as_json(yes)
  in_json = yes
end

-- The address that a person scans to go on.
local function scan_code(err)
  local body = Error.is(err) and type(err.body) == "table" and err.body or {}
  local code = body.qrcode_url or body.code_url
  return type(code) == "string" and code ~= "" and code or nil
end

--- Who speaks: wxlive, and for which account of several.
---@param args { acts_for: wxlive.Account? }
---@return { program: string, account: string? }
function M.who(args)
  return { program = "wxlive", account = args.acts_for and args.acts_for.name }
end

--- Prints an error. If a person must scan a code first, its address is printed, too.
---@param who string|{ program: string, account: string? }   who speaks
---@param err any
---@param where string?   such as rooms.csv:3
function M.print(who, err, where)
  io.stdout:flush()
  local code, account = scan_code(err), nil
  if type(who) == "table" then
    who, account = who.program, who.account
  end
  if in_json then
    io.stderr:write(logs.message(Error.is(err) and "error" or "info", {
      who = who, account = account, where = where,
      text = M.line(err) .. (code and " " .. code or ""), error = Error.is(err) and err or nil,
    }), "\n")
    return
  end
  who = who .. (account and ": " .. account or "")
  io.stderr:write(textwidth.plain(who .. ": " .. (where and where .. ": " or "") .. M.line(err)),
    "\n")
  if code then
    io.stderr:write(who, ": ", language.pick("the person scans this code: ", "请本人扫码认证："),
      textwidth.plain(code), "\n")
  end
end

--- Prints every problem of a sheet that cannot be read, one a line; returns the exit status.
---@param who string|{ program: string, account: string? }
---@param path string
---@param err wxlive.Error
---@return nil
---@return wxlive.Error err
function M.sheet(who, path, err)
  if err.name ~= "bad_sheet" or not err.problems then
    return nil, err
  end
  for _, problem in ipairs(err.problems) do
    M.print(who, sentence.read(problem),
      path .. (problem.line and ":" .. problem.line or ""))
  end
  return Error.fail {
    kind = "usage", name = "bad_sheet", sent = false,
    message = both("problems in the sheet: %d; nothing was sent",
      "表格有 %d 处问题，未发送任何请求"):format(#err.problems),
  }
end

-- The status of a program that ended with `status`, once all that it printed has arrived.
local function ended(who, status)
  local ok, err = output.flush()
  if ok or status ~= exit_status.ok then
    return status
  elseif not err.closed then
    M.print(who, err)
  end
  return exit_status.output
end

--- Runs a program's main function to its end: an error that is raised inside becomes one line and
--- an exit status. A command raises the error that it ends with, by assert. WXLIVE_DEBUG=1 shows
--- where an internal error arose.
---@param who string
---@param main fun(...): integer
---@return integer status
function M.guard(who, main, ...)
  interrupts.prepare(who)
  local ok, status = xpcall(main, raised.note, ...)
  if ok then
    return ended(who, status)
  elseif Error.is(status) then
    if not (status.closed or status.reported) then
      M.print(who, status)
    end
    return ended(who, exit_status.of(status))
  elseif type(status) == "string" and status:find("interrupted!", 1, true) then
    io.stderr:write("\n", who, ": ", language.pick("interrupted", "已中断"), "\n")
    return exit_status.interrupted
  end
  M.print(who, language.pick("internal error, please report it: ", "内部错误，请反馈：")
    .. tostring(status))
  if os.getenv("WXLIVE_DEBUG") then
    io.stderr:write(raised.traceback(), "\n")
  end
  return exit_status.failed
end

return M
