-- diff, watch, replays, notify, rooms, goods, completion: as processes, against the sandbox.
local await = require "spec.support.await"
local command = require "spec.support.command"
local json = require "wxlive.json"
local shops = require "spec.support.shop"

describe("the command over a shop", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  local function run(arguments, status)
    return shop:asked(arguments, status)
  end

  local function ask(name, params)
    return (run { "call", name, json.encode(params) })
  end

  local rooms = 0
  local function new_room(state, more)
    rooms = rooms + 1
    local function picture(name)
      return ask("upload_media", { media = "scripts/samples/images/" .. name, type = "image" })
        .media_id
    end
    shop.pictures = shop.pictures or {
      picture "tea-cover.jpg", picture "tea-share.jpg", picture "tea-feeds.jpg",
    }
    local params = {
      name = "春茶上新专场" .. rooms, start_time = os.time() + 7200 + rooms, anchor_name = "茶掌柜小林",
      end_time = os.time() + 14400, anchor_wechat = "lin_tea", cover_img = shop.pictures[1],
      share_img = shop.pictures[2], feeds_img = shop.pictures[3], type = 0, close_like = 0,
      close_goods = 0, close_comment = 0, close_replay = 0,
    }
    for name, value in pairs(more or {}) do
      params[name] = value
    end
    local id = ask("create_room", params).room_id
    if state then
      assert(shop.box:control("live", { room_id = id, status = state }))
    end
    return id
  end

  local function lines_of(text)
    local list = {}
    for line in text:gmatch("[^\n]+") do
      list[#list + 1] = json.decode(line)
    end
    return list
  end

  describe("notify", function()
    local function follow(first, last)
      local openids = {}
      for n = first, last do
        openids[#openids + 1] = ("oFOLLOWER%04d"):format(n)
      end
      assert(shop.box:control("follow", { openids = openids }))
    end

    -- How many messages were sent, and to how many people.
    local function sent()
      local total = 0
      for _, message in ipairs(shop:state().message) do
        total = total + message.total_count
      end
      return shop:state().counts.message, total
    end

    it("tells every follower once, whatever is run again", function()
      local room = tostring(new_room(101))
      follow(1, 25)
      local done = run { "notify", room, "--page-size", "10" }
      assert.same({ 25, 25, 0 }, { done.followers, done.told_now, done.told_before })
      assert.same({ 3, 25 }, { sent() })
      assert.equal(0, run({ "notify", room }).told_now)
      follow(26, 28)
      assert.equal(3, run({ "notify", room }).told_now)
      assert.same({ 4, 28 }, { sent() })
    end)

    it("never sends a page again whose answer was lost", function()
      local room = tostring(new_room(101))
      follow(1, 20)
      shop.box:control("fault", { on = "push_message", kind = "reset_after", times = 1, skip = 1 })
      run({ "notify", room, "--page-size", "5" }, 4)
      for _ = 1, 2 do
        local done = run({ "notify", room, "--page-size", "5" }, 4)
        assert.same({ 20, 5 }, { done.followers, done.unknown })
        assert.equal(15, done.told_now + done.told_before)
      end
      assert.same({ 4, 20 }, { sent() })
      local states = {}
      for i, page in ipairs(run { "notify", room, "--status" }) do
        states[i] = page.state .. " " .. page.receivers
      end
      table.sort(states)
      assert.same({ "queued 5", "queued 5", "queued 5", "unknown 5" }, states)
    end)

    it("survives kill -9 without telling anybody twice", function()
      local room = tostring(new_room(101))
      follow(1, 60)
      -- The third page is taken, and its answer held back until the sender is dead.
      shop.box:control("fault", { on = "push_message", kind = "delay", seconds = 30,
        when = "after", skip = 2, times = 1 })
      local child = shop:start { "notify", room, "--page-size", "4" }
      await(function() return child:has_ended() or shop:state().counts.message >= 3 end)
      child:signal("KILL")
      child:finish()
      shop.box:control("faults", { clear = true })
      local done = run({ "notify", room, "--page-size", "4" }, 4)
      assert.same({ 60, 4 }, { done.followers, done.unknown })
      assert.same({ 15, 60 }, { sent() })
    end)

    it("is not status 0 when no one was notified", function()
      local room = tostring(new_room(101))
      local done, got = run({ "notify", room }, 3)
      assert.equal(0, done.followers)
      assert.is_truthy(got.err:find("no one was notified", 1, true), got.err)
    end)

    it("takes back what was refused, and takes in what the callback says", function()
      local room = tostring(new_room())
      follow(1, 3)
      run({ "notify", room }, 1)
      assert.same({ 0, 0 }, { sent() })
      shop.box:control("live", { room_id = tonumber(room), status = 101 })
      assert.equal(3, run({ "notify", room }).told_now)
      local id = shop:state().message[1].message_id
      run { "notify", room, "--result", json.encode {
        message_id = id, total_count = 3, success_count = 2,
      } }
      local page = run({ "notify", room, "--status" })[1]
      assert.same({ "delivered", 2, id }, { page.state, page.success_count, page.message_id })
      run({ "notify", room, "--result", '{"message_id":"1"}' }, 2)
    end)
  end)

  describe("replays", function()
    it("fetches what there is, under names that sort, and goes on where it was cut off", function()
      local room = new_room()
      shop.box:control("live", { room_id = room, status = 101 })
      shop.box:control("live", { room_id = room, status = 103 })
      shop.box:control("clock", { advance = 3600 })
      local to = shop.home .. "/videos"
      local done = run { "replays", tostring(room), "--to", to }
      assert.same({ 4, 4, 0, 0 }, { done.files, done.fetched, done.there, done.failed })
      local pipe = io.popen("cd " .. to .. " && find . -type f | LC_ALL=C sort")
      local names = pipe:read("*a")
      pipe:close()
      names = names:gsub("%d+T%d+", "WHEN"):gsub("%./" .. room .. "%-", "")
      assert.equal("WHEN-01.m3u8\nWHEN-01/00001.ts\nWHEN-01/00002.ts\nWHEN-01/00003.ts\n"
        .. "WHEN-02.mp4\n", names)
      local list = command.read((io.popen("ls " .. to .. "/*.m3u8"):read("*l")))
      assert.is_truthy(list:find("\n%d+%-%d+T%d+%-01/00002%.ts\n"))
      os.execute("rm " .. to .. "/*.mp4 " .. to .. "/*/00002.ts")
      -- as runs leave it that are killed while they write the list, or have just finished a file
      os.execute("cd " .. to .. " && for f in *.m3u8; do echo half >$f.part; rm $f; done; "
        .. "for f in */00001.ts; do echo '{}' >$f.part.json; done")
      done = run { "replays", tostring(room), "--to", to }
      assert.same({ 2, 2 }, { done.fetched, done.there })
      assert.equal(list, command.read((io.popen("ls " .. to .. "/*.m3u8"):read("*l"))))
      assert.equal("", io.popen("find " .. to .. " -name '*.part*'"):read("*a"))
    end)

    it("goes on within a video after kill -9, and fetches nothing twice", function()
      local room = new_room()
      shop.box:control("live", { room_id = room, status = 101 })
      shop.box:control("live", { room_id = room, status = 103 })
      shop.box:control("clock", { advance = 3600 })
      local to = shop.home .. "/videos"
      local PIECE = 0.0001  -- MiB: a hundred bytes, twenty of them to a video
      local words = { "replays", tostring(room), "--to", to, "--piece", tostring(PIECE),
        "--concurrency", "1" }
      local function fetched()
        local bytes = {}
        for _, entry in ipairs(shop.box:control("log").entries) do
          if entry.path:find("/_sandbox/video/.*[^8]$") then
            table.insert(bytes, entry.bytes)
          end
        end
        return bytes
      end
      local kills = 0
      for wanted = 10, 60, 10 do
        local child = shop:start(words)
        await(function() return #fetched() >= wanted or child:has_ended() end)
        kills = kills + (child:has_ended() and 0 or 1)
        child:signal("KILL")
        child:finish()
      end
      run(words)
      assert.is_true(kills >= 3, kills .. " kills")
      local sum = 0
      for _, bytes in ipairs(fetched()) do
        sum = sum + bytes
      end
      local pipe = io.popen("cat " .. to .. "/*/*.ts " .. to .. "/*.mp4 | wc -c; find " .. to
        .. " -name '*.part*' | wc -l")
      local size = pipe:read("*n")
      assert.equal(0, pipe:read("*n"))
      pipe:close()
      assert.is_true(sum <= size + kills * 105, ("%d bytes for %d"):format(sum, size))
      assert.is_true(sum >= size)
    end)

    it("ends with status 3 before the replay is made: nothing was fetched", function()
      local done, got = run({ "replays", tostring(new_room(101)), "--to", shop.home .. "/none" }, 3)
      assert.equal(0, done.files)
      assert.is_truthy(got.err:find("no_replays", 1, true), got.err)
    end)
  end)

  describe("diff", function()
    it("tells what is missing, unknown and different", function()
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 3))
      run { "apply", sheet }
      assert.same({}, run { "diff" , "--kind", "rooms" })
      local ids = {}
      for _, goods in ipairs(shop:state().goods) do
        ids[goods.url:match("%d+$")] = goods.id
      end
      ask("goods_delete", { goods_id = ids["1"] })
      ask("goods_update", { goods_id = ids["2"], price_type = 1, price = 9.5 })
      new_room()
      local told = {}
      for _, row in ipairs((run({ "diff", "--unknown" }, 3))) do
        told[#told + 1] = row.kind .. " " .. row.what .. " " .. row.detail
      end
      table.sort(told)
      assert.same({ "goods differs price: 2.5 -> 9.5", "goods missing ", "rooms unknown " },
        { told[#told - 2], told[#told - 1], told[#told] })
      -- What is gone is not made again behind anybody's back, unless it is asked for.
      assert.equal(0, run({ "apply", sheet }).created)
      run { "diff", "--forget" }
      assert.equal(1, run({ "apply", sheet }).created)
    end)
  end)

  describe("watch", function()
    it("tells each change once, and runs the hook", function()
      local room = new_room()
      shop.box:control("audit", { manual = true })
      local sheet = shop:sheet("goods.csv", shops.goods_lines(1, 2))
      run { "apply", sheet }
      local log = shop.home .. "/hook.log"
      local hook = shop.home .. "/hook.lua"
      command.write(hook, ([[
        local function note(event, live)
          assert(live.get_live_info)
          local file = io.open(%q, "a")
          file:write(event.name, " ", tostring(event.key or event.room_id), "\n")
          file:close()
          return true
        end
        return { default = note, goods_rejected = function(event, live)
          if not io.open(%q) then return nil, "not yet" end
          return note(event, live)
        end }
      ]]):format(log, shop.home .. "/ready"))
      local function look()
        local _, got = run { "watch", "--once", "--hook", hook }
        return lines_of(got.out), got
      end
      assert.same({}, (look()))
      for i, goods in ipairs(shop:state().goods) do
        shop.box:control("audit", { goods_id = goods.id, approve = i == 1 })
      end
      shop.box:control("live", { room_id = room, status = 101 })
      local events, got = look()
      assert.equal(3, #events)
      assert.is_truthy(got.err:find("did not accept goods_rejected: not yet", 1, true))
      -- What was not taken comes again; the rest does not.
      command.write(shop.home .. "/ready", "")
      events = look()
      assert.equal(1, #events)
      assert.same({ "goods_rejected", 3, 1 },
        { events[1].name, events[1].state, events[1].before })
      assert.same({}, (look()))
      shop.box:control("live", { room_id = room, status = 103 })
      assert.equal("room_ended", look()[1].name)
      shop.box:control("clock", { advance = 3600 })
      events = look()
      assert.equal("replay_ready", events[1].name)
      assert.equal(2, #events[1].segments)
      assert.same({}, (look()))
      local text = command.read(log)
      assert.equal(1, select(2, text:gsub("goods_approved pages/goods/index", "")))
      assert.equal(1, select(2, text:gsub("room_started " .. room .. "\n", "")))
      assert.equal(1, select(2, text:gsub("replay_ready " .. room .. "\n", "")))
    end)

    it("ends on Ctrl-C, and says what is wrong with a hook", function()
      local child = shop:start { "watch", "--every", "1", "--json" }
      await(function() return shop:calls("/wxa/business/getliveinfo") > 0 end)
      child:signal("INT")
      assert.equal(0, child:finish().status)
      local hook = shop.home .. "/bad.lua"
      command.write(hook, "return 5")
      local _, got = run({ "watch", "--once", "--hook", hook }, 2)
      assert.is_truthy(got.err:find("neither a function nor a table", 1, true))
    end)
  end)

  it("shows rooms and goods at a glance", function()
    new_room()
    new_room(101)
    run { "apply", shop:sheet("goods.csv", shops.goods_lines(1, 2)) }
    assert.equal(2, #run { "rooms" })
    assert.equal(1, #run { "rooms", "--state", "live" })
    run({ "rooms", "--state", "lvie" }, 2)
    assert.equal(2, #run { "goods" })
    assert.equal(0, #run { "goods", "--state", "rejected" })
    local got = shop:run { "rooms", "--table" }
    assert.is_truthy(got.out:find("not started", 1, true))
    assert.is_nil(got.out:find("\27", 1, true))
    got = shop:run({ "goods", "--table" }, { WXLIVE_LANG = "zh" })
    assert.is_truthy(got.out:find("审核", 1, true))
  end)

  it("completes itself in bash", function()
    local got = shop:run { "completion", "bash" }
    assert.equal(0, got.status)
    command.write(shop.home .. "/complete", got.out .. [[
      COMP_WORDS=(wxlive apply --le) COMP_CWORD=2; _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive noti) COMP_CWORD=1; _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive --config mine rundown run --reh) COMP_CWORD=5
      _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive --config = mine rundown "") COMP_CWORD=5; _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive help submi) COMP_CWORD=2; _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive call goods_pu) COMP_CWORD=2; _wxlive; echo "${COMPREPLY[*]}"
      COMP_WORDS=(wxlive desk --ro) COMP_CWORD=2; _wxlive; echo "${COMPREPLY[*]}none"
    ]])
    assert.equal("--ledger\nnotify\n--rehearse\ncheck report run\nsubmit\ngoods_push\nnone\n",
      command.run { "bash", shop.home .. "/complete" }.out)
  end)

  it("completes itself in zsh, as typed at a terminal", function()
    command.write(shop.home .. "/complete", shop:run({ "completion", "zsh" }).out)
    command.write(shop.home .. "/typed", ([[
      zmodload zsh/zpty
      zpty z zsh -f
      zpty -w z 'autoload -Uz compinit && compinit -u -d %s/dump; source %s/complete; echo RE""ADY'
      zpty -r -m z shown '*READY*'
      zpty -w -n z $'wxlive noti\t'
      zpty -r -m z shown '*notify*'
      zpty -w -n z $'\x15wxlive apply --le\t'
      zpty -r -m z shown '*--ledger*'
      zpty -w -n z $'\x15wxlive rundown run --reh\t'
      zpty -r -m z shown '*--rehearse*'
      print all there
    ]]):format(shop.home, shop.home))
    local got = command.run { "timeout", "30", "zsh", "-f", shop.home .. "/typed" }
    assert.equal("all there\n", got.out)
  end)

  it("has help for each that needs no other page", function()
    for _, name in ipairs { "diff", "watch", "replays", "notify", "rooms", "goods",
      "completion" } do
      local got = shop:run { name, "--help" }
      assert.equal(0, got.status)
      assert.is_truthy(got.out:find("Usage: wxlive " .. name, 1, true), got.out)
    end
  end)
end)
