import { join } from 'node:path';

/** Where the files of a batch lie in its folder: outputs in it, what only the batch needs in `.batch`. */
export interface BatchLayout {
  readonly folder: string;
  readonly csv: string;
  readonly html: string;
  /** Of the batch itself. */
  readonly state: string;
  /** How far the runs of a batch on one machine are. */
  readonly progress: string;
  readonly own: string;
  of(name: string): ScanLayout;
}

export interface ScanLayout {
  readonly manifest: string;
  readonly report: string;
  /** How the scan fared (record.ts). */
  readonly record: string;
  readonly thumbnail: string;
  readonly checkpoint: string;
  /** A volume. @param ending of its format, without a dot */
  volume(ending: string, what?: 'std' | 'support'): string;
}

export function batchLayout(folder: string): BatchLayout {
  const own = join(folder, '.batch');
  return {
    folder,
    own,
    csv: join(folder, 'batch.csv'),
    html: join(folder, 'batch.html'),
    state: join(own, 'batch.json'),
    progress: join(own, 'progress.json'),
    of: (name) => ({
      manifest: join(folder, `${name}.json`),
      report: join(folder, `${name}.html`),
      record: join(own, `${name}.json`),
      thumbnail: join(own, `${name}.png`),
      checkpoint: join(own, `${name}.checkpoint`),
      volume: (ending, what) => join(folder, `${name}${what ? `.${what}` : ''}.${ending}`),
    }),
  };
}
