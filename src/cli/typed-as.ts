import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoted } from '../../core/text.js';

/** Where the reader stands: what decides how this program is started again. */
export interface Standpoint {
  /** Folder of this package or clone. */
  readonly root: string;
  /** Working folder. */
  readonly cwd: string;
  /** The variable PATH. */
  readonly path: string;
}

/**
 * What a command line must begin with so that it starts this very program from where the reader stands:
 *
 * - `slicewise` where PATH leads here (a global installation or link); what npm puts into PATH for the time of a command does not count
 * - `npx slicewise` in a clone, and in a project with the package installed
 * - `node …/bin/slicewise.mjs` elsewhere
 */
export function typedAs({ root, cwd, path }: Standpoint): string {
  const bin = join(root, 'bin', 'slicewise.mjs');
  const folders = path.split(delimiter).filter((folder) => folder && !/node_modules[\\/]\.bin[\\/]?$/.test(folder));
  // npm links the file on Unix; on Windows it writes a starter beside the global node_modules
  const leadsHere = (folder: string): boolean =>
    same(join(folder, 'slicewise'), bin) ||
    (existsSync(join(folder, 'slicewise.cmd')) && same(join(folder, 'node_modules', 'slicewise'), root));
  if (folders.some(leadsHere)) return 'slicewise';
  const project = npmProject(cwd);
  if (project && (same(project, root) || same(join(project, 'node_modules', 'slicewise'), root))) return 'npx slicewise';
  const below = relative(cwd, bin);
  return `node ${quoted(below.startsWith('..') || isAbsolute(below) ? bin : below)}`;
}

/** The folder that npm works in: the nearest one upwards with a package.json or node_modules. */
function npmProject(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) || existsSync(join(at, 'node_modules'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

function same(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false; // one of them is not there
  }
}

let here: string | undefined;

/**
 * Rewrites what our texts call `slicewise COMMAND` (however it is wrapped) so that it works from where the reader stands: for help, hints
 * and messages, not for results. Doing it twice changes nothing.
 * @param words the first words of all commands
 */
export function asTyped(text: string, words: readonly string[]): string {
  const shown = `(?<![\\w./-]|npx )slicewise(?=\\s+(?:${words.join('|')}|COMMAND|--help|\\[options\\])(?![\\w-]))`;
  return text.replace(new RegExp(shown, 'g'), () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    return (here ??= typedAs({ root, cwd: process.cwd(), path: process.env.PATH ?? '' }));
  });
}
