/* Where the streams are opened. */
#ifndef TARGET_H
#define TARGET_H

struct target {
  int port;
  const char *path;
  /* HTTP/2 with prior knowledge (RFC 9113 3.3) instead of HTTP/1.1. */
  int is_http2;
};

extern struct target target;

/* A connection to the target, which is on the loopback interface. */
int target_connect(void);

#endif
