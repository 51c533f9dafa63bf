/* The head of a response of HTTP/1.1 (RFC 9112 2.1). */
#ifndef HEAD_H
#define HEAD_H

#include <stddef.h>

#define HEAD_LIMIT 4096

struct head {
  size_t length;
  char text[HEAD_LIMIT];
};

/* Takes what belongs to the head; answers how many of the bytes that was, and whether the head is complete. */
size_t head_take(struct head *head, const char *bytes, size_t length, int *is_complete);

/* Ends the process unless this is the head of an event stream; tells whether its body is chunked. */
int head_is_chunked(const struct head *head);

#endif
