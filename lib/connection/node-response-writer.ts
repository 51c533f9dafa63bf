import type { ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import { isHttp2, isOver, type NodeResponse } from './node-response.js';
import type { ResponseListener, ResponseWriter } from './response-writer.js';

const LISTENER = Symbol('sse.listener');

type ListenedResponse = NodeResponse & { [LISTENER]?: ResponseListener | undefined };

// One function for all responses, not a closure for each: the response itself knows whom to tell.
function onDrain(this: ListenedResponse): void {
  this[LISTENER]?.onDrain();
}

function onClose(this: ListenedResponse): void {
  const listener = this[LISTENER];
  this[LISTENER] = undefined;
  listener?.onGone();
}

// A reset connection is told by "close"; without a listener an "error" would end the process.
function onError(): void {}

/**
 * Tells the listener what becomes of a response. Only the response is listened to, never the request: a request is
 * closed as soon as its body has been read.
 */
export function listenTo(response: NodeResponse, listener: ResponseListener): void {
  (response as ListenedResponse)[LISTENER] = listener;
  response.on('drain', onDrain);
  response.on('close', onClose);
  response.on('error', onError);
  if (isOver(response)) {
    onClose.call(response);
    return;
  }
  if (!isHttp2(response) && response.socket === null) listenWhileWaiting(response);
}

/** The responses of a connection that wait without a socket: pipelined ones, behind an earlier response. */
const waitingFor = new WeakMap<Socket, Set<ServerResponse>>();

/** A response that waits is not told when its connection closes meanwhile; one listener tells all of them. */
function listenWhileWaiting(response: ServerResponse): void {
  const { socket } = response.req;
  const waiting = waitingFor.get(socket);
  if (waiting === undefined) {
    waitingFor.set(socket, new Set([response]));
    socket.once('close', onSocketClose);
  } else {
    waiting.add(response);
  }
  response.once('socket', onSocket);
}

function onSocketClose(this: Socket): void {
  for (const response of waitingFor.get(this) ?? []) onClose.call(response);
}

function onSocket(this: ServerResponse, socket: Socket): void {
  const waiting = waitingFor.get(socket);
  if (!waiting?.delete(this) || waiting.size > 0) return;
  waitingFor.delete(socket);
  socket.off('close', onSocketClose);
}

/** The default writer: `response.write`, on HTTP/1.1 and on HTTP/2. */
export class NodeResponseWriter implements ResponseWriter {
  constructor(private readonly response: NodeResponse) {}

  get pending(): number {
    return isHttp2(this.response)
      ? (this.response.stream?.writableLength ?? 0)
      : this.response.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    return (this.response as { write(bytes: Uint8Array): boolean }).write(bytes);
  }

  end(): void {
    if (!this.response.writableEnded) this.response.end();
  }

  destroy(): void {
    if (!isHttp2(this.response)) return void this.response.destroy();
    // Without a code the client would take what it has for the whole.
    this.response.stream?.close(constants.NGHTTP2_CANCEL);
    this.response.stream?.destroy();
  }
}
