import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderSource } from '../../core/platform/files.js';
import { loadModel, type ZooEntry } from '../../models/index.js';
import { zoo } from '../../src/index.js';

/** A prior under the name that tables and files give it. */
export interface NamedPrior extends ZooEntry {
  /** What was asked for: a name of the zoo, or the path of a card. */
  readonly spec: string;
  readonly name: string;
}

/**
 * A prior of the zoo by name, or any other by the path of its card (`candidate/ct-fast.json`), whose weights lie beside it. What comes
 * from a path is named after its card and the first digits of its hash, so that candidates of one name stay apart.
 */
export async function priorOf(spec: string): Promise<NamedPrior> {
  if (!spec.endsWith('.json')) return { spec, name: spec, ...(await loadModel(zoo(), spec)) };
  const folder = pathToFileURL(`${dirname(resolve(spec))}/`);
  const entry = await loadModel(folderSource(folder), basename(spec, '.json'));
  return { spec, name: `${entry.card.name}-${entry.card.sha256.slice(0, 6)}`, ...entry };
}

export const priorsOf = (specs: readonly string[]): Promise<NamedPrior[]> => Promise.all(specs.map(priorOf));

/** Which weights were measured, for the foot of a table. */
export function priorNote(priors: readonly NamedPrior[]): string {
  const notes = priors.map(({ name, card: { version, parameters, sha256 } }) => {
    const millions = (parameters / 1e6).toFixed(2);
    return `${name}, version ${version}, ${millions} M parameters, sha256 ${sha256.slice(0, 12)}…`;
  });
  return `Priors: ${notes.join('; ')}.`;
}
