import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { BROADCAST_KEY, isPrivate, topicKey, topicKeys, topicOf, userKey } from '../../lib/log/topic-key.js';
import { hasLoneSurrogate } from '../../lib/protocol/utf8.js';
import { anyText } from '../support/arbitrary-event.js';

const name = anyText.filter((text) => text !== '' && !hasLoneSurrogate(text));

describe("A topic's name", () => {
  test("can name neither a user's private topic nor broadcast, whatever it is", () => {
    fc.assert(
      fc.property(name, name, (topic, user) => {
        expect(topicKey(topic)).not.toBe(userKey(user));
        expect(topicKey(topic)).not.toBe(userKey(topic));
        expect(topicKey(topic)).not.toBe(BROADCAST_KEY);
        expect(isPrivate(topicKey(topic))).toBe(false);
        expect(isPrivate(userKey(user))).toBe(true);
      }),
    );
  });

  test('comes back from its key, and only a public one does', () => {
    fc.assert(
      fc.property(name, (topic) => {
        expect(topicOf(topicKey(topic))).toBe(topic);
        expect(topicOf(userKey(topic))).toBeUndefined();
      }),
    );
    expect(topicOf(BROADCAST_KEY)).toBeUndefined();
    expect(isPrivate(BROADCAST_KEY)).toBe(false);
  });

  test.each(['', 'a\ud800', '\udc00a', 5, null, undefined, {}, ['a']])('is not %j', (topic) => {
    expect(() => topicKey(topic)).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC' }));
    expect(() => topicKeys([topic as string])).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC' }));
  });
});

describe('Topics', () => {
  test('are one name or an array of them, each once and in their order', () => {
    expect(topicKeys('a')).toEqual(['t:a']);
    expect(topicKeys(['b', 'a', 'b'])).toEqual(['t:b', 't:a']);
    expect(topicKeys([])).toEqual([]);
  });

  test.each([undefined, null, 5, {}, new Set(['a'])])('are not %p', (topics) => {
    expect(() => topicKeys(topics as string[])).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC' }));
  });
});

test.each(['', 'a\ud800', 5, null, undefined, {}])('A user is not %j', (user) => {
  expect(() => userKey(user)).toThrow(expect.objectContaining({ code: 'INVALID_USER' }));
});
