/** The events of a client that knows nothing about them: every one's data is text. */
export type TextEvents = Record<string, string>;

/**
 * An event as a client delivers it. The map is that of `SseHub<Events>`: its keys are the names of the events,
 * `message` for those without one, and its values the types of their data.
 */
export type ClientEvent<Events> = unknown extends Events
  ? // oxlint-disable-next-line typescript/no-explicit-any -- whoever has no map checks nothing
    NamedEvent<string, any>
  : { [Name in keyof Events & string]: NamedEvent<Name, Events[Name]> }[keyof Events & string];

interface NamedEvent<Name extends string, Data> {
  /** The event's name, `message` where it has none. */
  readonly type: Name;
  /** Its data, decoded. */
  readonly data: Data;
  /** The id of this event or else the last one before it; empty where there has been none. */
  readonly lastEventId: string;
}
