-- wxlive sandbox --component: a third-party platform beside the shops.
local curl = require "spec.support.curl"
local json = require "wxlive.json"
local listeners = require "spec.support.servers.listener"
local process = require "spec.support.process"
local sandboxes = require "wxlive.sandbox"

describe("wxlive sandbox --component", function()
  local directory, child

  after_each(function()
    child:stop()
    process.remove(directory)
  end)

  -- Starts it; gives the address, and everything that it printed.
  local function start(arguments, env)
    local base_url, text
    directory = process.directory()
    env.PATH = os.getenv("PATH")
    child = process.start {
      directory = directory, command = listeners.command(env, arguments),
      ready = function()
        text = process.read(directory .. "/process.log") or ""
        base_url = text:match("WXLIVE_BASE_URL=(http://127%.0%.0%.1:%d+)\n")
        return base_url and text:find("/console\n", 1, true)
      end,
    }
    return base_url, text
  end

  local function component(base_url)
    local answer = curl.send(curl.post(base_url .. "/_sandbox/component", {}))
    return json.decode(answer.body)
  end

  it("prints what the other side must set", function()
    local base_url, text = start({ "sandbox", "--component" }, {
      WXLIVE_COMPONENT_APPID = false, WXLIVE_COMPONENT_SECRET = false,
      WXLIVE_COMPONENT_TOKEN = false, WXLIVE_COMPONENT_AES_KEY = false,
    })
    local own = sandboxes.COMPONENT
    for name, value in pairs { APPID = own.appid, SECRET = own.secret, TOKEN = own.token,
      AES_KEY = own.aes_key } do
      assert.truthy(text:find(("\nexport WXLIVE_COMPONENT_%s=%s\n"):format(name, value), 1, true))
    end
    assert.same({ own.appid, nil }, { component(base_url).appid, component(base_url).url })
  end)

  it("takes what is set, does not show it, and pushes to the URL", function()
    local base_url, text = start({ "sandbox", "--component", "http://127.0.0.1:9/push?a=1" }, {
      WXLIVE_COMPONENT_APPID = "wxc1111111111111c1", WXLIVE_COMPONENT_SECRET = "my-own-secret",
      WXLIVE_COMPONENT_TOKEN = "my-own-token", WXLIVE_COMPONENT_AES_KEY = ("B"):rep(43),
    })
    assert.is_nil(text:find("COMPONENT", 1, true) or text:find("my-own", 1, true))
    local settings = component(base_url)
    assert.same({ "wxc1111111111111c1", "http://127.0.0.1:9/push?a=1",
      "http://127.0.0.1:9/push?a=1&appid=$APPID$" },
      { settings.appid, settings.url, settings.message_url })
  end)
end)
