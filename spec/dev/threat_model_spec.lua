-- Every line of the threat model names files that are there and a test that is there.
local command = require "spec.support.command"

local PAGE = "docs/threat-model.md"

-- Where the cases are that several specs share.
local SHARED = { "spec/support/contracts/store.lua" }

-- The rows of the page's tables of defences: who, what, how, where, the test.
local function rows()
  local found = {}
  for line in command.read(PAGE):gmatch("[^\n]+") do
    local cells = {}
    for cell in line:gmatch("| ([^|]*) %f[|]") do
      cells[#cells + 1] = cell
    end
    if #cells == 5 and cells[5] ~= "the test" then
      found[#found + 1] = cells
    end
  end
  return found
end

describe("the threat model", function()
  it("has a line for each defence", function()
    assert.is_true(#rows() > 130, #rows())
  end)

  it("names files that are there", function()
    for _, row in ipairs(rows()) do
      local n = 0
      for path in row[4]:gmatch("`([^`]+)`") do
        n = n + 1
        assert.is_string(command.read(path))
      end
      assert.is_true(n > 0, row[4])
    end
  end)

  it("names tests that are there", function()
    for _, row in ipairs(rows()) do
      local path, name = row[5]:match("^`([^`]+)` (.+)$")
      assert.is_string(path, row[5])
      local text = command.read(path)
      if path:find("%.c$") then
        assert.is_true(text:find("[%(%s,]" .. name .. "[%),]") ~= nil, row[5])
      else
        for _, shared in ipairs(SHARED) do
          text = text .. command.read(shared)
        end
        assert.is_true(text:find(name, 1, true) ~= nil, row[5])
      end
    end
  end)
end)
