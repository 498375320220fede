--- Temporary tables for one reading of a sheet or of the platform's list. They are on disk, for a
--- hundred thousand rows; only this connection sees them, and they are lost when it breaks.

---@class wxlive.Ledger
local Scratch = {}

-- Makes temporary tables, or empties them. tables: name -> columns
local function begin(self, tables)
  for name, columns in pairs(tables) do
    local ok, err = self.db:temporary_table(("CREATE TEMPORARY TABLE IF NOT EXISTS %s (%s)")
      :format(name, columns))
    if ok then
      ok, err = self.db:run("DELETE FROM " .. name)
    end
    if not ok then
      return nil, err
    end
  end
  return true
end

--- Begins a reading of a sheet.
---@return true? ok
---@return wxlive.Error? err
function Scratch:begin_sheet()
  return begin(self, {
    sheet_key = "key TEXT PRIMARY KEY, line INTEGER NOT NULL",
    sheet_new = "identity TEXT NOT NULL, key TEXT NOT NULL, line INTEGER NOT NULL,"
      .. " wanted TEXT NOT NULL, rooms TEXT, PRIMARY KEY (identity, key)",
    -- The path of a picture's content on this machine.
    picture = "digest TEXT PRIMARY KEY, path TEXT NOT NULL",
  })
end

--- Notes the keys of rows of the sheet. Gives the line that has each of them, which is that of an
-- earlier row when the sheet has a key twice.
---@param rows table[]   { key, line }
---@return table<string, integer>? lines
---@return wxlive.Error? err
function Scratch:note_keys(rows)
  local new, err = self.db:change_all("INSERT INTO sheet_key (key, line) VALUES %s"
    .. " ON CONFLICT (key) DO NOTHING", 2, rows)
  if not new then
    return nil, err
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local line = row[2]
    if new < #rows then
      line, err = self.db:count("SELECT line FROM sheet_key WHERE key = ?", row[1])
    end
    if not line then
      return nil, err
    end
    lines[row[1]] = line
  end
  return lines
end

--- Notes rows of the sheet whose keys the ledger does not know.
---@param rows table[]   { identity (its page, or its name and start), key, line, wanted, rooms }
function Scratch:note_new(rows)
  return self.db:change_all("INSERT INTO sheet_new (identity, key, line, wanted, rooms) VALUES %s"
    .. " ON CONFLICT (identity, key) DO NOTHING", 5, rows)
end

--- Takes a noted row with this identity: no second call gets it.
---@return { key: string, line: integer, wanted: string, rooms: string? }? row
---@return wxlive.Error? err
function Scratch:take_new(identity)
  local found, err = self.db:records({ "key", "line", "wanted", "rooms", whole = { "line" } },
    "SELECT %s FROM sheet_new WHERE identity = ? ORDER BY line LIMIT 1", identity)
  local row = found and found[1]
  local ok
  if row then
    ok, err = self.db:change("DELETE FROM sheet_new WHERE identity = ? AND key = ?", identity,
      row.key)
  end
  return ok and row, err
end

--- Records the paths of pictures for as long as this connection lasts.
---@param rows table[]   { digest, path }, each digest once
function Scratch:note_pictures(rows)
  return self.db:change_all("INSERT INTO picture (digest, path) VALUES %s"
    .. " ON CONFLICT (digest) DO UPDATE SET path = excluded.path", 2, rows)
end

--- The path of a picture's content, from the last staging.
---@return string? path
function Scratch:picture(digest)
  return self.db:one("SELECT path FROM picture WHERE digest = ?", digest)
end

--- The pictures of the last staging: { digest, path }.
---@return table[]? rows
---@return wxlive.Error? err
function Scratch:pictures()
  return self.db:run("SELECT digest, path FROM picture ORDER BY digest")
end

--- Begins a reading of the platform's list.
function Scratch:begin_listing()
  return begin(self, { listed = "id TEXT PRIMARY KEY" })
end

--- Notes that the platform lists a thing.
function Scratch:note_listed(id)
  return self.db:change("INSERT INTO listed (id) VALUES (?) ON CONFLICT (id) DO NOTHING", id)
end

return Scratch
