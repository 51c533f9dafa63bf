/* The streams of HTTP/2: a session of up to 100 on each connection, as browsers and proxies do it. */
#ifndef SESSION_H
#define SESSION_H

#include <stddef.h>
#include <stdint.h>

#define STREAMS_PER_SESSION 100

void session_open(size_t streams, uint64_t last);

/* How many streams there are. */
size_t sessions_streams(void);

/* How many streams have the event of this number. */
size_t sessions_at(uint64_t number);

void sessions_close(void);

#endif
