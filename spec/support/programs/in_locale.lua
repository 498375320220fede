--- Prints what programs read from us, in a locale: the same bytes in any. LOCALE [CATEGORY]
local function enter()
  if not os.setlocale(arg[1], arg[2] or "all") then
    io.stderr:write("there is no locale ", arg[1], "\n")
    os.exit(2)
  end
end

if not arg[2] then
  enter()
end

local compat = require "wxlive.base.compat"
local csv = require "wxlive.sheet.csv"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local log = require "wxlive.log"
local metrics = require "wxlive.metrics"
local names = require "wxlive.text.names"
local query = require "wxlive.callback.query"
local request = require "wxlive.client.request"
local width = require "wxlive.text"
local typed = require "wxlive.sheet.cell"
local catalogue = require "wxlive.catalogue"

if arg[2] then
  enter() -- where Lua cannot even read its own source text
end

-- Bytes that some locale of one byte a character takes for letters, capitals, blanks or controls.
local bytes = {}
for b = 128, 255 do
  bytes[#bytes + 1] = string.char(b)
end
local high = table.concat(bytes)

local function show(what, ...)
  io.write(what)
  for i = 1, select("#", ...) do
    io.write("\t", (tostring((select(i, ...))):gsub("\n", "\\n")))
  end
  io.write("\n")
end

-- numbers
for _, x in ipairs { 0, 1.5, -0.25, 1e-7, 0.1 + 0.2, 1e15, 123456789.125, 1e300 } do
  show("text", compat.number_text(x), compat.number_text(x, 3), compat.text(x))
  show("json", json.encode { x })
  show("csv", csv.line { x, "a" })
end
for _, text in ipairs { "0.5", "-12.25e+2", "1e-3", "99.50" } do
  show("read", compat.text(json.decode_wire(text)), arg[2] or compat.text(json.decode(text)))
end
for _, text in ipairs { "99.5", "¥0.05元", "1,5", "7" } do
  local value, wrong = typed.value({ name = "price", type = "price" }, text)
  show("typed", value and compat.text(value) or tostring(wrong))
end

-- metrics and logs
local counting = assert(metrics.new { buckets = { 0.05, 0.5 } })
counting.response { endpoint = "get_live_info", seconds = 0.001207, bytes = 3, attempt = 1 }
show("metrics", counting:prometheus())
for _, form in ipairs { "line", "json" } do
  local printing = assert(log.new { format = form, clock = function() return 1795419020.25 end,
    write = function(line) show("log", line) end })
  printing.response { endpoint = "x", seconds = 0.000425, timing = { total = 0.5 },
    error = Error.new { kind = "api", name = "y", message = "直播" .. high } }
end

-- bytes of UTF-8
show("escape", request.escape("中 a~" .. high), query.text { a = "中" .. high })
show("names", names.snake("roomId"), names.snake("Ä" .. high .. "aB"),
  require("wxlive.callback.names").map["ToUser" .. high])
show("plain", width.plain("直播\27\194\155" .. high))
show("error", Error.new { kind = "api", name = "y", message = "直播\t" .. high })
show("query", table.concat(assert(request.build(catalogue.by_name.get_push_url, { room_id = 7 }, {
  now = os.time, validate = false }, { x = 1.5 })).query, "&"))
