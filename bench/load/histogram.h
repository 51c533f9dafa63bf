/* Times in nanoseconds, counted in buckets that are 1.6% wide. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

void histogram_reset(void);
void histogram_add(uint64_t nanoseconds);

/* The time that `share` of all times do not exceed, between 0 and 1; 0 where there are none. */
uint64_t histogram_quantile(double share);

#endif
