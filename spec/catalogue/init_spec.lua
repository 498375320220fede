local catalogue = require "wxlive.catalogue"
local names = require "wxlive.text.names"

local types = {
  id = true, integer = true, number = true, price = true, string = true, boolean = true,
  time = true, cursor = true, file = true, list = true,
}

describe("the catalogue", function()
  it("holds the 38 live paths, the outside one and the supporting calls", function()
    local live, paths = 0, {}
    for _, entry in ipairs(catalogue.list) do
      if entry.doc:find("livebroadcast", 1, true) then
        live = live + 1
        paths[entry.key] = true
      end
    end
    local n = 0
    for _ in pairs(paths) do
      n = n + 1
    end
    assert.equal(52, #catalogue.list)
    assert.equal(39, live)
    assert.equal(38, n)
  end)

  it("has each note in both languages", function()
    for _, list in ipairs { catalogue.list, catalogue.component.list } do
      for _, entry in ipairs(list) do
        assert.equal(#(entry.notes or {}), #(entry.notes_zh or {}), entry.name)
      end
    end
  end)

  it("keeps what a third-party platform calls in its own name apart", function()
    assert.equal(7, #catalogue.component.list)
    for _, entry in ipairs(catalogue.component.list) do
      assert.is_nil(catalogue.by_name[entry.name])
      assert.is_truthy(entry.path:find("^/cgi%-bin/component/"))
      assert.equal(entry, catalogue.component.by_name[entry.name])
      assert.is_true(entry.auth == "component" or entry.auth == "none")
    end
  end)

  it("says which permission sets open a call to a third-party platform", function()
    for _, entry in ipairs(catalogue.list) do
      if entry.doc:find("livebroadcast", 1, true) then
        assert.same({ 52 }, entry.sets)
      end
    end
    assert.same({ 52 }, catalogue.by_name.apply_live_info.sets)
    assert.same({ 1, 3, 8, 9, 11, 19, 30, 31, 59, 61, 62, 100 },
      catalogue.by_name.upload_media.sets)
    assert.same({}, catalogue.by_name.get_api_quota.sets)
  end)

  local all = {}
  for _, shelf in ipairs { catalogue, catalogue.component } do
    for _, entry in ipairs(shelf.list) do
      all[#all + 1] = entry
    end
  end

  for _, entry in ipairs(all) do
    describe(entry.name, function()
      it("is complete", function()
        for _, key in ipairs { "summary", "summary_zh", "doc", "path", "group", "retry" } do
          assert.is_string(entry[key], key)
        end
        assert.is_true(entry.method == "GET" or entry.method == "POST")
        assert.is_truthy(entry.doc:find("^https://developers%.weixin%.qq%.com/"))
        assert.is_table(entry.errors)
        assert.is_table(entry.result)
        assert.is_table(entry.example)
        assert.is_truthy(({ read = 1, write = 1, create = 1, once = 1 })[entry.retry])
      end)

      it("describes every field, in snake_case, with a known type", function()
        for _, field in ipairs(entry.params) do
          assert.is_truthy(types[field.type], field.name)
          assert.equal(field.name, names.snake(field.name))
          assert.is_truthy(field.desc, field.name)
          assert.is_truthy(field.desc_zh, field.name)
          assert.is_true(field.type ~= "list" or field.of ~= nil or field.fields ~= nil)
        end
      end)

      it("has positional arguments that are fields", function()
        for _, name in ipairs(entry.args or {}) do
          assert.equal(name, entry.known[name].name)
        end
      end)

      it("takes every spelling of a field", function()
        for _, field in ipairs(entry.params) do
          assert.equal(field, entry.known[field.name])
          assert.equal(field, entry.known[field.wire])
        end
      end)
    end)
  end
end)

-- LuaJIT's compiler, where there is one.
local jit = rawget(_G, "jit")

if jit and jit.status() then
  describe("loading the catalogue", function()
    local function reload()
      local loaded = {}
      for name in pairs(package.loaded) do
        if name:find("^wxlive%.catalogue") then
          loaded[name], package.loaded[name] = package.loaded[name], nil
        end
      end
      require "wxlive.catalogue"
      for name, module in pairs(loaded) do
        package.loaded[name] = module
      end
    end

    it("makes no traces of its long loops: they run once", function()
      local info = require("jit.util").funcinfo
      local compiled = {}
      local function watch(what, _, f, pc)
        local source = what == "start" and info(f, pc).source or ""
        local file = source:match("catalogue/(%a+)%.lua$")
        if file == "init" or file == "field" then
          compiled[#compiled + 1] = info(f, pc).loc
        end
      end
      jit.attach(watch, "trace")
      local ok, err = pcall(reload)
      jit.attach(watch)
      assert(ok, err)
      assert.same({}, compiled)
    end)
  end)
end
