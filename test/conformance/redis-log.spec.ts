import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { EventLog } from 'nestjs-sse-hub';
import { redisLog, type RedisLogOptions } from 'nestjs-sse-hub/redis';
import { testEventLog } from 'nestjs-sse-hub/testing';
import { startRedis, type RedisServer } from '../support/redis-server.js';

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});

afterAll(async () => {
  await server.stop();
});

const options = new WeakMap<EventLog, RedisLogOptions>();

function create(given: RedisLogOptions): EventLog {
  const log = redisLog(given);
  options.set(log, given);
  return log;
}

const another = (log: EventLog) => create(options.get(log)!);

describe('The Redis log', () => {
  testEventLog({
    test,
    createLog: (limits) => create({ ...limits, url: server.url, prefix: randomUUID(), publishTimeout: 500 }),
    reopenLog: another,
    joinLog: another,
    failLog: async () => {
      await server.kill();
      return () => server.restart();
    },
  });
});
