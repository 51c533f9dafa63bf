import type { SseEvent } from '../protocol/event.js';

/** The events of a hub by name, with the type of their data; `message` is the event without a name. */
export type EventMap = Record<string, unknown>;

/** An event that the map allows; any event where the map is `any`. */
export type HubEvent<Events> = unknown extends Events
  ? SseEvent
  : { [Name in keyof Events & string]: NamedEvent<Name, Events[Name]> }[keyof Events & string];

type NamedEvent<Name extends string, Data> = Omit<SseEvent, 'event' | 'type' | 'data'> & { data: Data } & (
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
