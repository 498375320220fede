-- What `apply --prune` deletes, and what it leaves alone.
local json = require "wxlive.json"
local shops = require "spec.support.shop"

describe("apply --prune", function()
  local shop

  before_each(function()
    shop = shops.open()
  end)

  after_each(function()
    shop:close()
  end)

  local function apply(lines, status)
    local done, got = shop:asked({ "apply", shop:sheet("goods.csv", lines), "--prune" }, status)
    return done, got.err
  end

  it("ends with status 3 when the platform lets something not be deleted", function()
    apply(shops.goods_lines(1, 3), 0)
    shop.box:control("fault", { on = "goods_delete", kind = "errcode_before", code = 300014,
      times = 1 })
    local done, err = apply(shops.goods_lines(1, 1), 3)
    assert.same({ 1, 1, 0 }, { done.removed, done.not_removed, done.rejected })
    assert.is_truthy(err:find("could not be deleted (rows_not_removed)", 1, true), err)
    done = apply(shops.goods_lines(1, 1), 0)
    assert.same({ 1, 0 }, { done.removed, done.not_removed })
    assert.equal(1, shop:state().counts.goods)
  end)

  it("is refused for a file of rejects, which holds a part of the rows only", function()
    local lines = shops.goods_lines(1, 3)
    lines[3], lines[4] = lines[3]:gsub("cup.png", "none.png"), lines[4]:gsub("nuts.png", "none.png")
    apply(lines, 3)
    local path = shop.home .. "/goods.rejects.csv"
    os.execute("sed -i '2s/none.png/cup.png/' " .. path)
    assert.equal(1, shop:asked({ "apply", path }, 3).created)
    -- The file holds the third row alone now: the second one has not left the sheet.
    os.execute("cp " .. path .. " " .. shop.home .. "/renamed.csv")
    for _, words in ipairs { { "plan", path }, { "apply", path }, { "submit", path },
      { "apply", shop.home .. "/renamed.csv" } } do
      local got = shop:run({ words[1], words[2], "--prune" })
      assert.equal(2, got.status, got.err)
      assert.is_truthy(got.err:find("is a file of rejects: it holds", 1, true), got.err)
    end
    assert.equal(2, shop:state().counts.goods)
  end)

  describe("of sheets with one name in different folders", function()
    local tea, nuts

    local function run(words, status, env)
      local got = shop:run(words, env)
      assert.equal(status, got.status, got.err)
      return got.out ~= "" and json.decode(got.out) or nil, got.err
    end

    before_each(function()
      for _, name in ipairs { "tea", "nuts" } do
        os.execute(("mkdir '%s/%s' && ln -s ../images '%s/%s/images'"):format(shop.home, name,
          shop.home, name))
      end
      tea = shop:sheet("tea/goods.csv", shops.goods_lines(1, 2))
      nuts = shop:sheet("nuts/goods.csv", shops.goods_lines(3, 4))
      run({ "apply", tea, "--prune", "--json" }, 0)
    end)

    it("deletes nothing of the other, also when the last run was without it", function()
      for _, command in ipairs { "plan", "apply", "submit" } do
        local _, err = run({ command, nuts, "--prune" }, 2)
        assert.is_truthy(err:find("came from " .. shop.home .. "/tea before", 1, true), err)
        assert.is_truthy(err:find("--moved", 1, true), err)
      end
      run({ "apply", nuts, "--json" }, 0)
      run({ "apply", nuts, "--prune" }, 2)
      local _, err = run({ "apply", tea, "--prune" }, 2, { WXLIVE_LANG = "zh" })
      assert.is_truthy(err:find("此前位于 " .. shop.home .. "/nuts", 1, true), err)
      assert.equal(4, shop:state().counts.goods)
    end)

    it("is one sheet that has moved when --moved says so", function()
      assert.equal(2, run({ "plan", nuts, "--prune", "--moved", "--json" }, 0).remove)
      run({ "plan", nuts, "--prune" }, 2)
      local done = run({ "apply", nuts, "--prune", "--moved", "--json" }, 0)
      assert.same({ 2, 2 }, { done.removed, done.created })
      shop:sheet("nuts/goods.csv", shops.goods_lines(4, 4))
      assert.equal(1, run({ "apply", nuts, "--prune", "--json" }, 0).removed)
    end)

    it("is one sheet under another path of its folder, and in a ledger that knows no folder",
      function()
        os.execute(("ln -s tea '%s/link'"):format(shop.home))
        shop:sheet("tea/goods.csv", shops.goods_lines(1, 1))
        local done = run({ "apply", shop.home .. "/link/goods.csv", "--prune", "--json" }, 0)
        assert.equal(1, done.removed)
        local ledger = shop:ledger()
        assert(ledger.db:change("DELETE FROM sheet_folder"))
        ledger:close()
        assert.equal(1, run({ "apply", nuts, "--prune", "--json" }, 0).removed)
      end)
  end)

  it("takes what a person has deleted for deleted", function()
    apply(shops.goods_lines(1, 3), 0)
    -- Several calls at a time: the first goods need not be those of the first row.
    local id
    for _, goods in ipairs(shop:state().goods) do
      id = goods.url:find("id=1$") and goods.id or id
    end
    assert.equal(0, shop:run({ "goods_delete", tostring(id) }).status)
    assert.equal(2, apply(shops.goods_lines(3, 3), 0).removed)
    assert.equal(1, shop:state().counts.goods)
  end)

  it("deletes nothing for a sheet without rows", function()
    apply(shops.goods_lines(1, 2), 0)
    for _, lines in ipairs { shops.goods_lines(1, 0), { "" } } do
      local _, err = apply(lines, 2)
      assert.is_truthy(err:find("goods.csv:1: the sheet has no rows", 1, true), err)
    end
    assert.equal(2, shop:state().counts.goods)
    local plan = shop:run { "plan", shop:sheet("empty.jsonl", {}), "--kind", "goods" }
    assert.equal(2, plan.status)
  end)

  it("deletes nothing while a row with a mistake may be one that seems to be gone", function()
    apply(shops.goods_lines(1, 3), 0)
    local slip = shops.goods_lines(1, 2)
    slip[3] = slip[3]:gsub("pages/", "/pages/")
    local plan = shop:run { "plan", shop:sheet("goods.csv", slip), "--prune", "--json" }
    assert.equal(3, plan.status)
    assert.same({ 0, 2, 1 }, { json.decode(plan.out).remove, json.decode(plan.out).not_in_sheet,
      json.decode(plan.out).mistakes })
    local done, err = apply(slip, 3)
    assert.same({ 0, 2, 1 }, { done.removed, done.not_removed, done.rejected })
    assert.is_truthy(err:find("nothing was deleted", 1, true), err)
    assert.equal(3, shop:state().counts.goods)
  end)

  it("rejects a change with a mistake in it, and deletes what is gone beside it", function()
    apply(shops.goods_lines(1, 3), 0)
    local slip = shops.goods_lines(1, 2)
    slip[3] = slip[3]:gsub(",1,", ",9,")
    local done, err = apply(slip, 3)
    assert.same({ 1, 0, 1 }, { done.removed, done.not_removed, done.rejected }, err)
    assert.is_truthy(err:find("(rows_rejected)", 1, true), err)
    assert.equal(0, apply(shops.goods_lines(1, 2), 0).rejected)
    assert.equal(2, shop:state().counts.goods)
  end)
end)
