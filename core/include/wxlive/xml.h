/* The XML of callback messages, read into a flat list of elements.
 *
 * Refused: DOCTYPE (so entities, external ones too), NUL, what is not UTF-8 (whatever encoding it
 * declares), and what goes beyond the limits. Ignored: attributes, comments, processing
 * instructions, and text beside child elements. Accepted besides: CDATA sections spelt without
 * their '<', as the platform's own sample prints them ("![CDATA[x]]", with or without a '>').
 *
 * A struct wxl_xml serves one thread at a time and is made to be used again.
 */
#ifndef WXLIVE_XML_H
#define WXLIVE_XML_H

#include <stddef.h>

#include "wxlive/base/bytes.h"
#include "wxlive/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wxl_xml_limits {
    size_t bytes;    /* of the document; 0 means 1 MiB, at most 64 MiB */
    size_t depth;    /* of elements in each other; 0 means 16 */
    size_t elements; /* in all; 0 means 4096 */
};

struct wxl_xml_node {
    struct wxl_bytes name;
    struct wxl_bytes text; /* of an element without children; empty for others */
    size_t parent;         /* index in the list; 0 for the root, which is node 0 */
    size_t children;       /* how many elements are directly in it */
};

struct wxl_xml;

/* limits may be NULL. On failure *out is NULL. */
WXL_NODISCARD enum wxl_status wxl_xml_new(const struct wxl_xml_limits *limits, struct wxl_xml **out,
                                          struct wxl_error *err);
void wxl_xml_free(struct wxl_xml *x); /* NULL is accepted */

/* Parses a whole document. *nodes (in document order, parents before children) and what they point
 * to belong to x and are good until its next call; on failure *count is 0.
 * WXL_E_FORMAT: not XML of this kind (err says where). WXL_E_LIMIT: beyond a limit. */
WXL_NODISCARD enum wxl_status wxl_xml_parse(struct wxl_xml *x, struct wxl_bytes text,
                                            const struct wxl_xml_node **nodes, size_t *count,
                                            struct wxl_error *err);

#ifdef __cplusplus
}
#endif

#endif
