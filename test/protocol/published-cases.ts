/**
 * What the published conformance tests of the field put into a stream, and what must come out: the cases of the folder
 * `eventsource` of web-platform-tests, told again as data under their names.
 */
export interface PublishedCase {
  readonly name: string;
  /** Text is sent as UTF-8. */
  readonly stream: string | readonly number[];
  /** Name, data and last event id of each event; name and id are left out where they are `message` and empty. */
  readonly events: readonly {
    readonly type?: string;
    readonly data: string;
    readonly lastEventId?: string;
  }[];
  readonly retry?: number;
}

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
const BOM = [0xef, 0xbb, 0xbf];

export const publishedCases: readonly PublishedCase[] = [
  {
    name: 'event-data',
    stream: 'data:msg\ndata:msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n',
    events: [{ data: 'msg\nmsg' }, { data: '' }, { data: 'end' }],
  },
  {
    name: 'format-bom',
    stream: [...BOM, ...utf8('data:1\n\n'), ...BOM, ...utf8('data:2\n\ndata:3\n\n')],
    events: [{ data: '1' }, { data: '3' }],
  },
  {
    name: 'format-bom-2',
    stream: [...BOM, ...BOM, ...utf8('data:1\n\ndata:2\n\ndata:3\n\n')],
    events: [{ data: '2' }, { data: '3' }],
  },
  {
    name: 'format-comments',
    stream: `data:1\r:\0\n:\r\ndata:2\n:${'x'.repeat(4_096)}\rdata:3\n:data:fail\r:${'x'.repeat(4_096)}\ndata:4\n\n`,
    events: [{ data: '1\n2\n3\n4' }],
  },
  {
    name: 'format-data-before-final-empty-line',
    stream: 'retry:1000\ndata:test1\n\nid:test\ndata:test2',
    events: [{ data: 'test1' }],
    retry: 1_000,
  },
  {
    name: 'format-field-data',
    stream: 'data:\n\ndata\ndata\n\ndata:test\n\n',
    events: [{ data: '' }, { data: '\n' }, { data: 'test' }],
  },
  {
    name: 'format-field-event',
    stream: 'event:test\ndata:x\n\ndata:x\n\n',
    events: [{ type: 'test', data: 'x' }, { data: 'x' }],
  },
  { name: 'format-field-event-empty', stream: 'event: \ndata:data\n\n', events: [{ data: 'data' }] },
  {
    name: 'format-field-id',
    stream: 'id: …\nretry: 200\ndata: hello\n\n',
    events: [{ data: 'hello', lastEventId: '…' }],
    retry: 200,
  },
  {
    name: 'format-field-id-2',
    stream: 'data: 1\nid: …\n\ndata: 2\n\n',
    events: [
      { data: '1', lastEventId: '…' },
      { data: '2', lastEventId: '…' },
    ],
  },
  {
    name: 'format-field-id-null',
    stream: 'id: a\ndata: 1\n\nid: b\0c\ndata: 2\n\n',
    events: [
      { data: '1', lastEventId: 'a' },
      { data: '2', lastEventId: 'a' },
    ],
  },
  {
    name: 'format-field-id (empty)',
    stream: 'id: a\ndata: 1\n\nid\ndata: 2\n\n',
    events: [{ data: '1', lastEventId: 'a' }, { data: '2' }],
  },
  {
    name: 'format-field-parsing',
    stream:
      'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    events: [{ data: '\0\n 2\n1\n3\n\n4' }],
  },
  { name: 'format-field-retry', stream: 'retry:3000\ndata:x\n\n', events: [{ data: 'x' }], retry: 3_000 },
  {
    name: 'format-field-retry-bogus',
    stream: 'retry:3000\nretry:1000x\ndata:x\n\n',
    events: [{ data: 'x' }],
    retry: 3_000,
  },
  { name: 'format-field-retry-empty', stream: 'retry\ndata:test\n\n', events: [{ data: 'test' }] },
  {
    name: 'format-field-unknown',
    stream: 'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n',
    events: [{ data: 'test\n' }],
  },
  {
    name: 'format-leading-space',
    stream: 'data:\ttest\rdata: \ndata:test\n\n',
    events: [{ data: '\ttest\n\ntest' }],
  },
  {
    name: 'format-newlines',
    stream: 'data:test\r\ndata\ndata:test\r\n\r',
    events: [{ data: 'test\n\ntest' }],
  },
  { name: 'format-null-character', stream: 'data:\0\n\n\n\n', events: [{ data: '\0' }] },
  { name: 'format-utf-8', stream: 'data:ok…\n\n', events: [{ data: 'ok…' }] },
];
