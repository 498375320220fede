-- Servers that are there and do not answer.
local httpd = require "wxlive.httpd"
local ledgers = require "wxlive.ledger"
local system = require("wxlive.core").system

describe("a database", function()
  it("whose server takes connections and says nothing is an error after some seconds", function()
    -- What nothing polls, the system accepts, and nothing answers.
    local silent, since = assert(httpd.listen {}), system.monotonic()
    local ledger, err = ledgers.open(("postgresql://wxlive@127.0.0.1:%d/x"):format(silent:port()),
      { appid = "wx1" })
    assert.is_nil(ledger)
    assert.equal("ledger_failed", err.name)
    assert.is_true(system.monotonic() - since < 60)
    silent:close()
  end)
end)
