import type { StoredTopic } from './stored-topic.js';

interface Place {
  readonly topic: StoredTopic;
  readonly oldest: number;
}

/**
 * Topics by their oldest record. Places may be out of date: an oldest record only ever gives way to a younger one, and a
 * place is put right when it comes up.
 */
export class TopicHeap {
  readonly #places: Place[] = [];
  readonly #topics = new Set<StoredTopic>();

  /** The topic holds something. */
  add(topic: StoredTopic): void {
    if (this.#topics.has(topic)) return;
    this.#topics.add(topic);
    this.#push({ topic, oldest: topic.oldest });
  }

  clear(): void {
    this.#places.length = 0;
    this.#topics.clear();
  }

  /** Takes out the topic with the oldest record of all; it has to be added again where it still holds something. */
  take(): StoredTopic | undefined {
    for (let place = this.#pop(); place !== undefined; place = this.#pop()) {
      const { topic, oldest } = place;
      if (topic.size > 0 && oldest < topic.oldest) {
        this.#push({ topic, oldest: topic.oldest });
        continue;
      }
      this.#topics.delete(topic);
      if (topic.size > 0) return topic;
    }
    return undefined;
  }

  #push(place: Place): void {
    const places = this.#places;
    let at = places.push(place) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (places[above]!.oldest <= place.oldest) break;
      places[at] = places[above]!;
      at = above;
    }
    places[at] = place;
  }

  #pop(): Place | undefined {
    const places = this.#places;
    const top = places[0];
    const last = places.pop();
    if (top === undefined || last === undefined || places.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= places.length) break;
      if (below + 1 < places.length && places[below + 1]!.oldest < places[below]!.oldest) below++;
      if (places[below]!.oldest >= last.oldest) break;
      places[at] = places[below]!;
      at = below;
    }
    places[at] = last;
    return top;
  }
}
