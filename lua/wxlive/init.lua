--- wxlive: WeChat Mini Program live commerce from Lua. The client is wxlive.broadcast.
local core = require "wxlive.core"

local M = { _VERSION = core.version }

return M
