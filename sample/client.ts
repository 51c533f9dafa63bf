// Two clients side by side on one server: start the samples, then this, and stop the samples again.
import { SseClient } from 'nestjs-sse-hub/client';

const url = process.env['SSE_URL'] ?? 'http://127.0.0.1:8888/sse';

await Promise.all([follow('client1'), follow('client2')]);

async function follow(name: string): Promise<void> {
  const client = new SseClient(url, { maxAttempts: 3 });

  client.onConnect(() => {
    console.log(`${name} connect to server ${client.url} success with ${client.method} method`);
  });
  client.onDisconnect((_client, { reason }) => {
    console.log(`${name} disconnect to server ${client.url} with ${client.method} method: ${reason}`);
  });

  try {
    // Events that share an id may come once more after a reconnect.
    const last = new Map<string, string>();
    await client.subscribe(({ type, data, lastEventId }) => {
      if (lastEventId !== '' && last.get(type) === lastEventId) return;
      last.set(type, lastEventId);
      console.log(`${name} ${type} ${data}`);
    });
  } catch (error) {
    console.log(`${name} ${String(error)}`);
  }
}
