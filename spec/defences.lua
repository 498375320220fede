--- The defences of docs/threat-model.md, each with the change that takes it away and the test that
--- then fails. scripts/dev/undefended tries them; spec/defences_spec.lua keeps them in step with
--- the tree and the pages.
---@class spec.Defence
---@field id string     the last column of the pages' tables
---@field file string   where the defence is
---@field old string    the defence: text that is there exactly once
---@field new string    the same without it, for a compiler as well
---@field test { kind: "ctest"|"busted"|"nginx", file: string, name: string,
---  declared: string? }

---@type spec.Defence[]
local list = {}
for _, part in ipairs { "callbacks", "answers", "requests", "secrets", "storage", "machine" } do
  for _, defence in ipairs(require("spec.defences." .. part)) do
    list[#list + 1] = defence
  end
end

return list
