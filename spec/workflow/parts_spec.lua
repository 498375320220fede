local Error = require "wxlive.error"
local audits = require "wxlive.workflow.audits"
local images = require "wxlive.shop.pictures"
local command = require "spec.support.command"
local keeper = require "wxlive.workflow.keeper"
local outcomes = require "wxlive.errcodes.outcome"
local rehearsal = require "wxlive.workflow.rehearsal"
local status = require "wxlive.cli.exit_status"

describe("wxlive.workflow.audits", function()
  local clock, slept

  before_each(function()
    clock, slept = 0, {}
  end)

  local function wait(live, rows, seconds)
    local judged = 0
    local left, err = audits.wait(live, rows, {
      seconds = seconds,
      sleep = function(s) slept[#slept + 1], clock = s, clock + s end,
      monotonic = function() return clock end,
      judged = function() judged = judged + 1 end,
    })
    return left, err, judged
  end

  local function rows_of(n)
    local rows = {}
    for i = 1, n do
      rows[i] = { goods_id = i }
    end
    return rows
  end

  it("asks 20 at a time, then only for those that are not judged yet", function()
    local asked = {}
    local live = {
      goods_info = function(_, params)
        asked[#asked + 1] = #params.goods_ids
        local goods = {}
        for i, id in ipairs(params.goods_ids) do
          -- ids come back as text from some answers
          goods[i] = { goods_id = tostring(id), audit_status = id > 44 and clock < 1 and 1 or 2 }
        end
        return { goods = goods }
      end,
    }
    local rows = rows_of(45)
    local left, _, judged = wait(live, rows, 60)
    assert.same({}, left)
    assert.equal(45, judged)
    assert.same({ 20, 20, 5, 1 }, { asked[1], asked[2], asked[3], asked[4] })
    assert.equal(2, rows[45].audit_status)
  end)

  it("gives up at the end of its time, with pauses that grow", function()
    local live = {
      goods_info = function(_, params)
        return { goods = { { goods_id = params.goods_ids[1], audit_status = 1 } } }
      end,
    }
    local rows = rows_of(1)
    local left = wait(live, rows, 600)
    assert.same(rows, left)
    assert.is_true(clock <= 600)
    assert.is_true(#slept < 40)
    for i = 2, #slept do
      assert.is_true(slept[i] >= slept[i - 1])
    end
  end)

  it("hands up the failure of a look", function()
    local failure = Error.new { kind = "quota", name = "quota" }
    local left, err = wait({ goods_info = function() return nil, failure end }, rows_of(1), 60)
    assert.is_nil(left)
    assert.equal(failure, err)
  end)
end)

describe("wxlive.shop.pictures", function()
  local home

  before_each(function()
    home = command.directory()
  end)
  after_each(function()
    command.remove(home)
  end)

  it("uploads each content once, whatever its names", function()
    local sent = {}
    local uploader = images.new {
      upload_media = function(_, params)
        sent[#sent + 1] = params.media
        return { media_id = "M" .. #sent }
      end,
    }
    local big = ("x"):rep(200000)
    command.write(home .. "/a", big .. "1")
    command.write(home .. "/b", big .. "2")
    command.write(home .. "/c", big .. "1")
    assert.equal("M1", uploader:upload(home .. "/a"))
    assert.equal("M2", uploader:upload(home .. "/b"))
    assert.equal("M1", uploader:upload(home .. "/c"))
    assert.equal("M2", uploader:upload(home .. "/b"))
    assert.same({ home .. "/a", home .. "/b" }, sent)
  end)

  it("tells of a file that is not there, and hands up a refusal without keeping it", function()
    local calls = 0
    local uploader = images.new {
      upload_media = function()
        calls = calls + 1
        if calls == 1 then
          return Error.fail { kind = "api", name = "refused" }
        end
        return { media_id = "M" }
      end,
    }
    local id, err = uploader:upload(home .. "/none")
    assert.is_nil(id)
    assert.equal("unreadable_file", err.name)
    command.write(home .. "/a", "1")
    id, err = uploader:upload(home .. "/a")
    assert.is_nil(id)
    assert.equal("refused", err.name)
    assert.equal("M", uploader:upload(home .. "/a"))
  end)
end)

describe("wxlive.workflow.rehearsal", function()
  it("tells each call with its parameters by name, and answers with stand-ins", function()
    local told = {}
    local live = rehearsal.new(function(call, params)
      told[#told + 1] = call .. " " .. params
    end)
    assert.equal("<media_id of a.png>", live:upload_media({ media = "a.png" }).media_id)
    assert.equal("<room_id>", live:create_room({ name = "n" }).room_id)
    live:goods_push(3, 7)
    live:add_goods({ 5, 6 }, 3)
    assert.same({
      'upload_media {"media":"a.png"}', 'create_room {"name":"n"}',
      'goods_push {"goods_id":7,"room_id":3}', 'add_goods {"goods_ids":[5,6],"room_id":3}',
    }, told)
  end)
end)

describe("wxlive.workflow.keeper", function()
  it("adds to files of ids only", function()
    local home = command.directory()
    local sheet, ids = home .. "/goods.csv", home .. "/ids.csv"
    command.write(sheet, "name,price\n茶杯,1\n")
    for _ = 1, 2 do
      local kept = assert(keeper.open(ids, sheet))
      assert(kept:write { line = 2, goods_id = 7, params = { name = "茶杯" } })
      kept:close()
    end
    local row = "," .. "2,7,,茶杯\n"
    assert.equal("sheet,line,goods_id,audit_id,name\n" .. sheet .. row .. sheet .. row,
      command.read(ids))
    command.write(home .. "/notes.txt", "mine\n")
    for _, path in ipairs { sheet, home .. "/notes.txt" } do
      local before = command.read(path)
      local kept, err = keeper.open(path, sheet)
      assert.is_nil(kept)
      assert.is_truthy(err.message:find("does not hold goods ids", 1, true), err.message)
      assert.equal(before, command.read(path))
    end
    command.remove(home)
  end)
end)

describe("exit statuses", function()
  local function of(fields)
    return status.of(Error.new(fields))
  end

  it("tell apart what a script must treat differently", function()
    assert.equal(1, of { kind = "api", class = "state", code = 300023 })
    assert.equal(1, of { kind = "transport", name = "timeout" })
    assert.equal(2, of { kind = "invalid", name = "invalid_parameters" })
    assert.equal(4, of { kind = "transport", name = "timeout", ambiguous = true })
    assert.equal(5, of { kind = "api", class = "config", code = 40125 })
    assert.equal(5, of { kind = "token", code = 40001 })
    assert.equal(5, of { kind = "usage", name = "bad_settings" })
    assert.equal(6, of { kind = "quota", code = 45009 })
    -- an anchor who must pass the real-name check is no fault of the configuration
    assert.equal(1, of { kind = "api", class = "config", code = 300036 })
  end)

  it("know what stops a whole run", function()
    local function general(fields)
      return outcomes.scope(Error.new(fields)) ~= "row"
    end
    assert.is_true(general { kind = "transport" })
    assert.is_true(general { kind = "quota", code = 45009 })
    assert.is_true(general { kind = "api", class = "config", code = 48001 })
    assert.is_false(general { kind = "api", class = "config", code = 300036 })
    assert.is_false(general { kind = "api", class = "content", code = 300003 })
    assert.is_false(general { kind = "invalid" })
  end)
end)
