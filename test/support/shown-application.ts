import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach } from '@jest/globals';
import { createClient, type Client } from './client.js';
import { compileExamples, type CompiledExamples } from './compiled-example.js';
import type { StartedServer } from './compiled-library.js';
import { codeBlock } from './documents.js';

/** An application of what a document shows, and a client of it. */
export interface ShownApplication {
  readonly process: StartedServer;
  readonly origin: string;
  readonly client: Client;
}

export interface ShownBlock {
  /** Which one of several under the heading. */
  index?: number;
  environment?: Record<string, string>;
}

let examples: CompiledExamples | undefined;
const running: ShownApplication[] = [];

afterEach(async () => {
  for (const { client, process } of running.splice(0)) {
    client.close();
    await process.stop();
  }
});

afterAll(async () => {
  await examples?.remove();
});

/** Runs what a document shows under a heading, in an application of its own; it is ended after the test. */
export async function startShown(
  document: string,
  heading: string,
  { index, environment }: ShownBlock = {},
): Promise<ShownApplication> {
  examples ??= compileExamples();
  return runningApplication(
    await examples.startModule(codeBlock(document, heading, 'ts', index), environment),
  );
}

/** Runs a whole program that a document shows under a heading, on a port of its own in the place of 3000. */
export async function startShownProgram(document: string, heading: string): Promise<ShownApplication> {
  examples ??= compileExamples();
  const process = await examples.start(codeBlock(document, heading, 'ts'));
  await process.untilOutput(/successfully started/);
  const application = runningApplication(process);
  await untilListening(process);
  return application;
}

/** It says so before it listens, and then nothing any more. */
async function untilListening({ port }: StartedServer): Promise<void> {
  for (let listens = false; !listens;) {
    const socket = connect(port, '127.0.0.1');
    listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
  }
}

function runningApplication(process: StartedServer): ShownApplication {
  const origin = `http://127.0.0.1:${process.port}`;
  const application = { process, origin, client: createClient(origin, '1.1') };
  running.push(application);
  return application;
}
