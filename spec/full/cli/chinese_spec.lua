-- The commonest failures as Chinese operators read them: the whole line in Chinese, apart from
-- names and what the system, libcurl or the platform says, and with something to do.
local command = require "spec.support.command"
local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"

describe("wxlive in Chinese", function()
  local box, home

  setup(function()
    box = assert(sandbox.start {})
    home = command.directory()
    command.write(home .. "/goods.csv",
      "name,price_type,price,url,cover_img_url\n苹果,1,1.00,pages/a,missing.jpg\n")
    command.write(home .. "/junk.db", ("this is not a database "):rep(50))
    command.write(home .. "/backup", "not a backup\n")
  end)

  teardown(function()
    box:stop()
    command.remove(home)
  end)

  local function said(arguments, more)
    local env = command.settings(box, {
      XDG_CACHE_HOME = home, XDG_CONFIG_HOME = home, XDG_STATE_HOME = home, WXLIVE_LANG = "zh",
      WXLIVE_LEDGER = home .. "/ledger.db", https_proxy = false, HTTPS_PROXY = false,
    })
    for name, value in pairs(more or {}) do
      env[name] = value
    end
    local got = command.hasty(arguments, { env = env })
    assert.is_true(got.status ~= 0, got.out)
    return got.err
  end

  -- What may be English: names, what is quoted in brackets, and what stands behind the last colon
  -- before the hint, which is of the system or of a driver.
  local function is_chinese(line)
    local text = line:gsub("^wxlive: ", ""):gsub("（[^（）]*）", ""):gsub("%b[]", "")
      :gsub("：[%w%p ]-；", "；"):gsub("%f[%w_./:][%w_./:-]+ ", "")
    assert.is_nil(text:find("%a%a%a+ %a%a%a+"), text)
    assert.is_truthy(text:find("；.*[请可]") or text:find("用 "), line)
  end

  local function expect(pattern, arguments, more)
    local line = said(arguments, more)
    assert.is_truthy(line:find(pattern, 1, true), line)
    is_chinese(line:match("([^\n]*)\n$"))
  end

  local rooms = { "get_live_info", "--timeout", "2" }

  it("says what is wrong with the network", function()
    local nowhere = "127.0.0.1:" .. process.free_port()
    local function fails(pattern, more)
      more.XDG_CACHE_HOME = home .. "/" .. #pattern
      expect(pattern, rooms, more)
    end
    fails("：无法连接 " .. nowhere .. "（", { WXLIVE_BASE_URL = "http://" .. nowhere })
    fails("无法解析 no.such.host.invalid:443 的域名",
      { WXLIVE_BASE_URL = "https://no.such.host.invalid" })
    fails(" 的 TLS 握手失败（", { WXLIVE_BASE_URL = (box.base_url:gsub("^http:", "https:")) })
    command.write(home .. "/proxy.conf", "proxy = http://" .. nowhere .. "\n")
    fails("无法连接代理 " .. nowhere, {
      WXLIVE_BASE_URL = "https://api.weixin.qq.com", WXLIVE_CONFIG = home .. "/proxy.conf",
    })
    command.write(home .. "/proxy.conf", "proxy = gopher://" .. nowhere .. "\n")
    fails("不支持 gopher 类型的代理；请修正配置项 proxy", { WXLIVE_CONFIG = home .. "/proxy.conf" })
    assert(box:control("fault", { on = "get_live_info", kind = "delay", seconds = 4, times = 4 }))
    fails("未在规定时间内应答", {})
    assert(box:control("faults", { clear = true }))
    assert(box:control("fault", { on = "get_live_info", kind = "http", status = 502, times = 4 }))
    fails("平台返回 HTTP 502：应答不是 JSON：", {})
    assert(box:control("faults", { clear = true }))
  end)

  it("says what the platform refuses, in its words, too", function()
    expect("AppSecret 不对 [invalid appsecret]", rooms,
      { WXLIVE_SECRET = ("f"):rep(32), XDG_CACHE_HOME = home .. "/secret" })
    for code, pattern in pairs {
      [40164] = "IP 不在白名单", [45009] = "当日调用额度用尽", [48001] = "没有此接口权限",
    } do
      assert(box:control("fault", { on = "get_live_info", kind = "errcode_before", code = code }))
      expect(pattern, rooms)
    end
    expect("找不到该直播间", { "get_push_url", "99" })
  end)

  it("says what is wrong with ledgers, sheets and stores", function()
    local sheet = home .. "/goods.csv"
    for location, pattern in pairs {
      [home .. "/no/such/l.db"] = "请检查台账的路径，目录须已存在且可写",
      [home .. "/junk.db"] = "：Error preparing statement handle: file is not a database（",
      ["mysql://u@h/d"] = "台账不可用：不支持以 mysql: 开头的地址；请给出文件路径",
      [home .. "/"] = "台账不可用：不能是目录：",
      ["postgresql://u@127.0.0.1:1/d"] = "请检查服务器与台账的地址",
    } do
      expect(pattern, { "apply", sheet, "--ledger", location })
    end
    expect("无法打开表格：", { "plan", home .. "/none.csv" })
    local line = said({ "plan", sheet }, {})
    assert.is_truthy(line:find("missing.jpg：无法打开文件（No such file or directory）；请检查路径", 1,
      true), line)
    assert.is_truthy(said(rooms, {
      WXLIVE_TOKEN_STORE = "redis://127.0.0.1:1", WXLIVE_BASE_URL = "http://127.0.0.1:1",
    }):find("令牌存储不可用：无法连接 Redis（", 1, true))
  end)

  it("says what is wrong with settings, accounts, vaults and ports", function()
    expect("无法读取设置：", { "listen", "--config", home .. "/none.conf" })
    expect("没有名为 tea 的账号或分组", { "rooms", "--account", "tea" })
    expect("备份文件第 1 行已损坏", { "platform", "import", home .. "/backup" }, {
      WXLIVE_COMPONENT_APPID = "wx1234567890abcdef", WXLIVE_COMPONENT_SECRET = ("a"):rep(32),
      WXLIVE_VAULT_KEY = ("a"):rep(64),
    })
    expect("沙箱：无法监听 127.0.0.1:", { "sandbox", "--port", box.base_url:match("%d+$") })
  end)
end)
