/**
 * `npm run bench -- segy-hostile [COUNT] [SEED]`: the test of the same name with 10⁵ files; prints outcomes, the slowest file and the
 * peak of memory.
 */
import { mutated, randomFrom, useMutated } from '../test/support/segy-mutations.js';

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const random = randomFrom(seed);
const tally: { [outcome: string]: number } = {};
let slowest = 0;
let peak = 0;
const start = performance.now();
for (let n = 0; n < count; n++) {
  const file = mutated(random);
  const before = performance.now();
  const outcome = await useMutated(file);
  slowest = Math.max(slowest, performance.now() - before);
  peak = Math.max(peak, process.memoryUsage.rss());
  tally[outcome] = (tally[outcome] ?? 0) + 1;
}
console.log(`${count} files in ${((performance.now() - start) / 1000).toFixed(0)} s: ${JSON.stringify(tally)}`);
console.log(`slowest ${slowest.toFixed(0)} ms, peak memory of the process ${(peak / 2 ** 20).toFixed(0)} MiB`);
