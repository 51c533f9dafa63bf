#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "frame.h"
#include "opening.h"
#include "received.h"
#include "source.h"
#include "stream.h"
#include "tally.h"
#include "target.h"

/* What is kept of the payload of a frame that carries no data: enough for a PING and the status of a response. */
#define PAYLOAD_KEPT 8

struct session {
  struct source source;
  uint8_t header[FRAME_HEADER];
  size_t header_length;
  /* The frame whose payload is being read, and what is left of it. */
  struct frame frame;
  uint32_t left;
  uint8_t payload[PAYLOAD_KEPT];
  /* Bytes of data since the last WINDOW_UPDATE, of the connection and of each stream. */
  uint32_t taken;
  size_t count;
  struct {
    struct stream stream;
    uint32_t taken;
    int is_open;
  } streams[STREAMS_PER_SESSION];
};

#define SESSIONS_LIMIT 256
static struct session *sessions[SESSIONS_LIMIT];
static size_t count;

/* Clients open odd streams: 1, 3, 5 (RFC 9113 5.1.1). */
static size_t index_of(const struct session *session) {
  size_t index = (session->frame.stream - 1) / 2;
  if (session->frame.stream % 2 == 0 || index >= session->count) fail("a frame of stream %u", session->frame.stream);
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
    frame_send_window(session->source.fd, session->frame.stream, session->streams[index].taken);
    session->streams[index].taken = 0;
  }
}

static void take_data(struct session *session, const char *bytes, uint32_t length, uint64_t now) {
  if (session->frame.flags & FLAG_PADDED) fail("padding is not understood");
  size_t index = index_of(session);
  stream_take(&session->streams[index].stream, bytes, length, now);
  open_windows(session, index, length);
}

/* Every response here begins with ":status: 200", number 8 of the static table; the rest does not matter. */
static void take_response(struct session *session) {
  size_t index = index_of(session);
  if (session->streams[index].is_open) return;
  if (session->payload[0] != 0x88) fail("a response of HTTP/2 whose status is not 200");
  session->streams[index].is_open = 1;
  opening_has_head();
}

static void answer(struct session *session, uint8_t type) {
  if (session->frame.flags & FLAG_ACK) return;
  struct frame frame = {.length = type == FRAME_PING ? 8 : 0, .type = type, .flags = FLAG_ACK};
  frame_send(session->source.fd, frame, session->payload);
}

static void end_frame(struct session *session) {
  switch (session->frame.type) {
    case FRAME_HEADERS:
      take_response(session);
      if (session->frame.flags & FLAG_END_STREAM) tally.lost++;
      break;
    case FRAME_DATA:
      if (session->frame.flags & FLAG_END_STREAM) tally.lost++;
      break;
    case FRAME_RST_STREAM:
      tally.lost++;
      break;
    case FRAME_SETTINGS:
    case FRAME_PING:
      answer(session, session->frame.type);
      break;
    case FRAME_GOAWAY:
      fail("the server has ended a session of HTTP/2");
    default:
      break;
  }
  session->header_length = 0;
}

static size_t take_header(struct session *session, const char *bytes, size_t length) {
  size_t needed = FRAME_HEADER - session->header_length;
  if (length > needed) length = needed;
  memcpy(session->header + session->header_length, bytes, length);
  session->header_length += length;
  if (session->header_length < FRAME_HEADER) return length;
  session->frame = frame_read(session->header);
  session->left = session->frame.length;
  if (session->left == 0) end_frame(session);
  return length;
}

static void keep(struct session *session, const char *bytes, uint32_t length) {
  uint32_t at = session->frame.length - session->left;
  for (uint32_t index = 0; index < length && at + index < PAYLOAD_KEPT; index++)
    session->payload[at + index] = (uint8_t)bytes[index];
}

static size_t take_payload(struct session *session, const char *bytes, size_t available, uint64_t now) {
  uint32_t length = available < session->left ? (uint32_t)available : session->left;
  if (session->frame.type == FRAME_DATA) take_data(session, bytes, length, now);
  else keep(session, bytes, length);
  session->left -= length;
  if (session->left == 0) end_frame(session);
  return length;
}

static void on_readable(struct source *source) {
  struct session *session = (struct session *)source;
  struct received received = receive(source->fd);
  if (received.is_end) fail("the server has ended a connection of HTTP/2");
  const char *end = received.bytes + received.length;
  for (const char *at = received.bytes; at < end;) {
    size_t available = (size_t)(end - at);
    at += session->header_length < FRAME_HEADER ? take_header(session, at, available)
                                                : take_payload(session, at, available, received.time);
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
