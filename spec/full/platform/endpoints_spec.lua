--- Every endpoint for a shop of a third-party platform, with its token; and a signed one.
local catalogue = require "wxlive.catalogue"
local components = require "wxlive.sandbox.world.component"
local crypto = require("wxlive.core").signature
local examples = require "spec.support.endpoint_examples"
local memory = require "wxlive.store.memory"
local platforms = require "wxlive.platform"
local process = require "spec.support.process"
local sandbox = require "wxlive.sandbox"
local vaults = require "wxlive.platform.vault.memory"
local worlds = require "spec.support.platform"

local KEYS = "core/test/data/keys/"

describe("for a shop,", function()
  local box, platform, live

  setup(function()
    box = assert(sandbox.start { clock = examples.NOW, component = true })
  end)

  teardown(function()
    box:stop()
  end)

  before_each(function()
    assert(box:control("reset"))
    assert(box:control("clock", { set = examples.NOW, frozen = true }))
    local own = components.DEFAULTS
    platform = assert(platforms.new {
      component_appid = own.appid, component_secret = own.secret, base_url = box.base_url,
      vault = vaults.new(), vault_key = worlds.KEY, token_store = memory.new(), lookup = false,
      clock = function() return examples.NOW end, retry = { attempts = 1 },
    })
    local ticket = assert(box:control("ticket")).ticket
    assert(platform.records:keep_ticket(ticket, examples.NOW, examples.NOW))
    -- The account that controls of the sandbox are about.
    local consent = assert(box:control("consent", { appid = box.appid }))
    live = assert(platform:authorize(consent.auth_code))
  end)

  for _, entry in ipairs(catalogue.list) do
    if entry.auth == "token" then
      it(entry.name .. " works", function()
        examples.begin(box, live)
        examples.works(entry)
      end)
    end
  end

  it("calls are signed with the shop's own keys", function()
    local function read(name)
      return assert(process.read(KEYS .. name))
    end
    local key = crypto.encode(("k"):rep(32))
    assert(box:control("api_signature", {
      key = key, key_number = "sn1", public_key = read("rsa.pub.pem"),
      private_key = read("other.pem"), serial = "platform-2", required = true,
    }))
    local signing = assert(platform:shop(box.appid, { api_signature = {
      calls = { "clear_quota" }, key = key, key_number = "sn1",
      private_key = read("rsa.pem"), certificates = { ["platform-2"] = read("other.pub.pem") },
    } }))
    assert(signing:clear_quota())
    local none, err = live:clear_quota()
    assert.is_nil(none)
    assert.is_number(err.code)
  end)
end)
