/* Callback XML: never crashes, keeps to its limits, and reads the same document the same way twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wxlive/base/utf8.h"
#include "wxlive/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wxl_xml_limits limits = {4096, 8, 64};
    static struct wxl_xml *x;
    struct wxl_bytes text = {(const char *)data, size};
    const struct wxl_xml_node *nodes;
    size_t count;
    size_t again;
    size_t i;

    if (!x && wxl_xml_new(&limits, &x, NULL) != WXL_OK) {
        abort();
    }
    if (wxl_xml_parse(x, text, &nodes, &count, NULL) != WXL_OK) {
        return 0;
    }
    if (count < 1 || count > 64 || size > 4096) {
        abort();
    }
    for (i = 0; i < count; i++) {
        if (!wxl_utf8_text(nodes[i].name) || !wxl_utf8_text(nodes[i].text) ||
            (i > 0 && nodes[i].parent >= i)) {
            abort();
        }
    }
    if (wxl_xml_parse(x, text, &nodes, &again, NULL) != WXL_OK || again != count) {
        abort();
    }
    return 0;
}
