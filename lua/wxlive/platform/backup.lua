--- A platform's vault as text, for a backup, and back. The records stay sealed: only the vault's
--- key opens the text, and belongs in another place.
--
-- One JSON object a line: first { wxlive_vault = 1, component_appid }, then { name, value } each.
local Error = require "wxlive.error"
local json = require "wxlive.json"
local both = require("wxlive.text.sentence").both

local M = {}

local VERSION = 1

local function invalid(message)
  return Error.fail {
    kind = "invalid", name = "bad_backup", sent = false,
    message = both("the backup %s", "备份文件%s"):format(message),
    hint = "give what `wxlive platform export` wrote, whole",
    hint_zh = "请提供 wxlive platform export 输出的完整文件",
  }
end

--- Writes all records, line by line.
---@param records wxlive.platform.Records
---@param component_appid string
---@param write fun(line: string)
---@return integer? count
---@return wxlive.Error? err
function M.export(records, component_appid, write)
  local names, err = records:names()
  if not names then
    return nil, err
  end
  write(json.encode { wxlive_vault = VERSION, component_appid = component_appid })
  local count = 0
  for _, name in ipairs(names) do
    local record, why, text = records:read(name)
    if why then
      return nil, why
    elseif record then
      write(json.encode { name = name, value = text })
      count = count + 1
    end
  end
  return count
end

-- All records of a text, opened: nothing is written before the last one has proved to be whole.
local function read(records, component_appid, text)
  local list, head = {}, nil
  for line in text:gmatch("[^\r\n]+") do
    local row = json.decode(line)
    if type(row) ~= "table" then
      return invalid(both("is broken in line %d", "第 %d 行已损坏"):format(#list + 1))
    elseif not head then
      head = row
      if row.wxlive_vault ~= VERSION then
        return invalid(both("is none of a vault", "不是保险库的备份"))
      elseif row.component_appid ~= component_appid then
        return invalid(both("is of component %s, not of %s", "属于第三方平台 %s，而不是 %s")
          :format(tostring(row.component_appid), component_appid))
      end
    elseif type(row.name) ~= "string" or type(row.value) ~= "string" then
      return invalid(both("is broken in line %d", "第 %d 行已损坏"):format(#list + 2))
    else
      local record, err = records:unseal(row.name, row.value)
      if not record then
        return nil, err
      end
      list[#list + 1] = { name = row.name, record = record }
    end
  end
  if not head then
    return invalid(both("is empty", "为空"))
  end
  return list
end

--- Takes records over. What the vault holds already stays as it is, because it is newer, unless
--- `replace` is set.
---@param records wxlive.platform.Records
---@param component_appid string
---@param text string
---@param replace boolean?
---@return { taken: integer, kept: integer }? summary
---@return wxlive.Error? err
function M.import(records, component_appid, text, replace)
  local list, err = read(records, component_appid, text)
  if not list then
    return nil, err
  end
  local summary = { taken = 0, kept = 0 }
  for _, row in ipairs(list) do
    local taken
    local done, why = records:change(row.name, function(record)
      taken = replace or record == nil
      return taken and row.record or nil
    end)
    if done == nil then
      return nil, why
    end
    local name = taken and "taken" or "kept"
    summary[name] = summary[name] + 1
  end
  return summary
end

return M
