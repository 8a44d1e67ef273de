import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { PROGRAM_PAGES } from '../support/pages.js';

/*
 * The programs of the guide (docs/guide/own*.md): each is compiled with --strict against the built package, as its users do, and run. What
 * a program prints is compared with what follows from the mathematics; it also asserts so itself.
 */

interface Program {
  readonly name: string;
  readonly code: string;
}

/** Blocks that begin with ```ts, with the name of the file behind it. */
const programsOf = (page: string): Program[] =>
  [...page.matchAll(/^```ts *(.*)\n([\s\S]*?)^```$/gm)].map(([, name, code]) => ({ name, code }));

const programs = PROGRAM_PAGES.flatMap((page) => programsOf(readFileSync(page, 'utf8')));
const named = (name: string): Program => programs.find((program) => program.name === name)!;

/**
 * Writes programs into a folder inside the package, where `slicewise` names itself, compiles all of them at once, and gives what the
 * compiler says of each.
 */
function compiled<T>(given: readonly Program[], work: (folder: string, problems: Map<string, string>) => T): T {
  const folder = resolve(`dist/extend-${process.pid}-${count++}`);
  mkdirSync(folder);
  try {
    const files = given.map(({ name }) => join(folder, name));
    given.forEach(({ code }, i) => writeFileSync(files[i], code));
    const compiler = ts.createProgram(files, {
      strict: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
    });
    const problems = new Map(
      files.map((file, i) => {
        const told = ts.getPreEmitDiagnostics(compiler, compiler.getSourceFile(file));
        return [given[i].name, told.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n')];
      }),
    );
    for (const file of files) compiler.emit(compiler.getSourceFile(file));
    return work(folder, problems);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
let count = 0;

const run = (folder: string, name: string) => spawnSync(process.execPath, [join(folder, name.replace('.ts', '.js'))], { encoding: 'utf8' });

/** What each program prints, from a closed form. */
const prints: { readonly [name: string]: (said: string) => boolean } = {
  // the operator has an inverse
  'own-operator.ts': (said) => Number(/^largest error (\S+)$/.exec(said)?.[1]) < 1e-3,
  'own-denoiser.ts'(said) {
    const [, fbp, dds, residual] = /^PSNR (\S+) dB \(FBP\), (\S+) dB \(DDS\); residual (\S+)$/.exec(said) ?? [];
    return Number(fbp) > 15 && Number(dds) > Number(fbp) + 3 && Number(residual) < 0.03;
  },
  // the same function in two forms
  'own-prior-on-fields.ts': (said) => Number(/^relative difference (\S+)$/.exec(said)?.[1]) < 1e-5,
  // with λ = 1.5 the slices 1 2 3 and 5 −2 3 keep their mean and a quarter of their difference
  'own-regulariser.ts': (said) => said === 'slices 2.500 0.500 3.000 3.500 -0.500 3.000',
  // a deep prior leaves less than a fifth of what zeros miss
  'own-fit.ts': (said) => Number(/error ([\d.]+) of/.exec(said)?.[1]) < 0.2,
  // straight lines through 0, 8, 4, 10
  // √1.01, but for the error of eight steps
  'own-sampler.ts': (said) => Math.abs(Number(/^x went to (\S+)$/.exec(said)?.[1]) - Math.sqrt(1.01)) < 5e-3,
  'own-method.ts': (said) => said === 'between the samples 0.00 2.00 4.00 6.00 8.00 7.00 6.00 5.00 4.00 5.50 7.00 8.50 10.00',
};

test('every program of the guide compiles with --strict, runs, and gives what it should', (t) => {
  t.deepEqual(programs.map(({ name }) => name).sort(), Object.keys(prints).sort());
  compiled(programs, (folder, problems) => {
    for (const { name } of programs) {
      t.is(problems.get(name), '', name);
      const { status, stdout, stderr } = run(folder, name);
      t.is(status, 0, `${name}: ${stderr}`);
      t.true(prints[name]?.(stdout.trim()), `${name}: ${stdout}`);
    }
  });
});

test('programs of the guide have 40 lines at most, assert, and import entry points of the package alone', (t) => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object };
  const entries = Object.keys(exports).map((path) => path.replace(/^\./, 'slicewise'));
  for (const { name, code } of programs) {
    t.true(code.trimEnd().split('\n').length <= 40, name);
    t.regex(code, /^.*\bassert\(/m, name);
    for (const [, from] of code.matchAll(/ from '([^']+)'/g)) {
      t.true([...entries, 'zod', 'node:assert/strict'].includes(from), `${name}: ${from}`);
    }
  }
});

// ---- programs that are wrong, each of which must be found ----

const broken = (name: string, right: string | RegExp, wrong: string, as: string): Program => {
  const { code } = named(name);
  const changed = code.replace(right, wrong);
  if (changed === code) throw new Error(`${name} has no ${right}`);
  return { name: as, code: changed };
};

test('a program that is wrong is found: by the compiler, when it runs, or by what it gives', (t) => {
  const untyped = broken('own-denoiser.ts', 'functionPrior }', 'functionalPrior }', 'no-such-name.ts');
  const option = broken('own-denoiser.ts', 'steps: 20', 'step: 20', 'no-such-option.ts');
  const transposed = broken('own-operator.ts', 'y[i + 1]', 'y[i - 1]', 'wrong-adjoint.ts');
  const weaker = broken('own-regulariser.ts', '1 / (1 + threshold)', '1 / (1 + threshold / 2)', 'wrong-prox.ts');
  const deaf = broken('own-method.ts', '[1, y], [-1, projection]', '[1, y]', 'wrong-step.ts');
  const [uncompiled, unsound] = [
    [untyped, option],
    [transposed, weaker, deaf],
  ];
  compiled([...uncompiled, ...unsound], (folder, problems) => {
    t.regex(problems.get(untyped.name)!, /no exported member.*functionalPrior/);
    t.regex(problems.get(option.name)!, /'step' does not exist/);
    for (const { name } of unsound) {
      t.is(problems.get(name), '', name);
      t.not(run(folder, name).status, 0, name);
    }
    t.regex(run(folder, transposed.name).stderr, /adjoint/);
  });
});
