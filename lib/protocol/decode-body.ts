/** The name and the data's text of a block that `encodeFields` wrote; no parser for streams from elsewhere. */
export interface DecodedBody {
  readonly event: string | undefined;
  readonly data: string | undefined;
}

export function decodeBody(body: string): DecodedBody {
  let event: string | undefined;
  let data: string | undefined;
  for (const line of body.split('\n')) {
    if (line.startsWith('event:')) event = value(line, 6);
    else if (line.startsWith('data:'))
      data = data === undefined ? value(line, 5) : `${data}\n${value(line, 5)}`;
  }
  return { event, data };
}

function value(line: string, start: number): string {
  return line.charCodeAt(start) === 32 ? line.slice(start + 1) : line.slice(start);
}
