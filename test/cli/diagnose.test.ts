import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { inFolder, slicewise } from '../support/cli.js';
import { cardJson, networkFolder } from '../support/networks.js';

interface Told {
  readonly steps: number;
  readonly usualCode: number;
  readonly slices: readonly { readonly slice: number; readonly code: number }[];
  readonly world?: { readonly known: boolean; readonly unlike: readonly string[]; readonly usualCode?: number };
}

/** A card's `world` whose only bound that can be passed is the code's. */
const worldUpTo = (most: number, steps: number): object => ({
  levels: [{ sigma: 1, surprise: 20 }],
  quantiles: [],
  code: { steps, most },
  volumes: 2,
});

for (const name of ['real', 'complex'] as const) {
  test.serial(`diagnose judges codes by the bound of the card: ${name}`, (t) =>
    inFolder(async (folder) => {
      copyFileSync(`${networkFolder}/${name}.onnx`, join(folder, `${name}.onnx`));
      const line = 'diagnose image.npy --prior card.json --slices 1 --low -1000 --high 1000 --units arbitrary --workers 1'.split(' ');
      const ask = async (world: object | undefined, ...words: string[]): Promise<Told> => {
        writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...cardJson(name), ...(world && { world }) }));
        const { code, out, err } = await slicewise(folder, [...line, ...words, '--json', '-']);
        t.is(code, 0, err);
        return JSON.parse(out) as Told;
      };
      const text = async (): Promise<string> => (await slicewise(folder, line)).out;
      await slicewise(folder, 'simulate ct phantom:thorax -o scan.h5 --size 16 --depth 1 --views 8'.split(' '));
      const made = await slicewise(folder, 'recon scan.h5 -o image.npy'.split(' '));
      t.is(made.code, 0, made.err);

      // without a bound on the card: 20 steps, and the bound of all
      const bare = await ask(undefined);
      t.is(bare.steps, 20);
      t.is(bare.usualCode, 1.06);
      t.is(bare.world, undefined);

      const length = (await ask(undefined, '--levels', '10')).slices[0].code;
      t.true(length > 0);
      const wide = await ask(worldUpTo(length - 0.01, 10));
      t.is(wide.steps, 10);
      t.is(wide.slices[0].code, length);
      t.true(Math.abs(wide.usualCode - (length + 0.01)) < 1e-9);
      t.true(wide.world?.known);
      t.regex(await text(), /codes are as long as those of images that the prior makes[\s\S]*finds such images usual/);

      const narrow = await ask(worldUpTo(length - 0.03, 10));
      t.false(narrow.world?.known);
      t.regex(await text(), /codes of 1 of 1 slices are longer than those of images[\s\S]*does not know such images: their code is/);

      // bounds hold for the number of steps that they were measured with
      const others = await ask(worldUpTo(length - 0.03, 10), '--levels', '12');
      t.is(others.steps, 12);
      t.is(others.usualCode, 1.06);
    }),
  );
}
