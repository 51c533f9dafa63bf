/* The streams of HTTP/1.1: each has a connection of its own. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stddef.h>
#include <stdint.h>

void connection_open(uint64_t last);

/* How many there are. */
size_t connections_count(void);

/* How many have the event of this number. */
size_t connections_at(uint64_t number);

/* Has all stop reading. */
void connections_stop(void);

void connections_close(void);

#endif
