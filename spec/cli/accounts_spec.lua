-- --account and --all: how a command runs for many accounts.
local accounts = require "wxlive.cli.accounts"
local command = require "spec.support.command"
local core = require "wxlive.core"
local Error = require "wxlive.error"
local exit_status = require "wxlive.cli.exit_status"
local map = require "wxlive.concurrent.map"
local show = require "wxlive.cli.output.show"

describe("a command for accounts", function()
  local folder, path, told, stderr

  before_each(function()
    folder = command.directory()
    path = folder .. "/config"
    local lines = {}
    for i = 1, 20 do
      lines[i] = ("[shop%02d]\nappid = wx%d\nsecret = a\ngroups = all%d\n"):format(i, i, i % 2)
    end
    command.write(path, table.concat(lines))
    os.execute("chmod 600 " .. path)
    told, stderr = {}, io.stderr
    io.stderr = { write = function(_, ...) -- luacheck: ignore 122
      told[#told + 1] = table.concat { ... }
    end }
  end)

  after_each(function()
    io.stderr = stderr -- luacheck: ignore 122
    command.remove(folder)
  end)

  local function args_of(more)
    local args = { config = path, account = {}, json = true }
    for name, value in pairs(more or {}) do
      args[name] = value
    end
    return args
  end

  -- Runs a command; gives what it returned, and what it printed.
  local function run(how, args, work)
    local stdout, out = io.stdout, {}
    io.stdout = { -- luacheck: ignore 122
      write = function(_, ...) out[#out + 1] = table.concat { ... } end, flush = function() end,
    }
    local fine, ok, err = pcall(accounts.run, how, args, work)
    io.stdout = stdout -- luacheck: ignore 122
    assert(fine, ok)
    return ok, err, table.concat(out)
  end

  local many = { name = "rooms", accounts = "many" }

  it("has none where none are named", function()
    local args = args_of()
    local seen
    assert.is_true(run(many, args, function(of_one)
      seen = of_one
      return true
    end))
    assert.equal(args, seen)
  end)

  -- Runs with work that waits for others; gives the most that were under way at once, and the
  -- concurrency that each was given.
  local function most_at_once(how, more)
    local under_way, most, given = 0, 0, nil
    assert.is_true(run(how, args_of(more), function(of_one)
      under_way = under_way + 1
      most, given = math.max(most, under_way), of_one.concurrency
      map.wait(map.spawn(function() end))
      under_way = under_way - 1
      return true
    end))
    return most, given
  end

  it("runs for many at a time, under one limit", function()
    assert.equal(16, (most_at_once(many, { all_accounts = true })))
    assert.equal(10, (most_at_once(many, { account = { "all1" } })))
    assert.same({ 4, 1 }, { most_at_once(many, { all_accounts = true, concurrency = 4 }) })
    assert.same({ 2, 8 }, { most_at_once(many, {
      account = { "shop01,shop02" }, concurrency = 16,
    }) })
    assert.equal(20, (most_at_once({ name = "watch", accounts = "together" },
      { all_accounts = true })))
  end)

  it("prints in the order of the accounts, and tells the gravest failure", function()
    local failures = {
      shop02 = { kind = "quota", name = "a" }, shop03 = { kind = "api", name = "b" },
      shop04 = { kind = "partial", name = "c" },
    }
    local ok, err, out = run(many, args_of { account = { "shop01", "shop02", "shop03", "shop04" } },
      function(args)
        local name = args.acts_for.name
        if failures[name] then
          failures[name].message = "no luck"
          return Error.fail(failures[name])
        end
        show.record({ n = 1 }, args)
        return true
      end)
    assert.is_nil(ok)
    assert.equal('[{"account":"shop01","n":1}]\n', out)
    assert.equal("b", err.cause.name)
    assert.equal(exit_status.failed, exit_status.of(err))
    assert.equal("3 of 4 accounts failed: shop02, shop03, shop04", err.message)
    table.sort(told)
    assert.truthy(told[1]:find("wxlive: shop02: no luck", 1, true), told[1])
    assert.equal(3, #told)
  end)

  it("loses neither what was done nor that it could not be printed", function()
    local flush = core.process.flush
    core.process.flush = function() return nil, { message = "disk full" } end
    local fine, ok, err = pcall(run, many, args_of { account = { "shop01,shop02" } },
      function(args)
        if args.acts_for.name == "shop01" then
          return Error.fail { kind = "api", name = "b", message = "no luck" }
        end
        args.sink:keep(args.acts_for, { goods_id = 7 })
        show.record({ goods_id = 7 }, args)
        return true
      end)
    core.process.flush = flush
    assert(fine, ok)
    assert.equal(exit_status.output, exit_status.of(err))
    assert.truthy(table.concat(told):find('[{"account":"shop02","goods_id":7}]', 1, true))
  end)

  it("reports an internal error of one account as its own", function()
    local _, err, out = run(many, args_of { account = { "shop01,shop02" } }, function(args)
      if args.acts_for.name == "shop01" then
        error("a slip")
      end
      show.record({ n = 2 }, args)
      return true
    end)
    assert.equal("raised", err.cause.name)
    assert.equal('[{"account":"shop02","n":2}]\n', out)
    assert.truthy(told[1]:find("shop01: internal error.*a slip"), told[1])
  end)

  it("takes a command that gives neither a result nor an error for failed", function()
    local ok, err = run(many, args_of { account = { "shop01,shop02" } }, function(args)
      return args.acts_for.name == "shop02" or nil
    end)
    assert.is_nil(ok)
    assert.equal("1 of 2 accounts failed: shop01", err.message)
    assert.truthy(told[1]:find("shop01: internal error", 1, true), told[1])
  end)

  it("has the column account once, also where it is asked for", function()
    for _, columns in ipairs { "n", "n,account", "account,n", "account" } do
      local ok, _, out = run(many, args_of {
        account = { "shop01,shop02" }, json = false, table = true, columns = columns,
      }, function(args)
        show.list({ { n = 1 } }, { "n" }, args)
        return true
      end)
      assert.is_true(ok)
      local first = out:match("[^\n]+"):gsub("\27%[%d*m", "")
      local wanted = columns == "n" and "account,n" or columns
      assert.equal(wanted, (first:match("^%s*(.-)%s*$"):gsub("%s+", ",")))
    end
  end)

  it("begins with no further account when it is asked to end", function()
    local interrupted, done = core.process.interrupted, 0
    core.process.interrupted = function() return done > 0 end
    local fine, _, err = pcall(run, many, args_of { all_accounts = true, concurrency = 1 },
      function()
        done = done + 1
        return true
      end)
    core.process.interrupted = interrupted
    assert.is_true(fine)
    assert.equal(1, done)
    assert.equal(exit_status.interrupted, exit_status.of(err))
  end)

  it("that reads --account itself is left alone", function()
    local args = args_of { account = { "whatever" } }
    local seen
    run({ name = "rundown", accounts = function() return "own" end }, args, function(of_one)
      seen = of_one
      return true
    end)
    assert.equal(args, seen)
  end)
end)

describe("the gravest of several errors", function()
  it("asks for a person most", function()
    local unknown = Error.new { kind = "api", name = "x", ambiguous = true }
    local refused, partial = Error.new { kind = "api", name = "y" }, Error.new { kind = "partial" }
    local quota, settings = Error.new { kind = "quota" },
      Error.new { kind = "usage", name = "bad_settings" }
    assert.equal(unknown, exit_status.gravest { partial, refused, unknown, settings })
    assert.equal(settings, exit_status.gravest { quota, refused, settings })
    assert.equal(quota, exit_status.gravest { partial, quota })
    assert.is_nil(exit_status.gravest {})
  end)
end)
