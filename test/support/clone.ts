import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

/**
 * A fresh clone of this working tree, uncommitted changes included, after `npm ci`: the tracked files with their run bits, no dist. Installed packages are
 * linked, and compiled kernels taken along, so that a build takes half as long: `.ci/run` itself installs and compiles all in a clean clone.
 */
export function cloneInto(folder: string): void {
  // a clone may belong to another user than the one that tests
  const list = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout, stderr } = spawnSync('git', list, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`a clone of the project is needed, and git: ${stderr}`);
  const tracked = stdout.split('\0').filter((path) => path && existsSync(path) && statSync(path).isFile());
  const made = ['compute', 'operators', 'models'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.generated.ts'))
      .map((path) => join(room, path)),
  );
  // what is made comes last: it must be younger than its sources
  for (const path of [...tracked, ...made]) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    copyFileSync(path, join(folder, path));
  }
  // what git would give a file, whatever this file system says: a bit that was set by hand but not committed does not count
  for (const path of tracked) chmodSync(join(folder, path), 0o644);
  for (const path of executables()) if (existsSync(path)) chmodSync(join(folder, path), 0o755);
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
}

/** Files that a clone has with the run bit: those that git knows so, and those that are not yet known to git but have it. */
function executables(): string[] {
  const git = (...args: string[]): string[] =>
    spawnSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 })
      .stdout.split('\0')
      .filter(Boolean);
  const known = git('--stage').filter((line) => line.startsWith('100755')).map((line) => line.split('\t')[1]); // prettier-ignore
  const fresh = git('--others', '--exclude-standard').filter((path) => (statSync(path).mode & 0o100) !== 0);
  return [...known, ...fresh];
}

/**
 * The environment of a shell that npm did not start: tests run below `npm test`, which leaves its settings and folders of commands to its children.
 * This very Node comes first in PATH, for npm as well.
 */
export function plainShell(
  settings: { readonly [name: string]: string },
  path: readonly string[] = [],
): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/i.test(name));
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules[\\/]\.bin[\\/]?$/.test(folder));
  return {
    ...Object.fromEntries(kept),
    npm_config_update_notifier: 'false',
    ...settings,
    PATH: [...path, dirname(process.execPath), ...folders].join(delimiter),
  };
}
