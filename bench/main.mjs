// What publishing costs, side by side with doing without. See README.md here. `--quick` takes less than a minute.
import { cpus } from 'node:os';
import { benchEncode } from './encode.mjs';
import { benchFanOut, CLIENTS } from './fan-out.mjs';
import { benchPublish } from './publish.mjs';
import { print } from './rounds.mjs';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 9;
const operations = quick ? 100_000 : 500_000;
const turns = quick ? 40 : 200;

console.log(
  `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; medians of ${rounds} rounds`,
);

print('Encoding one event', 'event', await benchEncode({ rounds, operations }));
print('Publishing one event', 'event', await benchPublish({ rounds, operations }));

const { single, burst, deliveries } = await benchFanOut({ rounds, turns });
print(`One event a turn to ${CLIENTS} clients`, 'delivery', single);
print(`16 events a turn to ${CLIENTS} clients`, 'delivery', burst);

console.log('\nDeliveries');
for (const { name, due, delivered, missing, doubled } of deliveries) {
  console.log(`  ${name.padEnd(34)} ${delivered} of ${due}, ${missing} missing, ${doubled} doubled`);
  if (delivered !== due || missing > 0 || doubled > 0) process.exitCode = 1;
}
