-- A rundown's file: both languages, both formats, and every problem with its line.
local sheet = require "wxlive.rundown.sheet"
local temp = require "spec.support.temp"

local directory

setup(function()
  directory = temp.directory()
end)

teardown(function()
  temp.remove(directory)
end)

local function read(text, name)
  local path = directory .. "/" .. (name or "rundown.csv")
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return sheet.read(path)
end

local function problems(text, name)
  local rows, err = read(text, name)
  assert.is_nil(rows)
  local list = {}
  for i, problem in ipairs(err.problems) do
    list[i] = ("%d: %s"):format(problem.line, problem.message)
  end
  return list
end

describe("a rundown", function()
  it("says the same in English, Chinese and JSON lines", function()
    local english = assert(read([[
at,do,goods,every,until,order,late,digit,deadline,note
+5m,push card,11,,,,skip,3,20s,the cup
+10m,Push,11;12,45s-60s,+20m,Shuffled,,,,
20:30,on_sale,11|12,,,,2m,,,
+30m,replay off,,,,,,,,
]]))
    local chinese = assert(read("\239\187\191" .. [[
时间;动作;商品;每隔;至;顺序;过时;数字键;时限;备注
5分;推送;11;;;;跳过;3;20秒;the cup
10分;推送商品;"11；12";45-60秒;20分;随机;;;;
20：30;上架;"11;12";;;;2分;;;
30分;关闭回放;;;;;;;;
]]))
    local lines = assert(read([[
{"at":"+5m","do":"push","goods":11,"late":"skip","digit":3,"deadline":"20s","note":"the cup"}
{"at":"+10m","do":"push","goods":[11,12],"every":"45s-60s","until":"+20m","order":"shuffled"}
{"at":"20:30","do":"on sale","goods":["11","12"],"late":"2m"}
{"时间":"+30m","动作":"关闭回放"}
]], "RUNDOWN.JSONL"))
    for i, row in ipairs(english) do
      for _, other in ipairs { chinese[i], lines[i] } do
        for _, name in ipairs { "action", "at", "goods", "every", "until_at", "shuffled", "late",
          "digit", "deadline", "note" } do
          assert.same(row[name], other[name], name .. " of row " .. i)
        end
      end
    end
    assert.same({ "push", "skip", "3", 20, "the cup" }, { english[1].action, english[1].late,
      english[1].digit, english[1].deadline, english[1].note })
    assert.same({ { least = 45, most = 60 }, true, "skip" }, { english[2].every,
      english[2].shuffled, english[2].late })
    assert.same({ "on_sale", { "11", "12" }, 120 }, { english[3].action, english[3].goods,
      english[3].late })
    assert.equal("do", english[4].late)
  end)

  it("names all that is wrong at once, each with its line", function()
    assert.same({
      "2: at must be +5m or +0:12:30 from the start (24 hours at most), a time such as 20:30, or a "
        .. 'day and time, not "noon"',
      '2: do is not an action: "pusch"; did you mean push?',
      "3: goods is missing: name the goods",
      "4: goods names 2 goods: say every how long they follow each other (every)",
      "5: goods means nothing for this action",
      "6: at is missing: say when, or give a digit",
      "7: until means nothing without every",
      "8: until must come after at",
      "9: digit belongs to a row that pushes a card",
      "10: every cannot be: subscribers are notified once",
      "12: digit is that of line 11, too",
      "13: hook is missing: name the function",
      "14: note is missing: say what",
      "15: do is missing",
    }, problems [[
at,do,goods,every,until,digit,note
noon,pusch,,,,,
+1m,push,,,,,
+1m,push,1;2,,,,
+1m,mute,1,,,,
,push,1,,,,
+1m,push,1,,+5m,,
+9m,push,1,10s,+5m,,
+1m,mute,,,,1,
+1m,notify,,10s,,,
+1m,push,1,,,5,
+2m,push,1,,,5,
+1m,hook,,,,,
+1m,note,,,,,
+1m,,,,,,
]])
    assert.same({ "1: there is no column called \"dos\"; did you mean do?",
    }, problems("at,dos\n+1m,mute\n"))
    assert.same({ "1: the sheet has no rows" }, problems("at,do\n"))
    assert.truthy(problems("The evening\nat,do\n+1m,mute\n")[1]:find("line 2", 1, true))
    assert.same({ '1: there is no field called "when"' }, problems('{"when":"5m"}\n', "x.jsonl"))
  end)

  it("says what is wrong in Chinese, too", function()
    local _, err = read("时间,动作,商品,每隔\n中午,推,,\n5分,推送,1；2,\n5分,禁言,1,\n1分,推送,1,很久\n,,,\n2分,,1,\n")
    local list = {}
    for i, problem in ipairs(err.problems) do
      list[i] = ("%d: %s"):format(problem.line, problem.message_zh)
    end
    assert.same({
      "2: 时间：应为开播后的时间，如 +5m、5分、+0:12:30（不超过 24 小时），或钟点，如 20:30，或日期加钟点，而不是 "
        .. '"中午"',
      '2: 动作：不是已知动作："推"',
      "3: 商品：共 2 件商品，请在“每隔”列写明轮换间隔",
      "4: 商品：该动作不用商品",
      '5: 每隔：应为间隔，如 45s，或范围，如 45s-60s（至少 1 秒），而不是 "很久"',
      "7: 动作：未填写",
    }, list)
    _, err = read("动作\n禁言\n")
    assert.equal("缺少列 时间：开播后的时间，如 +5m、+0:12:30，或钟点，如 20:30", err.problems[1].message_zh)
  end)

  it("names a file that is no sheet once, with what to do", function()
    assert.same({ "2: the text is not UTF-8; the file seems to be GBK; save it as CSV UTF-8" },
      problems("at,do,note\n5m,note,\196\227\186\195\n"))
    assert.same({ "1: the file is UTF-16; save it as CSV UTF-8" }, problems("\255\254a\0t\0"))
  end)

  it("is never read in part", function()
    local lines = { "at,do,note" }
    for i = 1, 5000 do
      lines[i + 1] = ("%ds,note,x"):format(i)
    end
    local text = table.concat(lines, "\n")
    assert.equal(5000, #assert(read(text .. "\n,,\n")))
    assert.same({ "5002: a rundown has 5000 rows at most" }, problems(text .. "\n1h,note,y\n"))
  end)

  it("keeps the decimals of a number, and takes each field of a line once", function()
    local rows = assert(read('{"at":"5m","do":"on sale","goods":[2.5,12]}\n', "numbers.jsonl"))
    assert.same({ "2.5", "12" }, { rows[1].goods[1], rows[1].goods[2] })
    local wrong = problems('{"at":0.5208,"do":"mute"}\n', "x.jsonl")[1]
    assert.truthy(wrong:find('not "0.5208"', 1, true), wrong)
    assert.same({ "1: the field at is there twice" },
      problems('{"at":"5m","时间":"6m","do":"mute"}\n', "x.jsonl"))
  end)

  it("takes names with a separator in them from a list", function()
    local rows = assert(read([[{"at":"5m","do":"push","every":"45s","goods":["杯; 大","碟"]}]]
      .. "\n", "list.jsonl"))
    assert.same({ "杯; 大", "碟" }, { rows[1].goods[1], rows[1].goods[2] })
  end)

  it("takes ids in any figures, and lateness from a second on", function()
    local rows = assert(read("at,do,goods,late\n５分,off sale,１１；茶杯2,1s\n"))
    assert.same({ { "11", "茶杯2" }, 1 }, { rows[1].goods, rows[1].late })
    assert.same({ 'late must be skip, do, or how late it may be done, such as 2m (1s at least), '
      .. 'not "0"' }, { problems("at,do,goods,late\n5m,push,11,0\n")[1]:gsub("^2: ", "") .. "" })
  end)

  it("names what a spreadsheet program has made of a cell", function()
    local wrong = problems("at,do,goods,note\n#NAME?,push,11,\n5m,push,1.23457E+14,\n"
      .. "6m,note,,#REF!\n7m,push,=A2,\n")
    for i, part in ipairs { "2: at holds #NAME?: the spreadsheet program takes +5m",
      "3: goods holds \"1.23457E+14\", a number that", "4: note holds #REF!, an error",
      '5: goods holds the formula "=A2"' } do
      assert.truthy(wrong[i] and wrong[i]:find(part, 1, true), wrong[i])
    end
    assert.equal(4, #wrong)
  end)

  it("takes texts and numbers alone from a list", function()
    for _, goods in ipairs { '[["11"]]', '["11",null]', '{"id":11}', '[{"id":11}]' } do
      assert.same({ "1: the field goods may hold a text, a number or a list of them" },
        problems('{"at":"5m","do":"push","goods":' .. goods .. "}\n", "x.jsonl"), goods)
    end
    assert.same({ "1: goods is missing: name the goods", "2: note is missing: say what" },
      problems('{"at":"5m","do":"push","goods":[" "]}\n{"at":"5m","do":"note","note":[]}\n',
        "x.jsonl"))
  end)

  it("knows its rows by their own key, or by what they do, when and to what", function()
    local rows = assert(read([[
at,do,goods,key
+5m,push,11,cup
+5m,push,11,
+5m,push,11,
+6m,push,11,
]]))
    local keys = {}
    for i, row in ipairs(rows) do
      keys[i] = row.key
    end
    assert.same({ "cup", "push|+0:05:00|11|#2", "push|+0:05:00|11|#3",
      "push|+0:06:00|11|" }, keys)
    assert.truthy(problems("at,do,goods,key\n+5m,push,11,a\n+6m,push,11,a\n")[1]:find("twice"))
  end)

  it("cannot be a file that is not there", function()
    local rows, err = sheet.read(directory .. "/none.csv")
    assert.is_nil(rows)
    assert.equal("no_sheet", err.name)
  end)
end)
