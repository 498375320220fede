/* The inside of a client, for the code that runs its exchanges. */
#ifndef WXL_HTTP_CLIENT_H
#define WXL_HTTP_CLIENT_H

#include "http/exchange.h"

/* Settings outlive their client while exchanges of a multi go by them. Clients and the multis that
 * they are used with belong to one thread, so the count needs no lock. */
struct wxl_http_shared {
    struct wxl_http_settings settings;
    size_t users;
    bool gone; /* the client was freed: no exchange will begin with them again */
};

struct wxl_http {
    struct wxl_http_shared *shared;
    struct wxl_http_exchange exchange;
};

void wxl_http_shared_drop(struct wxl_http_shared *shared);

#endif
