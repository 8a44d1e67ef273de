import { SlicewiseError } from '../../../core/errors.js';
import { cropAxis } from '../../../core/axis.js';
import { kebab } from '../../../core/text.js';
import { isSu, openSurvey, openTraces, type OpenSurvey, type SurveyOptions } from '../../../volumes/formats/segy/survey.js';
import { startSegyCopy } from '../../../volumes/formats/segy/copy.js';
import { readWindow, type SegyWindow } from '../../../volumes/formats/segy/window.js';
import { TRACES } from '../../../volumes/kinds/traces/schema.js';
import type { Measurement, NoiseModel } from '../../../volumes/measurement.js';
import type { LargeReading, LargeScan } from '../large.js';
import type { ReadingOptions } from '../reading.js';
import { hiddenInWindows } from './held-out.js';

/**
 * Lines and traces of a window, and the overlap, where memory allows: methods see dips and gaps over some ten traces. The result depends on
 * them, so that the manifest tells what was taken.
 */
const GRID = { size: [96, 256], overlap: 16 } as const;
const LINE = { size: [1, 1024], overlap: 64 } as const;

const isSegy = (name: string): boolean => /\.(sgy|segy)$/i.test(name);

/**
 * SEG-Y and SU files in windows.
 * @param surveyOptions what the options say to the format's reader
 */
export const largeSurveys = (surveyOptions: (options: ReadingOptions) => SurveyOptions | undefined): LargeReading => ({
  takes: (name) => isSegy(name) || isSu(name),
  writes: (input, output) => (isSu(input) ? isSu(output) : isSegy(output)),
  async values(source, options) {
    const { traces, samples } = await openTraces(source.name, source, surveyOptions(options));
    return traces * samples;
  },
  async open(source, options, signal) {
    const noise = noiseOf(options);
    const known = surveyOptions(options) ?? {};
    return largeScan(await openSurvey(source.name, source, known, { signal }), source.name, known, noise);
  },
});

/** Of what may be said of a scan, the noise as a number; files beside it would be of the whole. @throws SlicewiseError ARGUMENT */
function noiseOf({ noiseStd, maskFile, kind, dataset, axes, views, size, spacing }: ReadingOptions): NoiseModel {
  const wrong = Object.entries({ maskFile, kind, dataset, axes, views, size, spacing }).find(([, value]) => value !== undefined);
  if (wrong) {
    throw new SlicewiseError('ARGUMENT', { message: `--${kebab(wrong[0])} is not for files read in windows`, hint: 'leave it out' });
  }
  if (noiseStd === undefined) return { type: 'none' };
  const std = Number(noiseStd);
  if (std > 0 && Number.isFinite(std)) return { type: 'gaussian', std };
  throw new SlicewiseError('ARGUMENT', {
    message: 'noise level of a file read in windows',
    expected: 'a standard deviation in the units of the data',
    got: `'${String(noiseStd)}'`,
  });
}

function largeScan({ survey, grid, warnings }: OpenSurvey, name: string, options: SurveyOptions, noise: NoiseModel): LargeScan {
  const { file, geometry } = survey;
  if (grid.shape.length > 3) {
    throw new SlicewiseError('SHAPE', {
      message: 'a survey of three trace axes is not done in windows',
      expected: 'a line or a grid of traces',
      got: grid.axes.map(({ name: axis }, a) => `${grid.shape[a]} ${axis}`).join(' × '),
      hint: 'leave --windows out and let it be held in memory (--memory), or sort it into files of fewer lines',
    });
  }
  const shape = grid.shape as unknown as LargeScan['shape'];
  const isLine = geometry.axes.length === 2;
  /** Of [line, trace, sample] what the file has: a 2-D line has one axis of traces. */
  const windowOf = (start: readonly number[], count: readonly number[]): SegyWindow =>
    isLine ? { start: start.slice(1), count: count.slice(1) } : { start, count };

  const read = async (start: readonly number[], count: readonly number[]): Promise<Measurement> => {
    const { data, live } = await readWindow(file, geometry, windowOf(start, count), options);
    return {
      kind: TRACES,
      data,
      shape: [...count],
      dtype: 'float32',
      geometry: { survey: geometry.kind },
      noise,
      grid: {
        ...grid,
        shape: count as [number, number, number],
        axes: grid.axes.map((axis, a) => cropAxis(axis, start[a], start[a] + count[a])),
      },
      arrays: { mask: { data: Float32Array.from(live), shape: count.slice(0, 2), dtype: 'float32' } },
      meta: { source: name, format: file.flavour },
    };
  };
  return {
    kind: TRACES,
    shape,
    grid,
    warnings,
    live: geometry.live,
    missing: geometry.live.map((live) => (live === 0 ? 1 : 0)),
    windows: isLine ? LINE : GRID,
    read: (start, count) => read([...start, 0], [...count, shape[2]]),
    hide: (asked) => hiddenInWindows({ shape, live: geometry.live }, asked, read),
    async copy(sink, fill, notes, signal) {
      const copy = await startSegyCopy(file, geometry, sink, { fill, notes, signal });
      return {
        write: (line, trace, samples) => copy.writeWindow(windowOf([line, trace, 0], [1, 1, shape[2]]), samples),
        finish: () => copy.finish().report,
      };
    },
  };
}
