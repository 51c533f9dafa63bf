#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC, which is what process.hrtime() reads in Node. */
uint64_t clock_now(void);

#endif
