--- Whether the platform takes a file as temporary media: judged on this machine, before anything is
--- sent, by the file's size and the whole of its content.
local compat = require "wxlive.base.compat"
local core = require "wxlive.core"
local files = require "wxlive.media.file"
local pictures = require "wxlive.media.picture"
local reasons = require "wxlive.text.reasons"
local sentence = require "wxlive.text.sentence"
local tables = require "wxlive.base.tables"

local M = {}

local both, compose = sentence.both, sentence.compose

local KB, MB = 1024, 1048576

--- The limits of each type of media: at most `bytes`, of one of these `contents`. Facts:
--- uploadTempMedia of the official pages.
---@type table<string, { bytes: integer, contents: string[] }>
M.types = {
  image = { bytes = 10 * MB, contents = { "PNG", "JPEG", "GIF" } },
  thumb = { bytes = 64 * KB, contents = { "JPEG" } },
  voice = { bytes = 2 * MB, contents = { "AMR", "MP3" } },
  video = { bytes = 10 * MB, contents = { "MP4" } },
}

---@class wxlive.media.Fault
---@field name "no_file"|"bad_file"|"file_too_large"
---@field message wxlive.Sentence   in words that can follow the file's path and a colon
---@field hint string
---@field hint_zh string

local function fault(name, message, hint, hint_zh)
  return nil, { name = name, message = message, hint = hint, hint_zh = hint_zh }
end

--- An amount of bytes for people, rounded up.
---@param bytes integer
---@return string
function M.size_text(bytes)
  if bytes >= MB then
    return compat.number_text(math.ceil(bytes / MB * 10) / 10, 1) .. " MB"
  end
  return ("%d KB"):format(math.ceil(bytes / KB))
end

--- The fault of a file that is larger than a use takes.
---@param bytes integer
---@param use string|wxlive.Sentence
---@param most integer   bytes
---@return nil
---@return wxlive.media.Fault
function M.too_large(bytes, use, most)
  return fault("file_too_large", both("%s is too large: %s takes up to %s",
    "文件过大（%s）：%s 最大 %s"):format(M.size_text(bytes), use, M.size_text(most)),
    "make the file smaller", "请压缩文件")
end

-- "JPEG" -> "a JPEG"
local function with_article(content)
  return compose(both(content:find("^[AM]") and "an " or "a ", "是 "), content)
end

local function bad_content(what, contents)
  local wanted = table.concat(contents, ", "):gsub(", ([^,]*)$", " or %1")
  return fault("bad_file", both("it is %s", "文件%s"):format(what), ("give a %s file"):format(wanted),
    ("请提供 %s 文件"):format((wanted:gsub(" or ", " 或 "):gsub(", ", "、"))))
end

local function no_file(reason)
  return fault("no_file", both("the file cannot be opened (%s)", "无法打开文件（%s）"):format(
    reasons.of(reason)),
    "check the path", "请检查路径")
end

-- Sound and film are judged by their beginning, and not all formats that the platform accepts are
-- known: a file of unknown content passes.
local function judge_head(path, contents)
  local head, reason = files.head(path)
  if not head then
    return no_file(reason)
  end
  local content, other = files.content(head), pictures.foreign(head)
  if other or content and not tables.set(contents)[content] then
    return bad_content(other or with_article(content), contents)
  end
  return { type = content }
end

local function judge_picture(path, contents)
  local bytes, reason = files.read(path)
  if not bytes then
    return no_file(reason)
  end
  local picture, wrong = pictures.parse(bytes)
  if not picture then
    return bad_content(wrong, contents)
  elseif not tables.set(contents)[picture.type] then
    return bad_content(with_article(picture.type), contents)
  end
  return picture
end

--- Judges a file.
---@param path string
---@param kind "image"|"thumb"|"voice"|"video"
---@return { bytes: integer, type: string?, width: integer?, height: integer? }? file
---@return wxlive.media.Fault? fault
function M.judge(path, kind)
  local rule = M.types[kind]
  local bytes, reason = core.system.file_size(path)
  if not bytes then
    return no_file(reason)
  elseif bytes == 0 then
    return bad_content(both("empty", "为空"), rule.contents)
  elseif bytes > rule.bytes then
    return M.too_large(bytes, kind, rule.bytes)
  end
  local is_picture = kind == "image" or kind == "thumb"
  local file, wrong = (is_picture and judge_picture or judge_head)(path, rule.contents)
  if not file then
    return nil, wrong
  end
  file.bytes = bytes
  return file
end

return M
