# What ctest runs beside the C tests. A test has the label of the lane that it belongs to: quick, full
# or nightly; scripts/test runs a lane and those before it.
#   ctest --test-dir build -L quick        ctest --test-dir build -R lua5.4:call
# A test that counts cases writes "PASSED FAILED" to $WXLIVE_REPORT.
set(wxl_reports ${CMAKE_BINARY_DIR}/test)
file(MAKE_DIRECTORY ${wxl_reports})
file(RELATIVE_PATH wxl_build_directory ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})

# wxl_reporting(name label seconds): how a test that exists is run
function(wxl_reporting name label seconds)
  string(REPLACE "/" "+" file ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${seconds}
    ENVIRONMENT "WXLIVE_REPORT=${wxl_reports}/${file};WXLIVE_BUILD=${wxl_build_directory}")
endfunction()

# wxl_check(name label seconds command...): a test that must end within some seconds
function(wxl_check name label seconds)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  wxl_reporting(${name} ${label} ${seconds})
endfunction()

foreach(name IN LISTS wxl_c_tests)
  wxl_reporting(${name} quick 120)
  if(TARGET torture_${name})
    wxl_reporting(torture_${name} quick 120)
  endif()
endforeach()

# Specs, one process a file; a skipped case, and a file without any, are failures. Those below
# spec/full/nginx run in nginx only, see below. A sanitizer looks at C code: beside the quick specs,
# lane full runs under it those of the transport, and nightly the others; what measures memory or time
# (*_scale_spec) is measured without.
file(GLOB_RECURSE wxl_specs RELATIVE ${CMAKE_SOURCE_DIR}/spec CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/spec/*_spec.lua)
list(FILTER wxl_specs EXCLUDE REGEX "^full/nginx/")
foreach(interpreter IN LISTS WXLIVE_LUA)
  string(REPLACE "5.4" "lua5.4" program ${interpreter})
  foreach(spec IN LISTS wxl_specs)
    string(REGEX REPLACE "_spec\\.lua$" "" name ${program}:${spec})
    if(WXLIVE_SANITIZE AND spec MATCHES "_scale_")
      continue()
    elseif(spec MATCHES "^full/")
      set(lane full)
      if(WXLIVE_SANITIZE AND NOT spec MATCHES "_curl_spec")
        set(lane nightly)
      endif()
      wxl_check(${name} ${lane} 900 scripts/dev/spec ${interpreter} spec/${spec})
      set_tests_properties(${name} PROPERTIES COST 100)
      if(spec MATCHES "_scale_")
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
      endif()
    else()
      wxl_check(${name} quick 300 scripts/dev/spec ${interpreter} spec/${spec})
    endif()
    set_property(TEST ${name} PROPERTY FAIL_REGULAR_EXPRESSION "# SKIP;(^|\n)1\\.\\.0\n")
  endforeach()
endforeach()

# Sanitizers see what the specs and the C tests do; the rest is for the plain build.
if(WXLIVE_SANITIZE)
  return()
endif()

wxl_check(lint quick 300 scripts/dev/lint/all)
wxl_check(exports quick 60 scripts/dev/exports ${CMAKE_BINARY_DIR})

wxl_check(drift full 300 scripts/dev/generate --check)
wxl_check(vectors full 300 scripts/dev/vectors/check)
wxl_check(headers full 300 scripts/dev/header_reference)
wxl_check(demo full 300 scripts/demo)
wxl_check(bench full 600 bench/run --quick)
wxl_check(fleet full 600 bench/fleet --quick)
wxl_check(package full 900 scripts/dev/package_test)
wxl_check(fuzz-corpus full 900 scripts/dev/fuzz --replay)
wxl_check(cppcheck full 600 cppcheck -q --enable=warning,performance,portability --std=c99
  --error-exitcode=1 --inline-suppr -Icore/include -Icore/src core/src core/lua)
wxl_check(nginx full 900 spec/nginx/run)
set_tests_properties(nginx PROPERTIES COST 1000) # the longest begins first

wxl_check(clang-tidy nightly 1800 run-clang-tidy -quiet -p ${CMAKE_BINARY_DIR} "/core/(src|lua)/")
wxl_check(alert-rules nightly 60 promtool test rules spec/fixtures/alerts.yml)
wxl_check(nginx-gc nightly 900 spec/nginx/run --collect)
wxl_check(fuzz nightly 7200 scripts/dev/fuzz --minutes 1)
wxl_check(soak nightly 3600 scripts/dev/soak --minutes 5)
wxl_check(soak-luajit nightly 3600 scripts/dev/soak --minutes 5 --lua luajit)
wxl_check(shows nightly 3600 scripts/dev/shows)
wxl_check(fault-matrix nightly 7200 scripts/dev/fault_matrix)
wxl_check(coverage nightly 7200 scripts/dev/coverage)
foreach(name IN LISTS wxl_c_tests)
  wxl_check(valgrind:${name} nightly 600 valgrind -q --leak-check=full
    --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible
    --error-exitcode=99 $<TARGET_FILE:test_${name}>)
endforeach()
# These take both processors, or measure time; so do the specs of scale above.
set_tests_properties(bench fleet package fuzz fuzz-corpus clang-tidy soak soak-luajit coverage
  PROPERTIES RUN_SERIAL ON)
