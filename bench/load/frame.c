#include "frame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fail.h"
#include "target.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define DEFAULT_WINDOW 65535u

static void put32(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 24);
  at[1] = (uint8_t)(value >> 16);
  at[2] = (uint8_t)(value >> 8);
  at[3] = (uint8_t)value;
}

struct frame frame_read(const uint8_t header[FRAME_HEADER]) {
  return (struct frame){
      .length = (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2],
      .type = header[3],
      .flags = header[4],
      /* The first bit is reserved. */
      .stream = (uint32_t)(header[5] & 0x7f) << 24 | (uint32_t)header[6] << 16 | (uint32_t)header[7] << 8 | header[8],
  };
}

static void send_all(int fd, const void *bytes, size_t length) {
  if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send: %s", strerror(errno));
}

void frame_send(int fd, struct frame frame, const void *payload) {
  uint8_t bytes[FRAME_HEADER + 512];
  if (frame.length > sizeof bytes - FRAME_HEADER) fail("a frame of %u bytes", frame.length);
  put32(bytes, frame.length << 8 | frame.type);
  bytes[4] = frame.flags;
  put32(bytes + 5, frame.stream);
  memcpy(bytes + FRAME_HEADER, payload, frame.length);
  send_all(fd, bytes, FRAME_HEADER + frame.length);
}

void frame_send_preface(int fd) {
  send_all(fd, PREFACE, sizeof PREFACE - 1);
  /* SETTINGS_ENABLE_PUSH (2) is 0, SETTINGS_INITIAL_WINDOW_SIZE (4) is the window of a stream. */
  uint8_t settings[12] = {0, 2, 0, 0, 0, 0, 0, 4};
  put32(settings + 8, STREAM_WINDOW);
  frame_send(fd, (struct frame){.length = sizeof settings, .type = FRAME_SETTINGS}, settings);
  frame_send_window(fd, 0, CONNECTION_WINDOW - DEFAULT_WINDOW);
}

void frame_send_window(int fd, uint32_t stream, uint32_t increment) {
  uint8_t payload[4];
  put32(payload, increment);
  frame_send(fd, (struct frame){.length = sizeof payload, .type = FRAME_WINDOW_UPDATE, .stream = stream}, payload);
}

/* A literal field without indexing whose name is in the static table, and whose value is shorter than 127 (RFC 7541 6.2.2). */
static size_t put_field(uint8_t *at, const uint8_t *name, size_t name_length, const char *value) {
  size_t length = strlen(value);
  if (length > 126) fail("a field of %zu bytes", length);
  memcpy(at, name, name_length);
  at[name_length] = (uint8_t)length;
  memcpy(at + name_length + 1, value, length);
  return name_length + 1 + length;
}

void frame_send_request(int fd, uint32_t stream) {
  static const uint8_t authority[] = {0x01}, path[] = {0x04}, accept[] = {0x0f, 19 - 15};
  char host[32];
  snprintf(host, sizeof host, "127.0.0.1:%d", target.port);
  /* Indexed: :method GET is 2, :scheme http is 6 (RFC 7541 A). */
  uint8_t block[448] = {0x82, 0x86};
  size_t length = 2;
  length += put_field(block + length, path, sizeof path, target.path);
  length += put_field(block + length, authority, sizeof authority, host);
  length += put_field(block + length, accept, sizeof accept, "text/event-stream");
  struct frame frame = {
      .length = (uint32_t)length,
      .type = FRAME_HEADERS,
      .flags = FLAG_END_STREAM | FLAG_END_HEADERS,
      .stream = stream,
  };
  frame_send(fd, frame, block);
}
