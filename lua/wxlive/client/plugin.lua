--- Pages of the live player, the plugin that shows rooms inside a mini program.
local compat = require "wxlive.base.compat"
local Error = require "wxlive.error"
local json = require "wxlive.json"
local options = require "wxlive.base.options"
local request = require "wxlive.client.request"
local sentence = require "wxlive.text.sentence"
local validate = require "wxlive.client.validate"

local M = {}

local both, compose = sentence.both, sentence.compose

local PAGE = "plugin-private://wx2b03c6e691cd7370/pages/live-player-plugin"

-- The player cuts off the encoded parameters after this many characters.
local PARAMS_MAX = 600

local known_options = { type = "number", custom_params = "table" }

local function invalid(field, message)
  return Error.fail {
    kind = "invalid", name = "invalid_parameters", field = field, sent = false,
    message = compose(field, " ", message),
  }
end

--- The path of a room's page, for a navigator, a card or a QR code of your own.
---@param room_id integer|string
---@param given { type: integer?, custom_params: table? }?  type 9: entered through a mini program
---   code, 10: through a card in an article; custom_params: the page hands them to the goods' pages
---@return string? path
---@return wxlive.Error? err
function M.room_path(room_id, given)
  given = given == nil and {} or given
  local ok, err = options.check("room_path", given, known_options)
  if not ok then
    return nil, err
  end
  local id
  id, err = validate.room_id(room_id)
  if not id then
    return nil, err
  end
  local path = ("%s?room_id=%s"):format(PAGE, compat.integer_text(id))
  if given.type then
    if not compat.is_integer(given.type) then
      return invalid("type", both("must be a whole number", "应为整数"))
    end
    path = path .. "&type=" .. compat.integer_text(given.type)
  end
  if given.custom_params then
    local text, reason = json.encode(given.custom_params)
    if not text then
      return invalid("custom_params", validate.words.no_json(nil, { value = reason }))
    elseif validate.encoded_length(text) > PARAMS_MAX then
      return invalid("custom_params", validate.too_long(PARAMS_MAX, validate.encoded_length(text)))
    end
    path = path .. "&custom_params=" .. request.escape(text)
  end
  return path
end

return M
