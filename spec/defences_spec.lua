-- Every line of the threat model names a defence that is there, a test that is there, and a removal
-- that scripts/dev/undefended can try.
local command = require "spec.support.command"
local defences = require "spec.defences"

local pages = { "docs/threat-model.md", "docs/zh/threat-model.md" }

local function count(text, part)
  local n, at = 0, 1
  while true do
    local from, to = text:find(part, at, true)
    if not from then
      return n
    end
    n, at = n + 1, to + 1
  end
end

-- The rows of a page's tables of defences: id -> the whole line, and the ids in order.
local function rows(path)
  local found, order = {}, {}
  for line in command.read(path):gmatch("[^\n]+") do
    local cells = line:match("^| (.*) |$")
    local ids = cells and cells:match("| ([^|]*)$")
    for id in (ids or ""):gmatch("`([%l%d-]+)`") do
      assert.is_nil(found[id], path .. " has " .. id .. " twice")
      found[id], order[#order + 1] = line, id
    end
  end
  return found, order
end

describe("the threat model", function()
  it("has defences that are there, exactly once", function()
    local seen = {}
    for _, d in ipairs(defences) do
      assert.is_nil(seen[d.id], d.id)
      seen[d.id] = true
      assert.equal(1, count(command.read(d.file), d.old), d.id .. ": " .. d.old)
      assert.is_true(d.new ~= d.old, d.id)
    end
  end)

  it("names tests that are there", function()
    for _, d in ipairs(defences) do
      local test = d.test
      local text = command.read(test.declared or test.file)
      if test.kind == "ctest" then
        assert.is_true(text:find("[%(%s,]" .. test.name .. "[%),]") ~= nil, d.id)
      else
        assert.is_true(text:find('it("' .. test.name, 1, true) ~= nil
          or text:find("it('" .. test.name, 1, true) ~= nil, d.id .. ": " .. test.name)
      end
    end
  end)

  for _, path in ipairs(pages) do
    it("agrees with " .. path, function()
      local found, order = rows(path)
      local ids = {}
      for i, d in ipairs(defences) do
        ids[i] = d.id
        local row = found[d.id] or error(path .. " lacks " .. d.id, 0)
        for _, part in ipairs { "`" .. d.file .. "`", "`" .. d.test.file .. "`" } do
          assert.is_true(row:find(part, 1, true) ~= nil, d.id .. ": " .. part .. "\n" .. row)
        end
        local words = d.test.name:gsub("%s+$", "")
        assert.is_true(row:find(words, 1, true) ~= nil, d.id .. ": " .. words .. "\n" .. row)
      end
      table.sort(ids)
      table.sort(order)
      assert.same(ids, order)
    end)
  end

  it("is in the same order in both languages", function()
    local _, english = rows(pages[1])
    local _, chinese = rows(pages[2])
    assert.same(english, chinese)
  end)
end)
