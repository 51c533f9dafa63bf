// Runs one client in a process of its own, and tells its parent what the client says.
const { adapter, url, options } = JSON.parse(process.argv[2]);
const { open } = await import(`./adapters/${adapter}.mjs`);

// What a consumer that takes one event at a time has to keep where its client does not wait for it.
const waiting = [];
let events = 0;

const client = open(url, options, {
  event(event) {
    events++;
    if (events <= 20) process.send({ kind: 'event', ...event });
    if (options.closesAtFirst && events === 1) client.close();
    if (!options.stopsAtFirst) return undefined;
    waiting.push(event);
    return new Promise(() => undefined);
  },
  error(message) {
    process.send({ kind: 'error', message });
  },
  end(message) {
    process.send({ kind: 'end', message });
  },
});

process.on('disconnect', () => process.exit());
// Without a listener the channel would not keep the process alive while a client waits.
process.on('message', () => undefined);
