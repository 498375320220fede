/* The one place that holds the version. CMake, the Lua modules and the packages read it here. */
#ifndef WXLIVE_VERSION_H
#define WXLIVE_VERSION_H

#define WXLIVE_VERSION_MAJOR 0
#define WXLIVE_VERSION_MINOR 1
#define WXLIVE_VERSION_PATCH 0
#define WXLIVE_VERSION "0.1.0"

#endif
