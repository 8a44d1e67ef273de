import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { encodeSegy } from '../../volumes/formats/segy/index.js';
import { ricker } from './seismic.js';

/** A grid of traces, of which a block is live, every second of it missing. */
export interface SparseSurvey {
  readonly lines: number;
  readonly traces: number;
  readonly samples: number;
  /** First line and trace of the block, and its sides. */
  readonly block: { readonly start: readonly [number, number]; readonly count: readonly [number, number] };
}

/** The event of the block: a dipping plane. */
export const sparseSample = (line: number, trace: number, t: number, samples: number): number =>
  1000 * ricker(t - samples / 3 - 0.3 * line - 0.2 * trace, 0.04);

export const isLive = ({ block: { start, count } }: SparseSurvey, line: number, trace: number): boolean =>
  line >= start[0] && line < start[0] + count[0] && trace >= start[1] && trace < start[1] + count[1] && (line + trace) % 2 === 0;

/** Writes such a survey as a SEG-Y file of IEEE floats with holes where its traces are zero; little of it lies on the disk. */
export async function writeSparseSurvey(path: string, survey: SparseSurvey): Promise<number> {
  const { lines, traces, samples } = survey;
  const axis = (name: 'inline' | 'crossline', first: number) => ({ name, first, step: 1, count: 1 });
  const one = { axes: [axis('inline', 1), axis('crossline', 1)], vertical: { domain: 'time' as const, first: 0, step: 2, count: samples } };
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeSegy({ ...one, samples: new Float32Array(samples).fill(1) }, { format: 'ieee', revision: 1 }))
    pieces.push(piece);
  const model = Buffer.concat(pieces);
  const stride = 240 + 4 * samples;
  const size = 3600 + lines * traces * stride;
  const file = openSync(path, 'w');
  try {
    writeSync(file, model, 0, 3600, 0);
    const header = Buffer.from(model.subarray(3600, 3840));
    const body = Buffer.alloc(4 * samples);
    for (let line = 0; line < lines; line++) {
      for (let trace = 0; trace < traces; trace++) {
        const at = 3600 + (line * traces + trace) * stride;
        header.writeInt32BE(line + 1, 188);
        header.writeInt32BE(trace + 1, 192);
        // coordinates, so that traces of zeros have a place
        header.writeInt32BE(1000 + 25 * trace, 180);
        header.writeInt32BE(2000 + 25 * line, 184);
        writeSync(file, header, 0, 240, at);
        if (!isLive(survey, line, trace)) continue;
        for (let t = 0; t < samples; t++) body.writeFloatBE(sparseSample(line, trace, t, samples), 4 * t);
        writeSync(file, body, 0, body.length, at + 240);
      }
    }
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
  return size;
}
