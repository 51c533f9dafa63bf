/** As much of undici's dispatcher as is used: what makes Node's `fetch` send its requests. */
interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean;
}

// Where undici, and Node's own one, keep the dispatcher that all requests go through.
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');

/**
 * What has Node's `fetch` wait for a quiet stream as long as the client's own options say: it gives up after five
 * minutes without a byte otherwise. The requests go through the dispatcher that the application has set, if it has.
 * Does nothing on other platforms, and where Node's dispatcher is out of reach, as in Jest's environments.
 */
export function withoutTimeouts(): object {
  return globalDispatcher() === undefined ? {} : { dispatcher: patient };
}

function globalDispatcher(): Dispatcher | undefined {
  return Reflect.get(globalThis, GLOBAL_DISPATCHER) as Dispatcher | undefined;
}

const patient: Dispatcher = {
  dispatch: (options, handler) =>
    globalDispatcher()!.dispatch({ ...options, bodyTimeout: 0, headersTimeout: 0 }, handler),
};
