/* Header fields that the transport itself writes: a second one from a caller could contradict it. */
#ifndef WXL_CODEC_OWN_H
#define WXL_CODEC_OWN_H

#include <stddef.h>

int codec_is_own_field(const char *name, size_t n);

#endif
