/* The chunked transfer coding (RFC 9112 7.1), whatever is cut where. */
#ifndef CHUNKED_H
#define CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "stream.h"

struct chunked {
  enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END, CHUNK_LAST } state;
  uint64_t left;
};

/* Takes the next bytes of the connection, and gives what they carry to the stream. */
void chunked_take(struct chunked *chunked, struct stream *stream, const char *bytes, size_t length, uint64_t now);

#endif
