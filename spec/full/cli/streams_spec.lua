-- The standard streams of the command and the scripts, and the signals that end them.
local command = require "spec.support.command"
local json = require "wxlive.json"
local sandbox = require "wxlive.sandbox"

local interpreter = rawget(_G, "jit") and "luajit" or "lua5.4"
local IMAGES = "scripts/samples/images/"

describe("the standard streams", function()
  local box, home

  setup(function()
    box = assert(sandbox.start { audit_seconds = 0 })
  end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box:control("reset"))
    home = command.directory()
  end)
  after_each(function() command.remove(home) end)

  -- A shell line with $wxlive for the command; what it prints on descriptor 2, and its status.
  local function shell(line)
    return command.run({ "bash", "-c", line }, { env = command.settings(box, {
      wxlive = interpreter .. " scripts/wxlive", HOME = home, XDG_STATE_HOME = false,
      XDG_CACHE_HOME = false, lua = interpreter,
    }) })
  end

  local function goods()
    local done = shell("$wxlive upload_media " .. IMAGES .. "cup.png")
    return ("--cover-img-url %s --name 手作青瓷茶杯壹 --price-type 1 --price 9.9 --url pages/a")
      :format(json.decode(done.out).media_id)
  end

  local function made()
    return assert(box:control("state")).goods
  end

  it("that cannot be written are an error with a status of its own, and no id is lost", function()
    local done = shell("$wxlive goods_add " .. goods() .. " >/dev/full")
    assert.equal(7, done.status)
    assert.truthy(done.err:find("No space left on device", 1, true), done.err)
    assert.truthy(done.err:find('"goods_id":' .. made()[1].id, 1, true), done.err)
    -- a list can be had again
    done = shell("$wxlive get_live_info >/dev/full")
    assert.equal(7, done.status)
    assert.truthy(done.err:find("cannot be written", 1, true), done.err)
    assert.is_nil(done.err:find("the call was done", 1, true))
    -- what failed before its output keeps its own status
    assert.equal(2, shell("$wxlive goods_add >/dev/full").status)
    assert.equal(7, shell("$wxlive endpoints >/dev/full").status)
  end)

  it("that are closed receive nothing that belongs in a file", function()
    local done = shell("$wxlive get_live_info >&-")
    assert.equal(7, done.status)
    done = shell("$wxlive goods_add " .. goods() .. " 2>&-")
    assert.equal(0, done.status)
    assert.equal(1, #made())
    command.write(home .. "/g.csv", command.read("scripts/samples/goods.csv"))
    os.execute(("cp -r %s %s/images"):format(IMAGES, home))
    for _, closed in ipairs { ">&-", "2>&-", "<&-", ">&- 2>&- <&-" } do
      assert(box:control("reset"))
      shell(("$lua scripts/import_goods.lua %s/g.csv --wait 0 --out %s/ids.csv %s")
        :format(home, home, closed))
      local ids = command.read(home .. "/ids.csv")
      local n = 0
      for line in ids:gmatch("[^\r\n]+") do
        n = n + 1
        assert.truthy(line:find("^[^,]*g%.csv,%d+,%d+,") or n == 1 and line:find("[%w_,]+$"), line)
      end
      assert.equal(#made() + 1, n, closed .. ids)
      os.remove(home .. "/ids.csv")
    end
  end)

  it("whose reader goes away stop no work, and are told by the status alone", function()
    local done = shell("$wxlive endpoints | head -1; exit ${PIPESTATUS[0]}")
    assert.truthy(done.status == 7 or done.status == 0, done.status)
    assert.equal("", done.err)
    done = shell("$wxlive goods_add " .. goods() .. " | true; exit ${PIPESTATUS[0]}")
    assert.equal(1, #made())
    if done.status == 7 then
      assert.truthy(done.err:find('"goods_id":' .. made()[1].id, 1, true), done.err)
    end
  end)
end)

describe("a signal", function()
  -- Starts a command whose first line says that it is up, sends the signal, and gives its status.
  local function ended(words, signal, prefix)
    local line = table.concat(words, " ")
    local done = command.run({ "bash", "-c", ([[
      exec 3< <(exec %s %s scripts/wxlive %s 2>&1)
      started=$!
      read -r first <&3
      pid=$(pgrep -P "$started") || pid=$started # process 1 is a child of unshare
      kill -%s "$pid"
      cat <&3
      wait "$started"
      echo "status $?"]]):format(prefix or "", interpreter, line, signal) },
      { env = command.settings(nil, { WXLIVE_CALLBACK_TOKEN = "token123" }) })
    return done.out:match("status (%d+)"), done
  end

  for _, words in ipairs { { "listen", "--port", "0" }, { "sandbox", "--port", "0" } } do
    for _, signal in ipairs { "TERM", "HUP", "INT" } do
      it(signal .. " ends " .. words[1] .. " as it should be", function()
        local status, done = ended(words, signal)
        assert.equal("0", status, done.out .. done.err)
      end)
    end
  end

  it("is heard by process 1 of a container as well", function()
    for _, words in ipairs { { "listen", "--port", "0" }, { "sandbox", "--port", "0" } } do
      local status, done = ended(words, "TERM", "unshare --user --map-root-user --pid --fork")
      assert.equal("0", status, done.out .. done.err)
    end
  end)

  it("SIGHUP is left ignored where nohup asked for it", function()
    local status, done = ended({ "sandbox", "--port", "0" }, [[HUP "$pid"
      grep -q "^SigIgn:.*[13579bdf]$" "/proc/$pid/status" && kill -TERM]], "nohup")
    assert.equal("0", status, done.out .. done.err)
  end)

  it("ends process 1 that waits for an answer", function()
    local box = assert(sandbox.start {})
    assert(box:control("fault", { kind = "delay", seconds = 20, when = "before" }))
    local done = command.run({ "bash", "-c", ([[
      unshare --user --map-root-user --pid --fork %s scripts/wxlive get_live_info &
      started=$!
      # until the process has a handler for signal 15: before that process 1 is deaf
      until pid=$(pgrep -P "$started") &&
        caught=$(sed -n 's/^SigCgt:\t//p' "/proc/$pid/status") &&
        ((0x${caught:-0} & 0x4000)); do :; done
      kill -TERM "$pid"
      wait "$started"
      echo "status $?"]]):format(interpreter) }, {
      env = command.settings(box),
    })
    box:stop()
    assert.equal("143", done.out:match("status (%d+)"), done.out .. done.err)
  end)
end)
