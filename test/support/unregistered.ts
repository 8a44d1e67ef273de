import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Source files of a folder, by path. */
export function sources(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return new Map(paths.map((path) => [join(folder, path), readFileSync(join(folder, path), 'utf8')]));
}

/** What files make by `make({ name: '…'` (or a word like it) that is not among the names of a registry. */
export function unregistered(files: ReadonlyMap<string, string>, made: RegExp, names: readonly string[]): string[] {
  const found = [...files].flatMap(([path, text]) => [...text.matchAll(made)].map(([, name]) => ({ path, name })));
  return found.filter(({ name }) => !names.includes(name)).map(({ path, name }) => `${name} (${path})`);
}
