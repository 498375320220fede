--- wxlive token: the token that calls use, where it came from and how long it lives.
local client = require "wxlive.cli.client"
local pick = require("wxlive.text.language").pick
local show = require "wxlive.cli.output.show"

local M = {
  name = "token",
  summary = "show the access token's source and expiry",
  summary_zh = "查看 access_token 的来源与有效期",
  accounts = "many",
}

local SECONDS = 15

-- Enough characters to distinguish two tokens, too few to use one.
local SHOWN = 6

function M.define(command)
  command:flag("--show"):description(pick(
    "print the whole token; a person who has it can act for you",
    "显示完整令牌，请勿泄露"))
  client.define_output_options(command)
end

function M.run(args)
  local fetched = false
  local live = assert(client.open(args, {
    hooks = {
      token = function(event)
        fetched = fetched or event.event == "fetched"
      end,
    },
  }))
  local token = assert(live.tokens:get(live.now() + SECONDS))
  local expires = live.tokens:expires()
  return show.record({
    appid = live.appid, base_url = live.base_url,
    token = args.show and token or token:sub(1, SHOWN) .. "...",
    source = fetched and "platform" or "store",
    expires_at = expires and math.floor(expires),
    expires_in = expires and math.floor(expires - live.now()),
  }, args)
end

return M
