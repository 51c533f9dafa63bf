#include "frame-reader.h"

#include <string.h>

static size_t take_header(struct frame_reader *reader, const char *bytes, size_t length) {
  size_t needed = FRAME_HEADER - reader->header_length;
  if (length > needed) length = needed;
  memcpy(reader->header + reader->header_length, bytes, length);
  reader->header_length += length;
  if (reader->header_length < FRAME_HEADER) return length;
  reader->frame = frame_read(reader->header);
  reader->left = reader->frame.length;
  return length;
}

static void keep(struct frame_reader *reader, const char *bytes, uint32_t length) {
  uint32_t at = reader->frame.length - reader->left;
  for (uint32_t index = 0; index < length && at + index < PAYLOAD_KEPT; index++)
    reader->kept[at + index] = (uint8_t)bytes[index];
}

static size_t take_payload(struct frame_reader *reader, const char *bytes, size_t available,
                           struct frame_part *part) {
  uint32_t length = available < reader->left ? (uint32_t)available : reader->left;
  if (reader->frame.type == FRAME_DATA) {
    part->data = bytes;
    part->length = length;
  } else {
    keep(reader, bytes, length);
  }
  reader->left -= length;
  return length;
}

size_t frame_reader_take(struct frame_reader *reader, const char *bytes, size_t length, struct frame_part *part) {
  *part = (struct frame_part){0};
  size_t taken = reader->header_length < FRAME_HEADER ? take_header(reader, bytes, length)
                                                      : take_payload(reader, bytes, length, part);
  part->is_end = reader->header_length == FRAME_HEADER && reader->left == 0;
  if (part->is_end) reader->header_length = 0;
  return taken;
}
