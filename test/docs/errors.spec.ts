import { describe, expect, test } from '@jest/globals';
import { CLOSE_REASONS } from '../../lib/errors/close-reason.js';
import { GAP_REASONS } from '../../lib/errors/gap-reason.js';
import { REFUSAL_CAUSES } from '../../lib/errors/refusal-cause.js';
import { SseError, SseHub, type SseConnection } from 'nestjs-sse-hub';
import { refusalError } from '../../lib/connection/refusal.js';
import { authorizeAll } from '../../lib/hub/authorization.js';
import { read } from '../support/documents.js';
import { startShown } from '../support/shown-application.js';

/** What the first column of the tables under some headings says. */
function documented(...headings: string[]): string[] {
  const sections = read('docs/errors.md').split(/^## /m);
  return headings.flatMap((heading) => {
    const section = sections.find((each) => each.startsWith(`${heading}\n`));
    return Array.from(section!.matchAll(/^\| `([\w-]+)` +\|.*\S.*\|$/gm), ([, name]) => name!);
  });
}

/** Everything that fails with a status. */
const failures: (() => unknown)[] = [
  () => new SseHub().stream(''),
  () => new SseHub().sendTo('', { data: 1 }),
  () => new SseHub({ limits: { topicsPerStream: 1 } }).stream(['a', 'b']),
  () => authorizeAll(['t:a'], {} as SseConnection, [() => false]),
  () =>
    new SseHub({ limits: { newTopicsPerSecond: 1 } }).publish(['a', 'b'], { data: 1 }, { publisher: 'ann' }),
  ...REFUSAL_CAUSES.map((cause) => () => Promise.reject(refusalError({ cause, retry: 1, byStatus: true }))),
];

/** The status and the code of an error, as a row of the table begins. */
async function rowOf(failure: () => unknown): Promise<string> {
  try {
    await failure();
  } catch (error) {
    if (error instanceof SseError) return `${error.statusCode} ${error.code}`;
    throw error;
  }
  throw new Error(`${String(failure)} did not fail`);
}

describe('docs/errors.md', () => {
  test('has every code, with what is wrong and what to do', () => {
    const source = read('lib/errors/sse-error.ts');
    const codes = Array.from(source.matchAll(/^ +\| '([A-Z_]+)'/gm), ([, code]) => code!);
    const told = documented(
      'What is published or sent',
      'Topics, users and who may follow',
      'What is set up',
      'The event log',
      'Too late, or too slow',
      'What an `SseClient` is rejected with',
    ).filter((name) => name !== 'code');

    expect(codes).toContain('INVALID_OPTION');
    expect(told.sort()).toEqual(codes.sort());
  });

  test('has every reason for an end', () => {
    expect(documented('Why a connection has ended')).toEqual([...CLOSE_REASONS]);
  });

  test('has every reason for a gap', () => {
    expect(documented('Why there is a gap')).toEqual([...GAP_REASONS]);
  });

  test('has every cause of a refusal', () => {
    expect(documented('Why a stream was refused')).toEqual([...REFUSAL_CAUSES]);
  });

  test('has the status of every code that requests are answered with', async () => {
    const rows = await Promise.all(failures.map(rowOf));
    const told = Array.from(
      read('docs/errors.md').matchAll(/^\| (\d{3}) +\| `(\w+)`/gm),
      ([, status, code]) => `${status} ${code}`,
    );

    expect(told).toEqual(
      [...new Set(rows)].sort((one, other) => Number.parseInt(one) - Number.parseInt(other)),
    );
  });
});

describe('the filter that docs/errors.md shows', () => {
  test('answers with the status of an error', async () => {
    const { client } = await startShown('docs/errors.md', 'What a client sees');

    const answer = await client.open('/rooms?room=&from=ann', { method: 'POST' });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      statusCode: 400,
      message: 'a topic is a non-empty string of whole characters, but is ""',
    });
  });

  test('says when to try again', async () => {
    const { client } = await startShown('docs/errors.md', 'What a client sees');

    const rooms = Array.from({ length: 8 }, (_, room) =>
      client.open(`/rooms?room=${room}&from=ann`, { method: 'POST' }),
    );
    const answers = await Promise.all(rooms);

    const refused = answers.find(({ status }) => status !== 201)!;
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
  });
});
