import type { SseEvent } from '../protocol/event.js';

/**
 * An event that the map allows: its keys are the names of the events, `message` for those without one, and its values
 * the types of their data, `undefined` where there is none. Any event where there is no map.
 */
export type HubEvent<Events> = unknown extends Events
  ? SseEvent
  : { [Name in keyof Events & string]: NamedEvent<Name, Events[Name]> }[keyof Events & string];

type NamedEvent<Name extends string, Data> = Omit<SseEvent, 'event' | 'type' | 'data'> &
  (undefined extends Data ? { data?: Data } : { data: Data }) &
  (
    | { event: Name; type?: never }
    | { type: Name; event?: never }
    | (Name extends 'message' ? { event?: never; type?: never } : never)
  );

/** Name and data of an event that the map allows, as filters see them; `message` is the event without a name. */
export type SeenEvent<Events> = unknown extends Events
  ? { readonly event: string; readonly data: unknown }
  : {
      [Name in keyof Events & string]: { readonly event: Name; readonly data: Events[Name] };
    }[keyof Events & string];
