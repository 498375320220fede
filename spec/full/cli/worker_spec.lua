-- wxlive submit, worker and jobs, as processes, over the accounts of a settings file.
local await = require "spec.support.await"
local fleets = require "spec.support.fleet"
local json = require "wxlive.json"
local process = require "spec.support.process"
local shops = require "spec.support.shop"
local tables = require "wxlive.base.tables"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"

describe("the queue from the command line", function()
  local fleet

  before_each(function()
    fleet = fleets.open { "tea", "nuts" }
  end)

  after_each(function()
    fleet:close()
  end)

  local function run(...)
    return fleet.shop:run({ ... }, fleet:settings())
  end

  local function start(...)
    return fleet.shop:start({ "worker", "--every", "0", "--settle", "0.5", ... }, fleet:settings())
  end

  local function add_calls()
    return fleet.shop:calls("/wxaapi/broadcast/goods/add")
  end

  it("is filled by submit, served by worker, shown by jobs", function()
    local sheet = fleet.shop:sheet("goods.csv", shops.goods_lines(1, 4))
    local got = run("submit", sheet, "--account", "tea", "--json")
    assert.equal(0, got.status, got.err)
    assert.equal(4, json.decode(got.out)[1].create)
    got = run("jobs")
    local rows = json.decode(got.out)
    assert.same({ 1, "tea", "goods.csv", "queued", 4, 4 }, { #rows, rows[1].account, rows[1].name,
      rows[1].state, rows[1].rows, rows[1].left })
    local child = start("--json")
    got = run("jobs", "--wait", "--table")
    assert.equal(0, got.status, got.err)
    assert.is_truthy(got.out:find("tea +goods +goods.csv +done +4 +0 +0"), got.out)
    child:signal("TERM")
    local ended = child:finish()
    assert.equal(0, ended.status, ended.err)
    local told = {}
    for line in ended.out:gmatch("[^\n]+") do
      local one = json.decode(line)
      told[#told + 1] = ("%s %s %s"):format(one.what, one.account, one.name)
    end
    assert.same({ "began tea goods.csv", "done tea goods.csv" }, told)
    assert.is_truthy(ended.err:find("2 accounts", 1, true))
  end)

  it("is a table on a terminal that is drawn again until it is ended", function()
    run("submit", fleet.shop:sheet("goods.csv", shops.goods_lines(1, 2)), "--account", "tea")
    local home, env = fleet.shop.home, { "TERM=xterm", "COLUMNS=120" }
    for name, value in pairs(fleet.shop:settings(fleet:settings())) do
      env[#env + 1] = value and process.quote(name .. "=" .. value) or "-u " .. name
    end
    table.sort(env, function(a, b) return a:find("^%-u") ~= nil and b:find("^%-u") == nil end)
    local line = ("sh -c 'echo $$ >%s/pid; exec %s scripts/wxlive jobs'; echo $? >%s/status")
      :format(home, interpreter, home)
    os.execute(("(env %s script -qec %s /dev/null </dev/null >%s/screen) &"):format(
      table.concat(env, " "), process.quote(line), home))
    local function shows(text)
      return function() return (process.read(home .. "/screen") or ""):find(text) ~= nil end
    end
    await(shows("tea +goods +goods.csv +queued +0 +2"))
    local child = start()
    await(shows("tea +goods +goods.csv +done +2 +0"))
    child:signal("TERM")
    child:finish()
    os.execute("kill -INT " .. process.read(home .. "/pid"))
    await(function() return (process.read(home .. "/status") or ""):find("%d") ~= nil end)
    assert.equal("0\n", process.read(home .. "/status"))
  end)

  it("names the rows that failed, and why", function()
    assert(fleet.box:control("fault", { on = "goods_add", kind = "errcode_before", code = 300003,
      times = 1 }))
    local lines = shops.goods_lines(1, 3)
    lines[5] = "茶杯4号,images/none.png,1,4.50,pages/goods/index?id=4"
    local got = run("submit", fleet.shop:sheet("goods.csv", lines), "--account", "tea")
    assert.equal(3, got.status)
    assert.is_truthy(got.err:find("goods.csv:5: ", 1, true), got.err)
    local child = start()
    assert.equal(2, run("jobs", "goods.csv", "--account", "nuts").status)
    got = run("jobs", "some/folder/goods.csv", "--wait")
    child:signal("TERM")
    child:finish()
    assert.equal(3, got.status)
    local job = json.decode(got.out)[1]
    assert.same({ 2, 1 }, { job.done, job.failed })
    assert.equal(1, #job.problems)
    assert.is_truthy(job.problems[1].reason:find("300003", 1, true))
    got = run("jobs", "goods.csv", "--table")
    assert.is_truthy(got.out:find("300003", 1, true))
  end)

  it("takes the rows of a sheet to the accounts that they name", function()
    local lines = shops.goods_lines(1, 3)
    lines[1] = lines[1] .. ",account"
    lines[2], lines[3], lines[4] = lines[2] .. ",tea", lines[3] .. ",nuts", lines[4] .. ",tea"
    local got = run("submit", fleet.shop:sheet("goods.csv", lines))
    assert.equal(0, got.status, got.err)
    local rows = json.decode(run("jobs").out)
    table.sort(rows, function(a, b) return a.account < b.account end)
    assert.same({ "nuts", 1, "tea", 2 }, { rows[1].account, rows[1].rows, rows[2].account,
      rows[2].rows })
    rows = json.decode(run("jobs", "--account", "nuts").out)
    assert.same({ 1, "nuts" }, { #rows, rows[1].account })
    local child = start("--account", "nuts")
    assert.equal(0, run("jobs", "--account", "nuts", "--wait").status)
    got = run("jobs", "goods.csv", "--account", "nuts", "--json")
    assert.is_truthy(got.out:find('"problems":[]', 1, true), got.out)
    assert.equal("[]\n", run("jobs", "goods.csv", "--account", "nuts", "--unfinished").out)
    child:signal("TERM")
    assert.equal(0, child:finish().status)
    assert.equal("queued", fleet:job("tea", "goods").state)
  end)

  it("says which jobs it waits for that no worker with these settings ends", function()
    run("submit", fleet.shop:sheet("goods.csv", shops.goods_lines(1, 1)), "--account", "nuts")
    local settings = fleet:settings()
    local only = fleet.shop.home .. "/only_tea"
    process.write(only, (process.read(settings.WXLIVE_CONFIG):gsub("%[nuts%].*", "")))
    os.execute("chmod 600 " .. only)
    local child = fleet.shop:start({ "jobs", "--wait" },
      tables.merged(settings, { WXLIVE_CONFIG = only }))
    await(function()
      return (process.read(child.err) or ""):find("waits for goods.csv of wx", 1, true) ~= nil
    end)
    local server = fleet.shop:start({ "worker", "--every", "0" }, settings)
    local got = child:finish()
    server:signal("TERM")
    server:finish()
    assert.equal(0, got.status, got.err)
    assert.equal(1, select(2, got.err:gsub("\n", "")), got.err)
  end)

  it("says that it is empty, and what a worker cannot do", function()
    fleet.shop:ledger():close() -- makes it
    local got = run("jobs", "--table")
    assert.same({ 0, "the queue is empty\n" }, { got.status, got.out })
    for _, words in ipairs { { "jobs", "goods.csv" }, { "jobs", "goods.csv", "--wait" } } do
      got = run(words[1], words[2], words[3])
      assert.same({ 2, "" }, { got.status, got.out })
      assert.is_truthy(got.err:find("no job is called goods.csv", 1, true), got.err)
    end
    got = run("worker", "--hook", fleet.shop.home .. "/none.lua")
    assert.equal(2, got.status)
    assert.is_truthy(got.err:find("none.lua", 1, true))
    got = run("worker", "--jobs", "0")
    assert.equal(2, got.status)
    for _, name in ipairs { "worker", "jobs", "accounts", "endpoints" } do
      got = run(name, "--shop", "wx1111111111111111")
      assert.same({ 2, "wxlive: " .. name .. " has no --shop" },
        { got.status, got.err:match("[^\n;(]*%w") })
    end
  end)

  it("finishes calls under way when it is asked to end", function()
    assert(fleet.box:control("fault", { on = "goods_add", kind = "delay", seconds = 1,
      when = "after", times = 1000 }))
    run("submit", fleet.shop:sheet("goods.csv", shops.goods_lines(1, 20)), "--account", "tea")
    local child = start("--concurrency", "2")
    await(function() return add_calls() >= 1 end)
    child:signal("TERM")
    local got = child:finish()
    assert.equal(0, got.status, got.err)
    local made = fleet.shop:state().counts.goods
    assert.is_true(made > 0 and made < 20)
    local job = json.decode(run("jobs").out)[1]
    assert.same({ made, 20 - made, 0 }, { job.done, job.left, job.in_doubt })
  end)

  it("ends when the time for that is over, and leaves nothing claimed", function()
    assert(fleet.box:control("fault", { on = "goods_add", kind = "delay", seconds = 20,
      when = "after", times = 1 }))
    run("submit", fleet.shop:sheet("goods.csv", shops.goods_lines(1, 3)), "--account", "tea")
    local child = start("--concurrency", "1", "--drain", "0.2")
    await(function() return fleet.shop:state().counts.goods >= 1 end)
    child:signal("TERM")
    local got = child:finish()
    assert.equal(3, got.status, got.err)
    assert.is_truthy(got.err:find("did not end within 0.2 s", 1, true), got.err)
    child = start()
    got = run("jobs", "--wait")
    child:signal("TERM")
    child:finish()
    assert.equal(3, json.decode(got.out)[1].done)
    assert.equal(3, fleet.shop:state().counts.goods)
  end)

  it("ends when the file of its ledger is replaced, and says so", function()
    run("submit", fleet.shop:sheet("goods.csv", shops.goods_lines(1, 1)), "--account", "tea")
    local child = start()
    assert.equal(0, run("jobs", "--wait").status)
    for _, ending in ipairs { "", "-wal", "-shm" } do
      os.remove(fleet.shop.location .. ending)
    end
    run("submit", fleet.shop.home .. "/goods.csv", "--account", "tea")
    local got = child:finish()
    assert.equal(1, got.status)
    assert.is_truthy(got.err:find("removed or replaced while it was in use", 1, true), got.err)
  end)

  it("ends when a newer wxlive has changed the ledger, and says so", function()
    run("submit", fleet.shop:sheet("goods.csv", shops.goods_lines(1, 1)), "--account", "tea")
    local child = start()
    assert.equal(0, run("jobs", "--wait").status)
    local ledger = fleet:ledger("tea")
    assert(ledger.db:run("INSERT INTO schema_version (version) VALUES (99)"))
    ledger:close()
    local got = child:finish()
    assert.equal(1, got.status)
    assert.is_truthy(got.err:find("newer wxlive (schema 99", 1, true), got.err)
    got = run("submit", fleet.shop.home .. "/goods.csv", "--account", "tea")
    assert.is_truthy(got.err:find("newer wxlive (schema 99", 1, true), got.err)
  end)
end)
