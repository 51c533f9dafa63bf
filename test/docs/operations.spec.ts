import { expect, test } from '@jest/globals';
import { createClient } from '../support/client.js';
import { compileExamples } from '../support/compiled-example.js';
import { codeBlock } from '../support/documents.js';

test('the health checks that docs/operations.md shows tell that the node is up', async () => {
  const examples = compileExamples();
  const process = await examples.startModule(codeBlock('docs/operations.md', 'Health', 'ts', 0));
  const client = createClient(`http://127.0.0.1:${process.port}`, '1.1');
  try {
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await client.open(path);

      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ sse: { status: 'up', streams: 0, draining: false } });
    }
  } finally {
    client.close();
    await process.stop();
    examples.remove();
  }
});
