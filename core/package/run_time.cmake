# Whether the interpreter finds lua-cjson, without which no module of wxlive that reads JSON loads. A
# warning only: it may come later, and LuaRocks keeps its modules where this would not look.
function(wxl_look_for_cjson interpreter)
  if(interpreter STREQUAL "luajit")
    set(names luajit luajit-2.1 luajit2)
  else()
    set(names lua5.4 lua54 lua-5.4)
  endif()
  find_program(WXL_PROGRAM_${interpreter} NAMES ${names})
  mark_as_advanced(WXL_PROGRAM_${interpreter})
  if(NOT WXL_PROGRAM_${interpreter})
    return()
  endif()
  execute_process(COMMAND ${WXL_PROGRAM_${interpreter}} -e "require 'cjson'"
    RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
  if(missing)
    message(WARNING "wxlive needs lua-cjson when it runs, and ${WXL_PROGRAM_${interpreter}} does not "
      "find it: install the package lua-cjson (Debian, Ubuntu) or the rock lua-cjson (LuaRocks).")
  endif()
endfunction()
