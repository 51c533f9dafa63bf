import { describe, expect, test } from '@jest/globals';
import { formatPosition } from '../../../lib/log/position.js';
import { check } from './checker.js';
import { formatNumbered, type Acknowledged, type Evidence, type Seen } from './records.js';

const acknowledged: Acknowledged[] = [0, 1, 2, 3, 4, 5].map((number) => ({
  number,
  places: [[number % 2, Math.floor(number / 2)]],
  id: idOf(number),
}));

const all: Seen[] = acknowledged.map((event) => ({
  kind: 'event',
  id: event.id,
  data: formatNumbered(event),
}));
const gap: Seen = { kind: 'gap', id: idOf(2), reason: 'epoch' };

function idOf(number: number, epoch = 'history1'): string {
  return formatPosition(epoch, 100 + number);
}

function checked(seen: readonly Seen[], more: Partial<Evidence> = {}, topics = [0, 1]) {
  return check({ acknowledged, survivors: all, clients: new Map([['client', { topics, seen }]]), ...more });
}

function without(...numbers: number[]): Seen[] {
  return all.filter((_, number) => !numbers.includes(number));
}

describe('The checker of what clients have seen', () => {
  test('has nothing against a client that has seen everything of its topics', () => {
    expect(checked(all)).toEqual({ wrong: [], gaps: {}, told: 0, delivered: 6 });
    expect(checked(without(1, 3, 5), {}, [0]).wrong).toEqual([]);
  });

  test.each([
    ['in the midst', without(2)],
    ['at the end', without(5)],
    ['at the beginning', without(0)],
  ])('finds an event that is missing %s', (_where, seen) => {
    expect(checked(seen, { survivors: [] }).wrong).toHaveLength(1);
  });

  test('finds an event that has come twice, and events that have changed places', () => {
    expect(checked([...all.slice(0, 3), all[2]!, ...all.slice(3)]).wrong).not.toEqual([]);
    expect(checked([all[0]!, all[2]!, all[1]!, ...all.slice(3)]).wrong).not.toEqual([]);
  });

  test('finds an event of a topic that is not followed', () => {
    expect(checked(all, {}, [0]).wrong).not.toEqual([]);
  });

  test('finds an offset that has been given to two events', () => {
    const other: Seen = { kind: 'event', id: idOf(2, 'history2'), data: '7 0:1' };
    expect(checked([all[0]!, all[1]!, other, ...all.slice(3)]).wrong).toContainEqual(
      expect.stringMatching(/names event/),
    );
  });

  test('lets pass that events of a log that has lost them are missing, where a gap tells of it', () => {
    const lost = without(2, 3);
    const seen = [...lost.slice(0, 2), gap, ...lost.slice(2)];
    expect(checked(seen, { survivors: lost })).toEqual({
      wrong: [],
      gaps: { epoch: 1 },
      told: 2,
      delivered: 4,
    });
  });

  test('finds that the gap comes too late', () => {
    const lost = without(2, 3);
    expect(checked([...lost, gap], { survivors: lost }).wrong).not.toEqual([]);
  });

  test('finds what is in the log and has not come, although a gap was told', () => {
    const lost = without(2, 3);
    expect(checked([...lost.slice(0, 2), gap, ...lost.slice(2)]).wrong).toHaveLength(2);
  });
});
