import { execFileSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import { memoryLog, SseHealthIndicator, SseHub, type EventLog } from 'nestjs-sse-hub';
import { resolveTicketOptions } from '../../lib/auth/ticket-options.js';
import { resolveInspectLimit } from '../../lib/hub/hub-inspection.js';
import { resolveLmdbLogOptions } from '../../lib/log/lmdb/lmdb-log-options.js';
import { resolveRedisLogOptions } from '../../lib/log/redis/redis-log-options.js';
import { MEMORY_DEFAULTS } from '../../lib/log/memory-log.js';
import { RetentionPolicy } from '../../lib/log/retention.js';
import { topicKey } from '../../lib/log/topic-key.js';
import { resolveMetricsOptions } from '../../lib/metrics/metrics-options.js';
import { resolveHubOptions } from '../../lib/options/hub-options.js';
import { read, ROOT } from '../support/documents.js';

interface DocumentedOption {
  readonly name: string;
  readonly type: string;
  readonly fallback?: string;
}

const documented = JSON.parse(writeOptions('--json')) as Record<string, DocumentedOption[]>;

const memory = keptBy(new RetentionPolicy('memoryLog', {}, MEMORY_DEFAULTS));
const lmdb = resolveLmdbLogOptions({ path: 'events' });
const redis = resolveRedisLogOptions({ url: 'redis://localhost' });
const hubOptions = resolveHubOptions({});

/** What each interface of options is resolved to when nothing is set. */
const resolved: Record<string, object> = {
  HubOptions: { ...hubOptions, flushInterval: hubOptions.flushIntervals.of('topic') },
  StreamOptions: resolveHubOptions({}).stream,
  HubStreamOptions: new SseHub().stream('topic'),
  MemoryLogOptions: memory,
  LmdbLogOptions: { ...lmdb, ...keptBy(lmdb.policy) },
  RedisLogOptions: { ...redis, ...keptBy(redis.policy) },
  TicketOptions: resolveTicketOptions({ secret: 'x'.repeat(32) }),
  InspectOptions: { limit: resolveInspectLimit({}) },
  ReadinessOptions: { timeout: await readinessTimeout() },
  SseMetricsOptions: resolveMetricsOptions({}),
};

function keptBy(policy: RetentionPolicy): object {
  const { totalBytes, userBytes, idempotencyWindow } = policy;
  return { retention: policy.for(topicKey('topic')), totalBytes, userBytes, idempotencyWindow };
}

/** The documented defaults that are plain values, with the option's path. */
const values = Object.entries(documented).flatMap(([name, options]) =>
  options
    .map(({ name: path, fallback = '' }) => ({ name, path, fallback }))
    .filter(({ fallback }) => /^(-?[\d_]+|'.*'|true|false|Infinity|\{.*\})$/.test(fallback)),
);

describe('the options that are documented', () => {
  test('are those that the doc comments tell of: otherwise run "npm run docs:options"', () => {
    expect(writeOptions('--print')).toBe(read('docs/options.md'));
  }, 120_000);

  test('have their types, with short ones in the place of their names', () => {
    const rule = '({ topic: string } | { prefix: string })';
    expect(typeOf('HubOptions', 'topics')).toBe(`readonly (${rule} & { flushInterval: number; })[]`);
    expect(typeOf('MemoryLogOptions', 'topics')).toBe(`readonly (RetentionOptions & ${rule})[]`);
  });

  test('have values for defaults', () => {
    expect(values.length).toBeGreaterThan(10);
  });

  test.each(values)('have their default: $name $path is $fallback', ({ name, path, fallback }) => {
    const actual = path
      .split('.')
      .reduce<unknown>(
        (value, part) => (value as Record<string, unknown> | undefined)?.[part],
        resolved[name],
      );

    expect(actual).toEqual(runInNewContext(`(${fallback})`));
  });
});

/** After how long a log is given up that is asked whether it can take events, and does not answer. */
async function readinessTimeout(): Promise<number> {
  const log: EventLog = Object.assign(memoryLog(), { health: () => new Promise<void>(() => undefined) });
  const hub = new SseHub({ log });
  const indicator = new SseHealthIndicator(hub, log);
  await hub.ready;
  jest.useFakeTimers();
  const asked = indicator.isReady();
  await jest.runOnlyPendingTimersAsync();
  jest.useRealTimers();
  const { sse } = await asked;
  return Number(/within (\d+) ms/.exec(sse.message!)![1]);
}

function typeOf(name: string, path: string): string {
  return documented[name]!.find((each) => each.name === path)!.type;
}

function writeOptions(mode: string): string {
  return execFileSync(process.execPath, ['docs/tools/write-options.mjs', mode], {
    cwd: ROOT,
    encoding: 'utf8',
  });
}
