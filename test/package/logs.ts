import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SseHub } from 'nestjs-sse-hub';
import { lmdbLog } from 'nestjs-sse-hub/lmdb';
import { redisLog } from 'nestjs-sse-hub/redis';

async function main(): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-log-'));
  const logs = {
    lmdb: lmdbLog({ path }),
    redis: redisLog({ url: process.env['REDIS_URL'] ?? '', prefix: path }),
  };
  for (const [name, log] of Object.entries(logs)) {
    const hub = new SseHub({ log });
    await hub.publish('topic', { data: name });
    const { records } = await log.read({ keys: ['t:topic'], after: 0, limit: Infinity });
    console.log(name, records.length);
    await hub.close();
  }
  rmSync(path, { recursive: true });
}

void main();
