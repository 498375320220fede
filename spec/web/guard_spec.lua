-- Which hosts and origins a page of wxlive is there for.
local guard = require "wxlive.web.guard"

describe("a page's guard", function()
  local function host(name, names)
    return guard.host({ headers = { host = name } }, names)
  end

  it("takes the names of this machine, or those that it is given", function()
    for _, name in ipairs { "127.0.0.1", "127.0.0.1:8080", "LOCALHOST:1", "[::1]:99" } do
      assert.is_true(host(name), name)
    end
    for _, name in ipairs { "", "evil.example", "127.0.0.1.evil.example", "evil.example:8080",
      "localhost.evil.example:1", "0.0.0.0" } do
      assert.is_nil((host(name)), name)
    end
    assert.is_nil((host(nil)))
    assert.is_true(host("Admin.Example:443", { "admin.example" }))
    assert.is_nil((host("127.0.0.1", { "admin.example" })))
    assert.is_truthy(select(2, host("x", { "a.example", "b.example" }))
      :find("a.example or b.example", 1, true))
  end)

  local function change(headers, https, method)
    headers.host = headers.host or "127.0.0.1:80"
    return guard.change({ method = method or "POST", headers = headers }, https)
  end

  it("lets changes through by POST, from programs and from its own page", function()
    assert.is_true(change {})
    assert.is_true(change { origin = "http://127.0.0.1:80" })
    assert.is_true(change { origin = "http://127.0.0.1:80", ["sec-fetch-site"] = "same-origin" })
    assert.is_true(change { ["sec-fetch-site"] = "none" })
    assert.equal(405, select(3, change({}, nil, "GET")))
  end)

  it("lets none through from another page", function()
    for _, headers in ipairs {
      { origin = "http://evil.example" }, { origin = "null" }, { origin = "http://127.0.0.1:81" },
      { origin = "https://127.0.0.1:80" }, { origin = "http://127.0.0.1:80.evil.example" },
      { origin = "http://127.0.0.1:80", ["sec-fetch-site"] = "cross-site" },
      { ["sec-fetch-site"] = "cross-site" }, { ["sec-fetch-site"] = "same-site" },
    } do
      assert.equal(403, select(3, change(headers)), headers.origin or headers["sec-fetch-site"])
    end
  end)

  it("takes HTTPS for its own only where a server before it may speak it", function()
    assert.is_true(change({ origin = "https://127.0.0.1:80" }, true))
    assert.equal(403, select(3, change({ origin = "https://evil.example" }, true)))
  end)
end)
