#include "chunked.h"

#include "fail.h"

static int digit_of(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

/* chunk-size [ chunk-ext ] CRLF; a size of 0 is the last chunk, and what follows it are trailers. */
static void take_size(struct chunked *chunked, char character) {
  int digit = digit_of(character);
  if (chunked->state == CHUNK_SIZE && digit >= 0) {
    chunked->left = chunked->left * 16 + (uint64_t)digit;
  } else if (character == '\n') {
    chunked->state = chunked->left > 0 ? CHUNK_DATA : CHUNK_LAST;
  } else if (chunked->state == CHUNK_SIZE && character != '\r' && character != ';') {
    fail("0x%02x in the size of a chunk", (unsigned char)character);
  } else {
    chunked->state = CHUNK_EXTENSION;
  }
}

static size_t take_data(struct chunked *chunked, struct stream *stream, const char *bytes, size_t length,
                        uint64_t now) {
  if (length > chunked->left) length = chunked->left;
  stream_take(stream, bytes, length, now);
  chunked->left -= length;
  if (chunked->left == 0) chunked->state = CHUNK_END;
  return length;
}

/* CRLF behind the data. */
static void take_end(struct chunked *chunked, char character) {
  if (character == '\n') chunked->state = CHUNK_SIZE;
  else if (character != '\r') fail("0x%02x behind a chunk", (unsigned char)character);
}

void chunked_take(struct chunked *chunked, struct stream *stream, const char *bytes, size_t length, uint64_t now) {
  const char *end = bytes + length;
  while (bytes < end && chunked->state != CHUNK_LAST) {
    if (chunked->state == CHUNK_DATA) bytes += take_data(chunked, stream, bytes, (size_t)(end - bytes), now);
    else if (chunked->state == CHUNK_END) take_end(chunked, *bytes++);
    else take_size(chunked, *bytes++);
  }
}
