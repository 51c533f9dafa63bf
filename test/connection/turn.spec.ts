import { afterAll, describe, expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Chunk } from '../../lib/connection/chunk.js';
import { Outlet } from '../../lib/connection/outlet.js';
import type { ResponseWriter } from '../../lib/connection/response-writer.js';
import { Turn } from '../../lib/connection/turn.js';
import { CompiledLibrary } from '../support/compiled-library.js';

/** A turn, and what has been done in it, in its order. */
function begin() {
  const turn = new Turn();
  const done: string[] = [];
  const note = (what: string) => () => void done.push(what);
  const corked = (name: string) => ({ uncork: note(`uncork ${name}`) });
  return { turn, done, note, corked };
}

describe('A turn', () => {
  test('does nothing before it ends, however many promises are awaited in it', async () => {
    const { turn, done, note, corked } = begin();
    turn.atEnd(note('task'));
    turn.uncorkAtEnd(corked('a'));
    for (let n = 0; n < 100; n++) await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    expect(done).toEqual([]);
    await nextTurn();
    expect(done).toEqual(['task', 'uncork a']);
  });

  test('does its tasks first, in their order, and then lets go what is kept back', async () => {
    const { turn, done, note, corked } = begin();
    turn.uncorkAtEnd(corked('a'));
    turn.atEnd(note('first'));
    turn.uncorkAtEnd(corked('b'));
    turn.atEnd(note('second'));
    await nextTurn();
    expect(done).toEqual(['first', 'second', 'uncork a', 'uncork b']);
  });

  test('lets go at its own end what its tasks keep back', async () => {
    const { turn, done, note, corked } = begin();
    turn.atEnd(() => turn.uncorkAtEnd(corked('a')));
    turn.atEnd(note('second'));
    await nextTurn();
    expect(done).toEqual(['second', 'uncork a']);
    await nextTurn();
    expect(done).toEqual(['second', 'uncork a']);
  });

  test('leaves to the next what is planned while it ends', async () => {
    const { turn, done, note } = begin();
    turn.atEnd(() => {
      note('first')();
      turn.atEnd(note('next'));
    });
    turn.atEnd(note('second'));
    await nextTurn();
    expect(done).toEqual(['first', 'second']);
    await nextTurn();
    expect(done).toEqual(['first', 'second', 'next']);
  });

  test('leaves to the next what is planned or kept back while it lets go', async () => {
    const { turn, done, note, corked } = begin();
    turn.uncorkAtEnd({
      uncork: () => {
        turn.atEnd(note('next'));
        turn.uncorkAtEnd(corked('a'));
      },
    });
    await nextTurn();
    expect(done).toEqual([]);
    await nextTurn();
    expect(done).toEqual(['next', 'uncork a']);
  });

  test('does everything once', async () => {
    const { turn, done, note, corked } = begin();
    turn.atEnd(note('task'));
    turn.uncorkAtEnd(corked('a'));
    for (let n = 0; n < 5; n++) await nextTurn();
    expect(done).toEqual(['task', 'uncork a']);
  });

  test('says that it is ending to its tasks, and not to those whom it lets go', async () => {
    const { turn } = begin();
    const said: boolean[] = [turn.isEnding];
    turn.atEnd(() => said.push(turn.isEnding));
    turn.uncorkAtEnd({ uncork: () => void said.push(turn.isEnding) });
    await nextTurn();
    expect(said).toEqual([false, true, false]);
  });
});

const library = new CompiledLibrary();

afterAll(async () => {
  await library.remove();
});

test('A turn does everything that is due at its end also where some of that throws, of which the process is told', async () => {
  library.write(
    'turn.js',
    `
    import { Turn } from './dist/connection/turn.js';
    const turn = new Turn();
    const done = [];
    const act = (what) => () => {
      done.push(what);
      if (what.startsWith('bad')) throw new Error(what);
    };
    process.on('uncaughtException', ({ message }) => done.push('uncaught ' + message));
    for (const what of ['bad task', 'task', 'bad last task']) turn.atEnd(act(what));
    for (const what of ['bad uncork', 'uncork', 'bad last uncork']) turn.uncorkAtEnd({ uncork: act(what) });
    turn.atEnd(() => done.push('is ending: ' + turn.isEnding));
    turn.uncorkAtEnd({ uncork: () => done.push('is ending: ' + turn.isEnding) });
    setTimeout(() => {
      turn.atEnd(act('next'));
      setTimeout(() => console.log(JSON.stringify({ done })), 10);
    }, 10);
    `,
  );
  const program = library.run('turn.js');
  const [output] = await program.untilOutput(/\{.*\}/);
  const { done } = JSON.parse(output) as { done: string[] };
  expect(done.filter((what) => !what.startsWith('uncaught'))).toEqual([
    'bad task',
    'task',
    'bad last task',
    'is ending: true',
    'bad uncork',
    'uncork',
    'bad last uncork',
    'is ending: false',
    'next',
  ]);
  expect(done.filter((what) => what.startsWith('uncaught'))).toEqual(
    ['bad task', 'bad last task', 'bad uncork', 'bad last uncork'].map((what) => `uncaught ${what}`),
  );
});

/** Notes what it is told. */
class NotingWriter implements ResponseWriter {
  readonly calls: string[] = [];
  readonly pending = 0;

  write(chunk: Chunk): boolean {
    this.calls.push(new TextDecoder().decode(chunk.data));
    return true;
  }

  cork(): void {
    this.calls.push('cork');
  }

  uncork(): void {
    this.calls.push('uncork');
  }

  end(): void {
    this.calls.push('end');
  }

  destroy(): void {
    this.calls.push('destroy');
  }
}

function beginWithOutlet() {
  const turn = new Turn();
  const writer = new NotingWriter();
  return { turn, writer, outlet: new Outlet(writer, turn) };
}

describe('The outlet of a stream', () => {
  test('keeps back once what is written in a turn, together with what its tasks write', async () => {
    const { turn, writer, outlet } = beginWithOutlet();
    outlet.write(Chunk.of('a'), 0);
    turn.atEnd(() => outlet.write(Chunk.of('c'), 0));
    outlet.write(Chunk.of('b'), 0);
    await nextTurn();
    expect(writer.calls).toEqual(['cork', 'a', 'b', 'c', 'uncork']);
  });

  test('keeps nothing back where the one write comes while the turn ends', async () => {
    const { turn, writer, outlet } = beginWithOutlet();
    turn.atEnd(() => outlet.write(Chunk.of('a'), 0));
    await nextTurn();
    expect(writer.calls).toEqual(['a']);
  });

  test('keeps several pieces together that are written while the turn ends', async () => {
    const { turn, writer, outlet } = beginWithOutlet();
    turn.atEnd(() => {
      outlet.cork();
      outlet.write(Chunk.of('a'), 0);
      outlet.write(Chunk.of('b'), 0);
    });
    await nextTurn();
    expect(writer.calls).toEqual(['cork', 'a', 'b', 'uncork']);
  });

  test('keeps each turn back by itself', async () => {
    const { writer, outlet } = beginWithOutlet();
    outlet.write(Chunk.of('a'), 0);
    await nextTurn();
    outlet.write(Chunk.of('b'), 0);
    await nextTurn();
    expect(writer.calls).toEqual(['cork', 'a', 'uncork', 'cork', 'b', 'uncork']);
  });

  test('of one that has ended while something was kept back lets nothing go any more: the end has', async () => {
    const { writer, outlet } = beginWithOutlet();
    outlet.write(Chunk.of('a'), 0);
    outlet.end(new Error('over'));
    await nextTurn();
    expect(writer.calls).toEqual(['cork', 'a', 'end']);
  });
});
