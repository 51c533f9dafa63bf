/* Opens streams, some at a time, and says when all of them have their heads. */
#ifndef OPENING_H
#define OPENING_H

#include <stddef.h>
#include <stdint.h>

/* Streams whose next event has the number after `last`. */
void opening_start(size_t count, uint64_t last);

/* Told by a connection for each stream that has its head. */
void opening_has_head(void);

#endif
