const PATIENCE_MS = 60_000;
// More at a time would have them wait for the processor, and be late.
const AT_A_TIME = 4;

/**
 * Measures every fact for every client.
 * @param onDone told of each that is done
 * @returns the cells, fact by fact
 */
export async function measureAll(facts, clients, onDone) {
  const cells = facts.map(() => []);
  const work = facts.flatMap((fact, row) =>
    clients.map((client, column) => async () => {
      cells[row][column] = await measure(fact, client);
      onDone(fact, client, cells[row][column]);
    }),
  );
  const isHeavy = (_, index) => facts[Math.floor(index / clients.length)].isHeavy === true;
  await inTurns(
    work.filter((_, index) => !isHeavy(_, index)),
    AT_A_TIME,
  );
  await inTurns(work.filter(isHeavy), 1);
  return cells;
}

async function measure(fact, client) {
  let timer;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${fact.title}: ${client.title} takes too long`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([fact.measure(client), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

async function inTurns(work, atATime) {
  const rest = work.values();
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (const task of rest) await task();
    }),
  );
}
