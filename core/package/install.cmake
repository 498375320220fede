# cmake --install, and the Debian packages that CPack makes of it.
#   wxlive         Lua modules, the command and the workflows
#   libwxlive-dev  the core for C programs
include(CMakePackageConfigHelpers)

# LuaRocks names its own directories; else they follow the prefix, once per interpreter.
set(WXLIVE_LUADIR "" CACHE PATH "Where Lua modules go; with one interpreter only")
set(WXLIVE_LUALIBDIR "" CACHE PATH "Where C modules go; with one interpreter only")
set(WXLIVE_BINDIR "${CMAKE_INSTALL_BINDIR}" CACHE PATH "Where the commands go")
list(LENGTH WXLIVE_LUA wxl_interpreters)
if((WXLIVE_LUADIR OR WXLIVE_LUALIBDIR) AND NOT wxl_interpreters EQUAL 1)
  message(FATAL_ERROR "WXLIVE_LUADIR and WXLIVE_LUALIBDIR need WXLIVE_LUA to name one interpreter")
endif()

foreach(interpreter IN LISTS WXLIVE_LUA)
  # LuaJIT looks where Lua 5.1 does.
  set(abi ${interpreter})
  if(interpreter STREQUAL "luajit")
    set(abi 5.1)
  endif()
  set(luadir ${CMAKE_INSTALL_DATAROOTDIR}/lua/${abi})
  set(lualibdir ${CMAKE_INSTALL_LIBDIR}/lua/${abi})
  if(WXLIVE_LUADIR)
    set(luadir ${WXLIVE_LUADIR})
  endif()
  if(WXLIVE_LUALIBDIR)
    set(lualibdir ${WXLIVE_LUALIBDIR})
  endif()
  install(DIRECTORY lua/wxlive DESTINATION ${luadir} COMPONENT lua
    FILES_MATCHING PATTERN "*.lua" PATTERN "*.html" PATTERN "*.css" PATTERN "*.js")
  get_property(modules GLOBAL PROPERTY wxl_modules_${interpreter})
  install(TARGETS ${modules} LIBRARY DESTINATION ${lualibdir}/wxlive COMPONENT lua)
endforeach()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT lua)
install(DIRECTORY docs/luacats DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/wxlive COMPONENT lua)

# The command, and each workflow as a command of its own: wxlive-schedule-rooms.
install(PROGRAMS scripts/wxlive DESTINATION ${WXLIVE_BINDIR} COMPONENT lua)
foreach(workflow import_goods run_show schedule_rooms)
  string(REPLACE "_" "-" command wxlive-${workflow})
  install(PROGRAMS scripts/${workflow}.lua DESTINATION ${WXLIVE_BINDIR} RENAME ${command}
    COMPONENT lua)
endforeach()

if(WXLIVE_INSTALL_CORE)
  set_target_properties(wxlive_core PROPERTIES EXPORT_NAME core)
  set(wxl_cmakedir ${CMAKE_INSTALL_LIBDIR}/cmake/wxlive)
  install(TARGETS wxlive_core EXPORT wxlive ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT core)
  # Redis's protocol is for the Lua store alone: who writes C takes hiredis itself.
  install(DIRECTORY core/include/wxlive DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT core
    PATTERN resp.h EXCLUDE)
  install(EXPORT wxlive NAMESPACE wxlive:: FILE wxliveTargets.cmake DESTINATION ${wxl_cmakedir}
    COMPONENT core)
  configure_package_config_file(core/package/wxliveConfig.cmake.in
    ${CMAKE_BINARY_DIR}/package/wxliveConfig.cmake INSTALL_DESTINATION ${wxl_cmakedir})
  # Before 1.0 a minor version may change the interface.
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/wxliveConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/package/wxliveConfig.cmake
    ${CMAKE_BINARY_DIR}/package/wxliveConfigVersion.cmake
    DESTINATION ${wxl_cmakedir} COMPONENT core)
  # Relative, so that a tree that is moved or unpacked elsewhere still works.
  file(RELATIVE_PATH wxl_pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" wxl_pc_prefix "${wxl_pc_prefix}")
  configure_file(core/package/wxlive.pc.in ${CMAKE_BINARY_DIR}/package/wxlive.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/package/wxlive.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT core)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wxlive)
set(CPACK_PACKAGE_VENDOR wxlive)
set(CPACK_PACKAGE_CONTACT "wxlive maintainers <maintainers@wxlive.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "WeChat Mini Program live broadcasts from Lua")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
# The prefix that was configured: the folder of C modules follows from it (lib/MULTIARCH in /usr,
# where Debian's LuaJIT looks, and lib in /usr/local).
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL lua)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LUA_PACKAGE_NAME wxlive)
set(CPACK_DEBIAN_LUA_PACKAGE_SECTION interpreters)
set(CPACK_DEBIAN_LUA_PACKAGE_DEPENDS
  "lua5.4 | luajit, lua-argparse, lua-cjson, lua-dbi-sqlite3, ca-certificates")
# A ledger that several machines share.
set(CPACK_DEBIAN_LUA_PACKAGE_SUGGESTS "lua-dbi-postgresql")
set(CPACK_COMPONENT_LUA_DESCRIPTION
  "Lua modules, a command and a local sandbox for the live-broadcast server API.")
if(WXLIVE_INSTALL_CORE)
  list(APPEND CPACK_COMPONENTS_ALL core)
  set(CPACK_DEBIAN_CORE_PACKAGE_NAME libwxlive-dev)
  set(CPACK_DEBIAN_CORE_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_CORE_PACKAGE_DEPENDS
    "libcurl4-openssl-dev | libcurl-dev, libssl-dev, libexpat1-dev, zlib1g-dev")
  set(CPACK_COMPONENT_CORE_DESCRIPTION
    "The C core: library, headers, pkg-config file and CMake package.")
endif()
include(CPack)
