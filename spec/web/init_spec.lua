-- What the pages for a browser have in common.
local web = require "wxlive.web"

describe("a page for a browser", function()
  it("speaks the first language of the browser that there is", function()
    local language = web.language
    assert.same({ "en", "en", "zh-CN", "zh-CN", "en", "zh-CN" }, {
      language(nil), language("fr-FR,de;q=0.5"), language("zh-CN,zh;q=0.9,en;q=0.8"),
      language("fr, zh-Hant;q=0.7, en;q=0.3"), language("en-GB,zh;q=0.9"),
      language("en;q=0.2,zh-TW"),
    })
  end)

  it("allows its own script, of this answer, and nothing else", function()
    local request = { headers = {} }
    local html = '<body>@facts@'
    local facts = web.data { name = "</script><script>" }
    local parts = { title = "a page", colour = "123456", style = "a{}", facts = facts }
    local one, other = web.page(request, html, parts), web.page(request, html, parts)
    local nonce = one.body:match('nonce="(%x+)"')
    local policy = one.headers["Content-Security-Policy"]
    assert.equal(32, #nonce)
    assert.is_nil(other.body:find(nonce, 1, true))
    assert.is_truthy(policy:find("script-src 'nonce-" .. nonce .. "';", 1, true))
    assert.is_truthy(policy:find("default-src 'none';", 1, true))
    assert.is_truthy(policy:find("frame-ancestors 'none'", 1, true))
    assert.is_nil(policy:find("unsafe", 1, true))
    assert.is_nil(one.body:find("<script", 1, true))
    assert.is_truthy(one.body:find('<html lang="en">', 1, true))
    assert.is_truthy(one.body:find("<title>a page</title>", 1, true))
    assert.is_nil(one.body:find("@%l+@"))
    assert.same({ 200, "no-store", "nosniff", "no-referrer" }, { one.status,
      one.headers["Cache-Control"], one.headers["X-Content-Type-Options"],
      one.headers["Referrer-Policy"] })
  end)
end)
