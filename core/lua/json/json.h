/* The two halves of wxlive.core.json; json_write.c puts them together. */
#ifndef WXL_LUA_JSON_H
#define WXL_LUA_JSON_H

#include <stdbool.h>

#include "base/binding.h"

int wxl_json_reader(lua_State *L);

#endif
