/* Cuts what is received on a connection of HTTP/2 into frames, wherever it has been cut itself (RFC 9113 4.1). */
#ifndef FRAME_READER_H
#define FRAME_READER_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/* What is kept of the payload of a frame that carries no data: enough for a PING and the status of a response. */
#define PAYLOAD_KEPT 8

struct frame_reader {
  uint8_t header[FRAME_HEADER];
  size_t header_length;
  /* The frame that is being read, and how much of its payload is left. */
  struct frame frame;
  uint32_t left;
  uint8_t kept[PAYLOAD_KEPT];
};

struct frame_part {
  /* Of a DATA frame. */
  const char *data;
  uint32_t length;
  /* Whether the frame is complete. */
  int is_end;
};

/* Takes the next part of a header or a payload; answers how many bytes it has. */
size_t frame_reader_take(struct frame_reader *reader, const char *bytes, size_t length, struct frame_part *part);

#endif
