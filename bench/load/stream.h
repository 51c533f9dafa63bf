/* One event stream as its client sees it (WHATWG HTML 9.2.6), for the events that the benchmark sends. */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>
#include <stdint.h>

/* Enough of a line to read its field, the number and the time. */
#define LINE_KEPT 80

struct stream {
  /* The number of the last event that has come. */
  uint64_t last;
  /* Of the event whose lines are being read. */
  uint64_t number;
  uint64_t time;
  int is_tick;
  /* The beginning of a line that is cut by the end of what has been received. */
  size_t kept;
  char line[LINE_KEPT];
};

/* A stream whose next event has the number after `last`. */
void stream_begin(struct stream *stream, uint64_t last);

/* Takes the next bytes of the body, cut anywhere, which were received at `now`. */
void stream_take(struct stream *stream, const char *bytes, size_t length, uint64_t now);

#endif
