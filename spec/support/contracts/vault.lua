--- The contract of every vault; see wxlive.platform.vault.
local assert = require "luassert"

---@param busted table   describe, it, before_each
---@param name string
---@param new fun(): table          an empty vault
---@param again (fun(): table)?     the same vault as another process opens it
return function(busted, name, new, again)
  busted.describe(name .. " as a vault", function()
    local vault

    busted.before_each(function()
      vault = new()
    end)

    busted.it("gives what was put", function()
      assert.is_nil((vault:get("a:shop:wx1")))
      assert.is_true(vault:put("a:shop:wx1", "one"))
      assert.equal("one", vault:get("a:shop:wx1"))
      assert.is_true(vault:put("a:shop:wx1", "two"))
      assert.equal("two", vault:get("a:shop:wx1"))
    end)

    busted.it("changes a value only while it is the one that was read", function()
      assert.is_true(vault:swap("a", nil, "one"))
      assert.is_false(vault:swap("a", nil, "two"))
      assert.is_false(vault:swap("a", "other", "two"))
      assert.equal("one", vault:get("a"))
      assert.is_true(vault:swap("a", "one", "two"))
      assert.equal("two", vault:get("a"))
      assert.is_false(vault:swap("b", "one", "two"))
      assert.is_nil((vault:get("b")))
    end)

    busted.it("deletes", function()
      assert.is_false(vault:delete("a"))
      vault:put("a", "one")
      assert.is_true(vault:delete("a"))
      assert.is_nil((vault:get("a")))
      assert.is_true(vault:swap("a", nil, "two"))
    end)

    busted.it("lists names by their beginning, sorted", function()
      for _, key in ipairs { "c:shop:wx2", "c:shop:wx1", "c:key", "d:shop:wx3", "C:shop:wx4" } do
        vault:put(key, "x")
      end
      assert.same({ "c:shop:wx1", "c:shop:wx2" }, vault:names("c:shop:"))
      assert.same({ "c:key", "c:shop:wx1", "c:shop:wx2" }, vault:names("c:"))
      assert.same({}, vault:names("e:"))
    end)

    busted.it("carries values of any bytes that a sealed record has, and long ones", function()
      local value = 'v1.0a.{"iv":"+/=","data":"' .. ("x'\\%?"):rep(2000) .. '"}'
      vault:put("a", value)
      assert.equal(value, vault:get("a"))
      assert.is_true(vault:swap("a", value, "b"))
    end)

    if again then
      busted.it("is the same to another process", function()
        vault:put("a", "one")
        local other = again()
        assert.equal("one", other:get("a"))
        assert.is_true(other:swap("a", "one", "two"))
        assert.is_false(vault:swap("a", "one", "three"))
        assert.equal("two", vault:get("a"))
      end)
    end
  end)
end
