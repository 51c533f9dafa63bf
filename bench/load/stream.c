#include "stream.h"

#include <string.h>

#include "fail.h"
#include "histogram.h"
#include "tally.h"

struct tally tally;

void stream_begin(struct stream *stream, uint64_t last) {
  memset(stream, 0, sizeof *stream);
  stream->last = last;
}

/* Every number that is passed over is missing, every one that does not rise is doubled. */
static void take_event(struct stream *stream, uint64_t now) {
  uint64_t number = stream->number;
  if (number <= stream->last) {
    tally.doubled++;
    return;
  }
  tally.delivered++;
  tally.missing += number - stream->last - 1;
  if (stream->last < tally.awaited && number >= tally.awaited) tally.arrived++;
  stream->last = number;
  histogram_add(now > stream->time ? now - stream->time : 0);
}

static const char *read_number(const char *at, const char *end, const char *key, uint64_t *number) {
  size_t length = strlen(key);
  if ((size_t)(end - at) <= length || memcmp(at, key, length) != 0) return NULL;
  uint64_t value = 0;
  for (at += length; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (uint64_t)(*at - '0');
  *number = value;
  return at;
}

/* The data of a tick is JSON that begins with its number and its time. */
static void take_data(struct stream *stream, const char *at, const char *end) {
  uint64_t number;
  at = read_number(at, end, "{\"n\":", &number);
  if (at == NULL || read_number(at, end, ",\"t\":", &stream->time) == NULL) return;
  stream->number = number;
}

/* The value of a line that has this field; one space behind the colon does not belong to it. */
static const char *value_of(const char *line, const char *end, const char *field) {
  size_t length = strlen(field);
  if ((size_t)(end - line) < length || memcmp(line, field, length) != 0) return NULL;
  const char *value = line + length;
  return value < end && *value == ' ' ? value + 1 : value;
}

static void end_block(struct stream *stream, uint64_t now) {
  if (stream->is_tick && stream->number == 0) fail("a tick without a number and a time");
  if (stream->is_tick) take_event(stream, now);
  stream->number = 0;
  stream->is_tick = 0;
}

static void take_line(struct stream *stream, const char *line, size_t length, uint64_t now) {
  const char *end = line + length;
  const char *value;
  if (length == 0 || (length == 1 && *line == '\r')) {
    end_block(stream, now);
  } else if ((value = value_of(line, end, "data:")) != NULL) {
    take_data(stream, value, end);
  } else if ((value = value_of(line, end, "event:")) != NULL) {
    stream->is_tick = end - value >= 4 && memcmp(value, "tick", 4) == 0;
  }
}

static void keep(struct stream *stream, const char *bytes, size_t length) {
  size_t room = LINE_KEPT - stream->kept;
  if (length > room) length = room;
  memcpy(stream->line + stream->kept, bytes, length);
  stream->kept += length;
}

void stream_take(struct stream *stream, const char *bytes, size_t length, uint64_t now) {
  const char *end = bytes + length;
  while (bytes < end) {
    const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
    if (newline == NULL) {
      keep(stream, bytes, (size_t)(end - bytes));
      return;
    }
    if (stream->kept > 0) {
      keep(stream, bytes, (size_t)(newline - bytes));
      take_line(stream, stream->line, stream->kept, now);
      stream->kept = 0;
    } else {
      take_line(stream, bytes, (size_t)(newline - bytes), now);
    }
    bytes = newline + 1;
  }
}
