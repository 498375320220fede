--- WeChat ids and names on the sandbox. There are no real people: the form of an id decides how the
--- sandbox treats it.
--
--   unverified...   has not passed the real-name check
--   nobody...       does not exist
local tables = require "wxlive.base.tables"

local M = {}

--- A WeChat id: 6 to 20 letters, digits, underscores and dashes, a letter first.
function M.is_wechat(id)
  return #id >= 6 and #id <= 20 and id:find("^%a[%w_-]*$") ~= nil
end

function M.is_verified(id)
  return not id:lower():find("^unverified")
end

function M.exists(id)
  return not id:lower():find("^nobody")
end

local banned = { "违规", "违禁", "forbidden" }

--- Whether a text holds a word that the platform's content check would stop at.
function M.has_banned_word(text)
  text = text:lower()
  return tables.find(banned, function(word) return text:find(word, 1, true) end) ~= nil
end

--- The same made-up openid for the same id, every time.
function M.openid(id)
  local sum = 7
  for i = 1, #id do
    sum = (sum * 31 + id:byte(i)) % 2147483647
  end
  return ("oSANDBOX%010d%s"):format(sum, (id:gsub("[^%w]", ""):sub(1, 10)))
end

--- First and last two characters of an id, as listings show it.
function M.masked(id)
  return id:sub(1, 2) .. "****" .. id:sub(-2)
end

function M.avatar(id)
  return "http://wx.qlogo.cn/mmhead/sandbox/" .. M.openid(id) .. "/0"
end

return M
