--- The example of an endpoint with files that are there: a copy.
---@param entry table   of the catalogue
---@return table<string, any>
return function(entry)
  local params = {}
  for name, value in pairs(entry.example) do
    params[name] = value
  end
  for _, field in ipairs(entry.params) do
    if field.type == "file" then
      params[field.name] = "scripts/samples/images/cup.png"
    end
  end
  return params
end
