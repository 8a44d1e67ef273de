import test from 'ava';
import { mutated, randomFrom, useMutated } from '../support/segy-mutations.js';

test('headers changed anywhere are read or refused: no crash, no memory beyond what the file accounts for', async (t) => {
  const random = randomFrom(18);
  const tally: { [outcome: string]: number } = {};
  for (let n = 0; n < 3000; n++) {
    const file = mutated(random);
    const outcome = await useMutated(file).catch((error: unknown) => {
      throw new Error(`file ${n}: ${error instanceof Error ? error.stack : String(error)}`);
    });
    tally[outcome] = (tally[outcome] ?? 0) + 1;
  }
  t.log(JSON.stringify(tally));
  // both kinds occur: the mutations are neither harmless nor all fatal
  t.true(tally.read > 300 && tally.FORMAT > 50, JSON.stringify(tally));
});
