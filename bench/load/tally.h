/* What has been asked for and what has come, over all streams. */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

struct tally {
  uint64_t due;
  uint64_t delivered;
  uint64_t missing;
  uint64_t doubled;
  /* Streams that the server has ended. */
  uint64_t lost;
  /* The number of the last event that the server has been asked for. */
  uint64_t issued;
  /* The number that every stream is waited for to have, and how many have it. */
  uint64_t awaited;
  uint64_t arrived;
};

extern struct tally tally;

#endif
