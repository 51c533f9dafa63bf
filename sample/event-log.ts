import { memoryLog, type EventLog } from 'nestjs-sse-hub';

// The chat promises no more, wherever its messages are kept.
const retention = { age: 5 * 60_000 };

/** In Redis where `REDIS_URL` says so, on the disk in the folder `SSE_DATA_DIR`, and otherwise in memory. */
export async function eventLog({ REDIS_URL, SSE_DATA_DIR } = process.env): Promise<EventLog> {
  if (REDIS_URL !== undefined) {
    const { redisLog } = await import('nestjs-sse-hub/redis');
    return redisLog({ url: REDIS_URL, retention });
  }
  if (SSE_DATA_DIR !== undefined) {
    const { lmdbLog } = await import('nestjs-sse-hub/lmdb');
    return lmdbLog({ path: SSE_DATA_DIR, retention });
  }
  return memoryLog({ retention });
}
