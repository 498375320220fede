std = "min+ngx_lua"
max_line_length = 100
codes = true
exclude_files = { "build", "build-*", "docs/luacats" }
files["spec"] = { std = "min+busted+ngx_lua" }
files["scripts"] = { std = "min" }
files["scripts/examples/openresty"] = { std = "min+ngx_lua" }
files["scripts/examples/platform"] = { std = "min+ngx_lua" }
files["scripts/examples/**/*_spec.lua"] = { std = "min+busted" }
files["scripts/wxlive"] = { std = "min", globals = { "_" } } -- what sh runs is a string to Lua
-- Data in two languages: one sentence a line.
files["lua/wxlive/errcodes"] = { max_line_length = false }
-- What they quote stands like that in C, where it is indented already.
