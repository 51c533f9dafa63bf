#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "frame-reader.h"
#include "frame.h"
#include "opening.h"
#include "received.h"
#include "source.h"
#include "stream.h"
#include "tally.h"
#include "target.h"

struct session {
  struct source source;
  struct frame_reader reader;
  /* Bytes of data since the last WINDOW_UPDATE, of the connection and of each stream. */
  uint32_t taken;
  size_t count;
  struct {
    struct stream stream;
    uint32_t taken;
    int is_open;
    int is_lost;
  } streams[STREAMS_PER_SESSION];
};

#define SESSIONS_LIMIT 256
static struct session *sessions[SESSIONS_LIMIT];
static size_t count;

/* Clients open odd streams: 1, 3, 5 (RFC 9113 5.1.1). */
static size_t index_of(const struct session *session) {
  uint32_t stream = session->reader.frame.stream;
  size_t index = (stream - 1) / 2;
  if (stream % 2 == 0 || index >= session->count) fail("a frame of stream %u", stream);
  return index;
}

/* Windows are opened again when half of them is used (RFC 9113 6.9). */
static void open_windows(struct session *session, size_t index, uint32_t length) {
  session->taken += length;
  if (session->taken >= CONNECTION_WINDOW / 2) {
    frame_send_window(session->source.fd, 0, session->taken);
    session->taken = 0;
  }
  session->streams[index].taken += length;
  if (session->streams[index].taken >= STREAM_WINDOW / 2) {
    frame_send_window(session->source.fd, session->reader.frame.stream, session->streams[index].taken);
    session->streams[index].taken = 0;
  }
}

static void take_data(struct session *session, const char *bytes, uint32_t length, uint64_t now) {
  if (session->reader.frame.flags & FLAG_PADDED) fail("padding is not understood");
  size_t index = index_of(session);
  stream_take(&session->streams[index].stream, bytes, length, now);
  open_windows(session, index, length);
}

/* Every response here begins with ":status: 200", number 8 of the static table; the rest does not matter. */
static void take_response(struct session *session) {
  size_t index = index_of(session);
  if (session->streams[index].is_open) return;
  if (session->reader.kept[0] != 0x88) fail("a response of HTTP/2 whose status is not 200");
  session->streams[index].is_open = 1;
  opening_has_head();
}

/* A server may end a stream and reset it then. */
static void lose(struct session *session) {
  size_t index = index_of(session);
  if (session->streams[index].is_lost) return;
  session->streams[index].is_lost = 1;
  tally.lost++;
}

static void answer(struct session *session, uint8_t type) {
  if (session->reader.frame.flags & FLAG_ACK) return;
  struct frame frame = {.length = type == FRAME_PING ? 8 : 0, .type = type, .flags = FLAG_ACK};
  frame_send(session->source.fd, frame, session->reader.kept);
}

static void end_frame(struct session *session) {
  switch (session->reader.frame.type) {
    case FRAME_HEADERS:
      take_response(session);
      if (session->reader.frame.flags & FLAG_END_STREAM) lose(session);
      break;
    case FRAME_DATA:
      if (session->reader.frame.flags & FLAG_END_STREAM) lose(session);
      break;
    case FRAME_RST_STREAM:
      lose(session);
      break;
    case FRAME_SETTINGS:
    case FRAME_PING:
      answer(session, session->reader.frame.type);
      break;
    case FRAME_GOAWAY:
      fail("the server has ended a session of HTTP/2");
    default:
      break;
  }
}

static void on_readable(struct source *source) {
  struct session *session = (struct session *)source;
  struct received received = receive(source->fd);
  if (received.is_end) fail("the server has ended a connection of HTTP/2");
  const char *end = received.bytes + received.length;
  for (const char *at = received.bytes; at < end;) {
    struct frame_part part;
    at += frame_reader_take(&session->reader, at, (size_t)(end - at), &part);
    if (part.length > 0) take_data(session, part.data, part.length, received.time);
    if (part.is_end) end_frame(session);
  }
}

void session_open(size_t streams, uint64_t last) {
  if (count == SESSIONS_LIMIT) fail("more than %d sessions", SESSIONS_LIMIT);
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL) fail("no memory");
  session->source = (struct source){.fd = target_connect(), .on_readable = on_readable};
  session->count = streams;
  sessions[count++] = session;
  frame_send_preface(session->source.fd);
  for (size_t index = 0; index < streams; index++) {
    stream_begin(&session->streams[index].stream, last);
    frame_send_request(session->source.fd, (uint32_t)(2 * index + 1));
  }
  source_watch(&session->source);
}

size_t sessions_streams(void) {
  size_t streams = 0;
  for (size_t index = 0; index < count; index++) streams += sessions[index]->count;
  return streams;
}

size_t sessions_at(uint64_t number) {
  size_t there = 0;
  for (size_t index = 0; index < count; index++)
    for (size_t stream = 0; stream < sessions[index]->count; stream++)
      there += sessions[index]->streams[stream].stream.last >= number;
  return there;
}

void sessions_close(void) {
  for (size_t index = 0; index < count; index++) {
    source_ignore(&sessions[index]->source);
    close(sessions[index]->source.fd);
    free(sessions[index]);
  }
  count = 0;
}
