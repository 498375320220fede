--- What busted prints under ctest: TAP, and into the file that WXLIVE_REPORT names "PASSED FAILED".
return function(options)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.TAP" (options)
  local path = os.getenv("WXLIVE_REPORT")
  if path then
    busted.subscribe({ "suite", "end" }, function()
      local file = assert(io.open(path, "w"))
      file:write(("%d %d\n"):format(handler.successesCount,
        handler.failuresCount + handler.errorsCount + handler.pendingsCount))
      file:close()
      return nil, true
    end)
  end
  return handler
end
