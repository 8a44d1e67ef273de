import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { asTyped, typedAs } from '../../src/cli/typed-as.js';
import { inFolder } from '../support/cli.js';

/** A clone, a project with the package installed, a global folder with a link to the clone, and a folder of neither. */
function layout(folder: string): { [name in 'clone' | 'project' | 'installed' | 'links' | 'other']: string } {
  const at = (...parts: string[]): string => join(realpathSync(folder), ...parts);
  const [clone, project, other, links] = ['a clone', 'project', 'other', 'links'].map((name) => at(name));
  const installed = join(project, 'node_modules', 'slicewise');
  for (const root of [clone, installed]) {
    mkdirSync(join(root, 'bin'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{}');
    writeFileSync(join(root, 'bin', 'slicewise.mjs'), '');
  }
  writeFileSync(join(project, 'package.json'), '{}');
  for (const made of [join(clone, 'docs'), join(project, 'data'), other, links]) mkdirSync(made);
  symlinkSync(join(clone, 'bin', 'slicewise.mjs'), join(links, 'slicewise'));
  return { clone, project, installed, links, other };
}

test('a command begins with what starts this program from where the reader stands', (t) =>
  inFolder(async (folder) => {
    const { clone, project, installed, links, other } = layout(folder);
    const path = ['/usr/bin', ''].join(delimiter);
    t.is(typedAs({ root: clone, cwd: clone, path }), 'npx slicewise');
    t.is(typedAs({ root: clone, cwd: join(clone, 'docs'), path }), 'npx slicewise');
    t.is(typedAs({ root: installed, cwd: project, path }), 'npx slicewise');
    t.is(typedAs({ root: installed, cwd: join(project, 'data'), path }), 'npx slicewise');
    t.is(typedAs({ root: clone, cwd: other, path }), `node '${clone}/bin/slicewise.mjs'`);
    t.is(typedAs({ root: clone, cwd: project, path }), `node '${clone}/bin/slicewise.mjs'`); // npx would start the other one
    t.is(typedAs({ root: clone, cwd: folder, path }), `node 'a clone/bin/slicewise.mjs'`);
    const linked = [links, path].join(delimiter);
    t.is(typedAs({ root: clone, cwd: other, path: linked }), 'slicewise');
    t.is(typedAs({ root: installed, cwd: project, path: linked }), 'npx slicewise'); // the link leads to the clone
  }));

test('the folders of commands that npm puts into PATH do not count: they are not there in the reader’s shell', (t) =>
  inFolder(async (folder) => {
    const { clone, other } = layout(folder);
    const npms = join(folder, 'cache', 'node_modules', '.bin');
    mkdirSync(npms, { recursive: true });
    symlinkSync(join(clone, 'bin', 'slicewise.mjs'), join(npms, 'slicewise'));
    t.is(typedAs({ root: clone, cwd: other, path: npms }), `node '${clone}/bin/slicewise.mjs'`);
  }));

test('commands in a text are rewritten, other uses of the name are not', (t) => {
  const words = ['recon', 'models'];
  const command = asTyped('slicewise recon', words).replace(' recon', '');
  t.not(command, 'slicewise');
  const shown = (text: string): string => asTyped(text, words).replaceAll(command, '@');
  t.is(shown('use `slicewise models`, or slicewise recon x'), 'use `@ models`, or @ recon x');
  t.is(
    shown('Usage: slicewise [options]\n(slicewise --help, slicewise COMMAND --help)'),
    'Usage: @ [options]\n(@ --help, @ COMMAND --help)',
  );
  t.is(shown('wrapped: slicewise\n  models'), 'wrapped: @\n  models');
  for (const text of [
    'slicewise: no file',
    'a slicewise reconstruction',
    'scans/slicewise recon',
    'my-slicewise models',
    'slicewise models-old',
  ])
    t.is(asTyped(text, words), text);
});
