import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

/**
 * A fresh clone of this working tree, uncommitted changes included, after `npm ci`: the tracked files with their run bits, no dist. To save
 * minutes installed packages are linked, compiled kernels taken along, and tests and benches left out: `.ci/run` itself installs and
 * compiles all of it.
 */
export function cloneInto(folder: string): void {
  const known = gitFiles('--cached', '--stage').map((line) => {
    const [, mode, path] = /^(\d+) \w+ \d\t(.*)$/s.exec(line)!;
    return { path, runs: mode === '100755' };
  });
  const fresh = gitFiles('--others', '--exclude-standard').map((path) => ({ path, runs: undefined }));
  const files = [...known, ...fresh].filter(({ path }) => !/^(test|bench)\//.test(path) && existsSync(path) && statSync(path).isFile());
  const put = (path: string): void => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    copyFileSync(path, join(folder, path));
  };
  for (const { path, runs } of files) {
    put(path);
    // the bit that a clone would get; a file that git does not know yet keeps its own
    if (runs !== undefined) chmodSync(join(folder, path), runs ? 0o755 : 0o644);
  }
  // what is made comes last: it must be younger than its sources
  for (const room of ['compute', 'operators', 'models', 'src'])
    for (const name of readdirSync(room, { recursive: true, encoding: 'utf8' })) if (name.endsWith('.generated.ts')) put(join(room, name));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
}

function gitFiles(...args: string[]): string[] {
  // the project may belong to another user than the one who tests
  const all = ['-c', 'safe.directory=*', 'ls-files', '-z', ...args];
  const { status, stdout, stderr, error } = spawnSync('git', all, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`the files of a clone are what git lists: ${error?.message ?? stderr}`);
  return stdout.split('\0').filter(Boolean);
}

/**
 * The environment of a shell that npm did not start: tests run below `npm test`, which leaves its settings and folders of commands to its
 * children. This very Node is the one that npm and the command find.
 * @param first folders that come before all others in PATH
 */
export function plainShell(settings: { readonly [name: string]: string }, ...first: string[]): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/i.test(name));
  const folders = (process.env.PATH ?? '').split(delimiter).filter((name) => !/node_modules[\\/]\.bin[\\/]?$/.test(name));
  const PATH = [...first, dirname(process.execPath), ...folders].join(delimiter);
  return { ...Object.fromEntries(kept), npm_config_update_notifier: 'false', ...settings, PATH };
}
