--- The folders from which a sheet was staged. Its rows are kept under its file name; when sheets of
--- one name come from several folders, the ledger cannot tell whose rows have left.
local M = {}

local WHERE = " WHERE appid = ? AND kind = ? AND sheet = ?"

--- The other folders that sheets of this name came from. A ledger from before this was kept knows
--- none.
---@param ledger wxlive.Ledger
---@param kind "rooms"|"goods"
---@param sheet string
---@param folder string
---@return string[]? folders
---@return wxlive.Error? err
function M.others(ledger, kind, sheet, folder)
  local rows, err = ledger.db:run("SELECT folder FROM sheet_folder" .. WHERE
    .. " AND folder <> ? ORDER BY folder", ledger.appid, kind, sheet, folder)
  for i, row in ipairs(rows or {}) do
    rows[i] = row[1]
  end
  return rows, err
end

--- Records the folder of a sheet.
---@param moved boolean?   the sheet has moved here: the other folders are forgotten
---@return any ok
---@return wxlive.Error? err
function M.record(ledger, kind, sheet, folder, moved)
  local ok, err = true, nil
  if moved then
    ok, err = ledger.db:change("DELETE FROM sheet_folder" .. WHERE, ledger.appid, kind, sheet)
  end
  if ok then
    ok, err = ledger.db:change("INSERT INTO sheet_folder (appid, kind, sheet, folder)"
      .. " VALUES (?, ?, ?, ?) ON CONFLICT (appid, kind, sheet, folder) DO NOTHING", ledger.appid,
      kind, sheet, folder)
  end
  return ok, err
end

return M
