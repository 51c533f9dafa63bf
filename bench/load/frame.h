/* The frames of HTTP/2 that a client sends (RFC 9113 6), and how those that come are cut. */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_type {
  FRAME_DATA = 0,
  FRAME_HEADERS = 1,
  FRAME_RST_STREAM = 3,
  FRAME_SETTINGS = 4,
  FRAME_PING = 6,
  FRAME_GOAWAY = 7,
  FRAME_WINDOW_UPDATE = 8,
};

enum frame_flag { FLAG_ACK = 1, FLAG_END_STREAM = 1, FLAG_END_HEADERS = 4, FLAG_PADDED = 8 };

#define FRAME_HEADER 9

struct frame {
  uint32_t length;
  uint8_t type;
  uint8_t flags;
  uint32_t stream;
};

struct frame frame_read(const uint8_t header[FRAME_HEADER]);
void frame_send(int fd, struct frame frame, const void *payload);

/* The preface with which a client begins, its settings, and the window of the whole connection. */
void frame_send_preface(int fd);
void frame_send_request(int fd, uint32_t stream);
void frame_send_window(int fd, uint32_t stream, uint32_t increment);

/* How much the server may send before it needs another WINDOW_UPDATE; about what browsers allow. */
#define STREAM_WINDOW (6u << 20)
#define CONNECTION_WINDOW (15u << 20)

#endif
