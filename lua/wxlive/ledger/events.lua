--- The history of rows: what was done with each, when and by which worker. wxlive.ledger takes over
--- these methods.
local json = require "wxlive.json"

---@class wxlive.Ledger
local Events = {}

--- An entry in the history of a row, for note_all.
---@param item { kind: string, key: string }
---@param action string
---@param answer table?
---@return table entry
function Events:entry(item, action, answer)
  return { self.now() + 0.0, self.worker, self.appid, item.kind, item.key, action,
    answer and assert(json.encode(answer)) }
end

--- Adds entries to the histories of rows.
---@param entries table[]
---@return integer? added
---@return wxlive.Error? err
function Events:note_all(entries)
  return self.db:change_all("INSERT INTO event (at, worker, appid, kind, key, action, answer)"
    .. " VALUES %s", 7, entries)
end

--- The history of a row, oldest first: { at, worker, action, answer }.
function Events:history(kind, key)
  local rows, err = self.db:run("SELECT at, worker, action, answer FROM event WHERE appid = ?"
    .. " AND kind = ? AND key = ? ORDER BY at", self.appid, kind, key)
  if not rows then
    return nil, err
  end
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = { at = row[1], worker = row[2], action = row[3],
      answer = row[4] and json.decode_wire(row[4]) }
  end
  return list
end

return Events
