#include "histogram.h"

#include <string.h>

/* 64 buckets for each power of two; what is below 64 has buckets of its own. */
#define STEPS 64
#define STEP_BITS 6
#define BUCKETS (STEPS * 59)

static uint64_t counts[BUCKETS];
static uint64_t total;

static int bucket_of(uint64_t value) {
  if (value < STEPS) return (int)value;
  int shift = 63 - __builtin_clzll(value) - STEP_BITS;
  return (shift << STEP_BITS) + (int)(value >> shift);
}

static uint64_t middle_of(int bucket) {
  if (bucket < 2 * STEPS) return (uint64_t)bucket;
  int shift = (bucket >> STEP_BITS) - 1;
  uint64_t lowest = (uint64_t)(bucket - (shift << STEP_BITS)) << shift;
  return lowest + (1ULL << shift) / 2;
}

void histogram_reset(void) {
  memset(counts, 0, sizeof counts);
  total = 0;
}

void histogram_add(uint64_t nanoseconds) {
  counts[bucket_of(nanoseconds)]++;
  total++;
}

uint64_t histogram_quantile(double share) {
  uint64_t due = (uint64_t)(share * (double)total);
  uint64_t seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += counts[bucket];
    if (seen > due || (seen == total && seen > 0)) return middle_of(bucket);
  }
  return 0;
}
