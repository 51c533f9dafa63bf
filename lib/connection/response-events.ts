import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SseError } from '../errors/sse-error.js';
import { isHttp2, isOver, type NodeResponse } from './node-response.js';
import type { ResponseListener } from './response-writer.js';

const LISTENER = Symbol('sse.listener');

type ListenedResponse = NodeResponse & { [LISTENER]?: ResponseListener | undefined };

// One function for all responses, not a closure for each: the response itself knows whom to tell.
function onDrain(this: ListenedResponse): void {
  this[LISTENER]?.onDrain();
}

// Emitted from within `end`; "finish" comes later, when something could have been written behind the end already.
function onPrefinish(this: ListenedResponse): void {
  this[LISTENER]?.onEnded();
}

function onClose(this: ListenedResponse): void {
  const listener = this[LISTENER];
  this[LISTENER] = undefined;
  forgetSocket(this);
  listener?.onGone();
}

// A reset connection is told by "close"; without a listener an "error" would end the process.
function onError(): void {}

/** @throws SseError `INVALID_OPTION` where the response is listened to already */
export function checkFree(response: NodeResponse): void {
  if ((response as ListenedResponse)[LISTENER] === undefined) return;
  throw new SseError('INVALID_OPTION', 'the response has a stream already; open one stream for each request');
}

/** Gives a response back that somebody else answers. */
export function stopListening(response: NodeResponse): void {
  (response as ListenedResponse)[LISTENER] = undefined;
}

/**
 * Tells the listener what becomes of a response. Only the response is listened to, never the request: a request is
 * closed as soon as its body has been read.
 */
export function listenTo(response: NodeResponse, listener: ResponseListener): void {
  // It may have been given back before, by an interceptor that tries the handler again for instance.
  const isNew = !(LISTENER in response);
  (response as ListenedResponse)[LISTENER] = listener;
  if (isNew) {
    response.on('drain', onDrain).on('prefinish', onPrefinish).on('close', onClose).on('error', onError);
  }
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

/** The response that a socket is to tell of its drain. */
const SERVED = Symbol('sse.served');

type ServingSocket = Socket & { [SERVED]?: ListenedResponse | undefined };

function onSocketDrain(this: ServingSocket): void {
  this[SERVED]?.[LISTENER]?.onDrain();
}

/** Tells a response's listener when its socket drains: where bytes are written past it, it does not tell by itself. */
export function listenToSocket(socket: Socket, response: ServerResponse): void {
  // One that is kept alive may have served another stream before.
  if (!(SERVED in socket)) socket.on('drain', onSocketDrain);
  (socket as ServingSocket)[SERVED] = response;
}

/** One that is kept alive, and idle, would hold the last response and its request. */
function forgetSocket(response: ListenedResponse): void {
  const socket = response.req.socket as ServingSocket | undefined;
  if (socket?.[SERVED] === response) socket[SERVED] = undefined;
}
