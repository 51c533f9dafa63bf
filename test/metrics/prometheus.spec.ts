import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.js';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';
import { freePort } from '../support/free-port.js';

/** The figures of one scrape: `name{labels}` without those of the scope -> value. */
type Scrape = ReadonlyMap<string, number>;

function parse(text: string): Scrape {
  const figures = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null) continue;
    const [, name, labels = '', value] = match;
    const own = labels.split(',').filter((label) => label !== '' && !label.startsWith('otel_scope_'));
    figures.set(own.length === 0 ? name! : `${name}{${own.join(',')}}`, Number(value));
  }
  return figures;
}

describe('The example with the Prometheus exporter', () => {
  let sample: CompiledSample;
  let client: Client;
  let endpoint: string;

  const scrapeText = async () => (await fetch(endpoint)).text();
  const scrape = async () => parse(await scrapeText());

  /** Scrapes until a figure has a value: what has been counted is known to the server before it is to a client. */
  async function scrapeUntil(figure: string, value: number): Promise<Scrape> {
    let figures = await scrape();
    while (figures.get(figure) !== value) figures = await scrape();
    return figures;
  }

  beforeAll(async () => {
    const metricsPort = await freePort();
    endpoint = `http://127.0.0.1:${metricsPort}/metrics`;
    sample = compileSample();
    const { port } = await sample.startMetrics(metricsPort);
    client = createClient(`http://127.0.0.1:${port}`, '1.1');
  });

  afterAll(async () => {
    client.close();
    await sample.remove();
  });

  test('tells all figures from the beginning, with names and types as Prometheus has them', async () => {
    const text = await scrapeText();
    const types = [...text.matchAll(/^# TYPE (sse_\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(types.sort()).toEqual([
      'sse_event_delivered_total counter',
      'sse_event_published_total counter',
      'sse_event_replayed_total counter',
      'sse_stream_active gauge',
      'sse_stream_closed_total counter',
      'sse_stream_gaps_total counter',
      'sse_stream_lagging gauge',
      'sse_stream_opened_total counter',
      'sse_stream_refused_total counter',
      'sse_stream_sent_total counter',
    ]);
    const figures = parse(text);
    expect(figures.get('sse_stream_opened_total')).toBe(0);
    expect(figures.get('sse_stream_closed_total{sse_close_reason="client"}')).toBe(0);
    expect(figures.get('sse_stream_gaps_total{sse_gap_reason="evicted"}')).toBe(0);
    expect(figures.get('sse_stream_refused_total{sse_refusal_cause="connections"}')).toBe(0);
  });

  test('tells what streams and events there have been', async () => {
    const [one, other] = [await client.open('/news'), await client.open('/news')];
    await Promise.all([one.untilText('id:'), other.untilText('id:')]);
    for (const text of ['a', 'b', 'c']) await client.open(`/news?text=${text}`, { method: 'POST' });
    await Promise.all([one.nextData(3), other.nextData(3)]);

    const resumed = await client.open('/news', { lastEventId: one.events[0]!.id! });
    await resumed.nextData(2);
    const lost = await client.open('/news', { lastEventId: 'nobody knows it' });
    // The gap, and all that is there.
    await lost.nextData(4);
    other.leave();

    const figures = await scrapeUntil('sse_stream_closed_total{sse_close_reason="client"}', 1);
    const bytes = [one, other, resumed, lost].map(({ text }) => Buffer.byteLength(text));
    expect(Object.fromEntries(figures)).toMatchObject({
      sse_stream_active: 3,
      sse_stream_lagging: 0,
      sse_stream_opened_total: 4,
      'sse_stream_closed_total{sse_close_reason="client"}': 1,
      'sse_stream_closed_total{sse_close_reason="shutdown"}': 0,
      'sse_stream_gaps_total{sse_gap_reason="unknown-id"}': 1,
      'sse_stream_gaps_total{sse_gap_reason="evicted"}': 0,
      sse_event_published_total: 3,
      sse_event_delivered_total: 11,
      sse_event_replayed_total: 5,
      sse_stream_sent_total: bytes.reduce((sum, count) => sum + count, 0),
      sse_event_delay_count: 3,
      'sse_event_delay_bucket{le="+Inf"}': 3,
    });
  });
});
