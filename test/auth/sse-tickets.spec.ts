import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createHmac, randomBytes } from 'node:crypto';
import { SseTickets, type TicketOptions, type TicketStore } from 'nestjs-sse-hub';

const SECRET = 'a secret of the tests, of more than thirty-two bytes';
const BASE64URL = /^[\w-]+$/;

interface Claims {
  user: string;
}

const ANN: Claims = { user: 'ann' };

function makeTickets<C = Claims>(options: Partial<TicketOptions> = {}): SseTickets<C> {
  return new SseTickets<C>({ secret: SECRET, ...options });
}

/** A store as several nodes share it: it answers later. */
function sharedStore(): TicketStore {
  const used = new Set<string>();
  return {
    use: async (id) => {
      const isFirst = !used.has(id);
      used.add(id);
      await Promise.resolve();
      return isFirst;
    },
  };
}

async function expectRefused(redeemed: Promise<unknown>): Promise<void> {
  await expect(redeemed).rejects.toMatchObject({ name: 'SseError', code: 'INVALID_TICKET' });
}

/** The ticket with one byte of what it carries turned into another. */
function withByteFlipped(ticket: string, at: number): string {
  const bytes = Buffer.from(ticket, 'base64url');
  bytes[at]! ^= 1;
  return bytes.toString('base64url');
}

afterEach(() => {
  jest.useRealTimers();
});

describe('A ticket', () => {
  test('gives its claims back', async () => {
    const tickets = makeTickets();
    expect(await tickets.redeem(tickets.issue(ANN))).toEqual(ANN);
  });

  test.each([
    ['a string', 'ann'],
    ['null', null],
    ['false', false],
    ['a number', 0],
    ['an array', [1, [2]]],
    ['every script', { user: 'Zoë 🎈 العربية \u0000 \u2028 \ud800' }],
    ['text that looks like the end of a URL', { user: '&a=b#?/%00' }],
  ])('carries any JSON: %s', async (_what, claims) => {
    const tickets = makeTickets<unknown>();
    expect(await tickets.redeem(tickets.issue(claims))).toEqual(claims);
  });

  test('needs no escaping in a URL', () => {
    const tickets = makeTickets<unknown>();
    for (let n = 0; n < 100; n++) expect(tickets.issue({ user: `Zoë 🎈 ${n}` })).toMatch(BASE64URL);
  });

  test('is another one each time', () => {
    const tickets = makeTickets();
    expect(new Set(Array.from({ length: 1_000 }, () => tickets.issue(ANN))).size).toBe(1_000);
  });

  test('is redeemed once', async () => {
    const tickets = makeTickets();
    const ticket = tickets.issue(ANN);
    await tickets.redeem(ticket);
    await expectRefused(tickets.redeem(ticket));
  });

  test.each([
    ['in the memory of the process', undefined],
    ['shared, and answering later', sharedStore()],
  ])('is redeemed once, by one of a hundred at the same time (store: %s)', async (_where, store) => {
    const tickets = makeTickets({ store });
    const ticket = tickets.issue(ANN);
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => tickets.redeem(ticket)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is redeemed on another node with the same secret, and then on none again', async () => {
    const store = sharedStore();
    const [one, other] = [makeTickets({ store }), makeTickets({ store })];
    const ticket = one.issue(ANN);
    expect(await other.redeem(ticket)).toEqual(ANN);
    await expectRefused(one.redeem(ticket));
    await expectRefused(other.redeem(ticket));
  });

  test('is good for half a minute, if not told otherwise', async () => {
    jest.useFakeTimers({ now: 1_000_000 });
    const tickets = makeTickets();
    const [early, late] = [tickets.issue(ANN), tickets.issue(ANN)];
    jest.setSystemTime(1_029_999);
    expect(await tickets.redeem(early)).toEqual(ANN);
    jest.setSystemTime(1_030_000);
    await expectRefused(tickets.redeem(late));
  });

  test('is good for its ttl, also where another node has another one', async () => {
    jest.useFakeTimers({ now: 1_000_000 });
    const [long, short] = [makeTickets({ ttl: 5_000 }), makeTickets({ ttl: 1 })];
    const ticket = long.issue(ANN);
    jest.setSystemTime(1_004_999);
    expect(await short.redeem(ticket)).toEqual(ANN);
  });

  test('that was not redeemed in time is not noted in the store', async () => {
    jest.useFakeTimers({ now: 1_000_000 });
    const use = jest.fn<TicketStore['use']>(() => true);
    const tickets = makeTickets({ store: { use }, ttl: 1 });
    const ticket = tickets.issue(ANN);
    jest.setSystemTime(1_000_001);
    await expectRefused(tickets.redeem(ticket));
    expect(use).not.toHaveBeenCalled();
  });

  test('tells the store its id, of 128 bits, and when it expires', async () => {
    jest.useFakeTimers({ now: 1_000_000 });
    const use = jest.fn<TicketStore['use']>(() => true);
    const tickets = makeTickets({ store: { use }, ttl: 1_500 });
    await tickets.redeem(tickets.issue(ANN));
    expect(use.mock.calls).toEqual([[expect.stringMatching(/^[\w-]{22}$/), 1_001_500]]);
  });
});

describe('redeem() rejects with INVALID_TICKET', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['an array, as a query with the name twice gives it', ['a', 'b']],
    ['an object, as a nested query gives it', { toString: () => 'a', length: 1 }],
    ['the empty string', ''],
    ['text', 'ticket'],
    ['text that is no base64url', '🎈'.repeat(100)],
    ['a megabyte', 'A'.repeat(1024 * 1024)],
    ['random bytes', randomBytes(100).toString('base64url')],
    ['zeros', Buffer.alloc(100).toString('base64url')],
  ])('%s', async (_what, ticket) => {
    await expectRefused(makeTickets().redeem(ticket));
  });

  test('a ticket whatever byte of it was changed, and takes the right one afterwards', async () => {
    const tickets = makeTickets();
    const ticket = tickets.issue(ANN);
    const length = Buffer.from(ticket, 'base64url').length;
    for (let at = 0; at < length; at++) await expectRefused(tickets.redeem(withByteFlipped(ticket, at)));
    expect(await tickets.redeem(ticket)).toEqual(ANN);
  });

  test('a ticket that was cut, wherever', async () => {
    const tickets = makeTickets();
    const ticket = tickets.issue(ANN);
    for (let end = 0; end < ticket.length; end++) await expectRefused(tickets.redeem(ticket.slice(0, end)));
    for (let start = 1; start < ticket.length; start++)
      await expectRefused(tickets.redeem(ticket.slice(start)));
  });

  test.each([
    ['with padding', (ticket: string) => `${ticket}=`],
    ['with a blank', (ticket: string) => `${ticket} `],
    ['with something behind it', (ticket: string) => `${ticket}A`],
    [
      'with a character between that base64 decoders skip',
      (ticket: string) => ticket.replace(/^(.)/, '$1\n'),
    ],
    ['in the other base64', (ticket: string) => ticket.replaceAll('_', '/').replaceAll('-', '+')],
  ])('a ticket in another spelling: %s', async (_how, respell) => {
    const tickets = makeTickets();
    // A run of these has a 63 in it, wherever base64 begins to count.
    const ticket = tickets.issue({ user: '??????' });
    expect(respell(ticket)).not.toBe(ticket);
    await expectRefused(tickets.redeem(respell(ticket)));
  });

  test('a ticket whose signature is that of another', async () => {
    const tickets = makeTickets();
    const [one, other] = [tickets.issue(ANN), tickets.issue({ user: 'bob' })];
    const forged = Buffer.concat([
      Buffer.from(one, 'base64url').subarray(0, -32),
      Buffer.from(other, 'base64url').subarray(-32),
    ]);
    await expectRefused(tickets.redeem(forged.toString('base64url')));
  });

  test('a ticket that was issued with another secret', async () => {
    const ticket = makeTickets({ secret: randomBytes(32) }).issue(ANN);
    await expectRefused(makeTickets().redeem(ticket));
  });

  test('what the same secret has signed for another purpose', async () => {
    const signed = Buffer.from(makeTickets().issue(ANN), 'base64url').subarray(0, -32);
    const mac = createHmac('sha256', SECRET).update(signed).digest();
    await expectRefused(makeTickets().redeem(Buffer.concat([signed, mac]).toString('base64url')));
  });

  test('a ticket of a version that this release does not know, though it was signed', async () => {
    const signed = Buffer.from(makeTickets().issue(ANN), 'base64url').subarray(0, -32);
    signed[0] = 2;
    const mac = createHmac('sha256', SECRET).update('nestjs-sse-hub ticket\0').update(signed).digest();
    await expect(
      makeTickets().redeem(Buffer.concat([signed, mac]).toString('base64url')),
    ).rejects.toMatchObject({ code: 'INVALID_TICKET', message: expect.stringContaining('version is 2') });
  });

  test.each([undefined, 'OK', 1, false])('a ticket for which the store answers %p', async (answer) => {
    const tickets = makeTickets({ store: { use: () => answer as boolean } });
    await expectRefused(tickets.redeem(tickets.issue(ANN)));
  });

  test('what is longer than any ticket, for its length alone', async () => {
    await expect(makeTickets().redeem('A'.repeat(4_097))).rejects.toMatchObject({
      message: expect.stringContaining('more than 4096 characters'),
    });
  });

  test('without a word of the ticket in its message', async () => {
    const ticket = 'the-text-of-somebody';
    await expect(makeTickets().redeem(ticket)).rejects.toMatchObject({
      message: expect.not.stringContaining('somebody'),
    });
  });
});

describe('redeem()', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('store away');
      },
    ],
    ['rejects', () => Promise.reject(new Error('store away'))],
  ])('gives no claims when the store %s, and says why', async (_how, use) => {
    const tickets = makeTickets({ store: { use } });
    await expect(tickets.redeem(tickets.issue(ANN))).rejects.toThrow('store away');
  });

  test('gives claims that change no prototype', async () => {
    const tickets = makeTickets<unknown>();
    const hostile = JSON.parse(
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}',
    ) as object;
    const claims = (await tickets.redeem(tickets.issue(hostile))) as { isAdmin?: boolean };
    expect(claims.isAdmin).toBeUndefined();
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('isAdmin');
    expect(claims).toEqual(hostile);
  });
});

describe('issue() throws INVALID_DATA', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', 1n],
    ['a circle', circular],
    ['more than fits into a URL', 'x'.repeat(4_000)],
  ])('for claims that are %s', (_what, claims) => {
    expect(() => makeTickets<unknown>().issue(claims)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA' }),
    );
  });

  test('for nothing that redeem() would take', async () => {
    const tickets = makeTickets<string>();
    const claims = 'x'.repeat(3_000);
    const ticket = tickets.issue(claims);
    expect(ticket.length).toBeLessThanOrEqual(4_096);
    expect(await tickets.redeem(ticket)).toBe(claims);
  });
});

describe('Secrets', () => {
  test.each([
    ['bytes', randomBytes(32)],
    ['a Uint8Array', new Uint8Array(32).fill(7)],
    ['a string whose UTF-8 has 32 bytes', 'ü'.repeat(16)],
  ])('may be %s', async (_what, secret) => {
    const tickets = makeTickets({ secret });
    expect(await tickets.redeem(tickets.issue(ANN))).toEqual(ANN);
  });

  test('are rotated: the first signs, all are accepted', async () => {
    const [fresh, old] = [randomBytes(32), randomBytes(32)];
    const both = makeTickets({ secret: [fresh, old] });
    expect(await both.redeem(makeTickets({ secret: old }).issue(ANN))).toEqual(ANN);
    expect(await makeTickets({ secret: fresh }).redeem(both.issue(ANN))).toEqual(ANN);
    await expectRefused(makeTickets({ secret: old }).redeem(both.issue(ANN)));
  });

  test('are copied: what happens to the bytes afterwards changes nothing', async () => {
    const secret = randomBytes(32);
    const tickets = makeTickets({ secret });
    const ticket = tickets.issue(ANN);
    secret.fill(0);
    expect(await tickets.redeem(ticket)).toEqual(ANN);
  });
});

describe('new SseTickets() throws INVALID_OPTION', () => {
  test.each([
    ['no options', undefined],
    ['no secret', {}],
    ['a short secret', { secret: 'x'.repeat(31) }],
    ['a short secret among several', { secret: [SECRET, 'short'] }],
    ['no secret among none', { secret: [] }],
    ['a number as secret', { secret: 32 }],
    ['a ttl of 0', { secret: SECRET, ttl: 0 }],
    ['a ttl that is none', { secret: SECRET, ttl: '30s' }],
    ['a store that cannot note anything', { secret: SECRET, store: {} }],
    ['a store that is none', { secret: SECRET, store: null }],
    ['an option that it does not have', { secret: SECRET, maxAge: 1 }],
  ])('for %s', (_what, options) => {
    expect(() => new SseTickets(options as TicketOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  test('telling how long a secret must be and how to make one, but not the secret', () => {
    expect(() => makeTickets({ secret: 'hunter2' })).toThrow(/at least 32 bytes.*openssl rand -base64 32/);
    expect(() => makeTickets({ secret: 'hunter2' })).not.toThrow(/hunter2/);
  });
});
