import { useSignal } from '@preact/signals';
import { FigureView } from './figure-view.js';
import { lazyNiivue } from './niivue.js';
import { download, engineName, report, results, told, write } from './state.js';
import { VolumeView } from './volume-view.js';

/** What the runs gave: to be looked at, compared, saved. */
export function Results() {
  const all = results.value;
  const chosen = useSignal<number | undefined>(undefined);
  const result = all.find(({ id }) => id === chosen.value) ?? all.at(-1)!;
  const format = useSignal('');
  const extension = result.formats.some((f) => f.extension === format.value) ? format.value : result.formats[0].extension;
  const stem = `${told.value!.name.replace(/\.[^.]*$/, '')}-${result.manifest.method.name}`;
  const saving = useSignal('');
  const attempt = (work: Promise<void>): void => {
    saving.value = '';
    work.catch((error: unknown) => (saving.value = error instanceof Error ? error.message : String(error)));
  };
  // only what lies on the grid of the chosen one can be compared with it
  const alike = all.filter(({ volume }) => volume.shape.join() === result.volume.shape.join() && volume.units === result.volume.units);
  const shown = [...alike.filter(({ id }) => id !== result.id), result];
  return (
    <section aria-labelledby="result-title">
      <h2 id="result-title">{all.length === 1 ? 'The result' : 'Results'}</h2>
      <VolumeView volumes={useShown(shown)} />
      {result.figures.length > 0 && (
        <div class="pictures">
          {result.figures.map((figure, n) => (
            <FigureView key={`${result.id} ${n}`} figure={figure} />
          ))}
        </div>
      )}
      <div class="save">
        {all.length > 1 && (
          <label>
            <span>result</span>
            <select value={result.id} onChange={(event) => (chosen.value = Number(event.currentTarget.value))}>
              {all.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span>save as</span>
          <select value={extension} onChange={(event) => (format.value = event.currentTarget.value)}>
            {result.formats.map(({ extension: ending, name }) => (
              <option key={ending} value={ending}>
                {name} ({ending})
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="primary"
          onClick={() =>
            attempt(write(result.id, `${stem}${extension}`).then((files) => files.forEach(({ name, bytes }) => download(name, bytes))))
          }
        >
          Save the volume
        </button>
        <button type="button" onClick={() => attempt(report(result.id).then((html) => download(`${stem}.html`, html)))}>
          Save a report
        </button>
        <button type="button" onClick={() => download(`${stem}.json`, JSON.stringify(result.manifest, null, 2))}>
          Save the manifest
        </button>
      </div>
      <div role="alert">{saving.value && <p class="problem">{saving.value}</p>}</div>
      {result.judged && (
        <ul class="soft judged" aria-label="Judged by hidden measurements">
          {result.judged.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <p class="soft hash">
        {result.manifest.method.name} in {seconds(result.manifest.timings.totalSeconds)} on{' '}
        {engineName.value === 'server' ? 'Node' : 'this page'} ({result.manifest.runtime.build}); SHA-256 of the voxels{' '}
        <code data-hash={result.hash}>{result.hash.slice(0, 16)}</code>
      </p>
      {result.volume.placement && <Solid key={result.id} id={result.id} />}
    </section>
  );
}

const seconds = (n: number): string => (n < 10 ? `${n.toFixed(1)} s` : n < 120 ? `${Math.round(n)} s` : `${Math.round(n / 60)} min`);

/** The same list as long as its results are the same, so that the viewer is not built anew. */
let last: readonly { readonly name: string }[] = [];
function useShown<T extends { readonly name: string }>(list: readonly T[]): readonly T[] {
  if (last.length !== list.length || last.some((one, n) => one !== list[n])) last = list;
  return last as readonly T[];
}

/** The volume in three dimensions, when it is asked for. */
function Solid({ id }: { id: number }) {
  const state = useSignal<'' | 'loading' | 'shown' | string>('');
  const show = async (canvas: HTMLCanvasElement): Promise<void> => {
    state.value = 'loading';
    const [{ bytes }] = await write(id, 'volume.nii');
    await lazyNiivue(canvas, bytes);
    state.value = 'shown';
  };
  return (
    <details
      class="solid"
      data-state={state.value === 'shown' || state.value === 'loading' ? state.value : undefined}
      onToggle={(event) => {
        const canvas = event.currentTarget.querySelector('canvas');
        if (!event.currentTarget.open || state.value !== '' || !canvas) return;
        show(canvas).catch((error: unknown) => {
          state.value = `The volume cannot be shown in three dimensions here: ${error instanceof Error ? error.message : String(error)}`;
        });
      }}
    >
      <summary>In three dimensions</summary>
      {state.value === 'loading' && <p class="soft">loading …</p>}
      {state.value !== 'loading' && state.value !== 'shown' && state.value !== '' && <p class="problem">{state.value}</p>}
      <canvas width={640} height={420} role="img" aria-label="The volume rendered in three dimensions; drag to turn" />
    </details>
  );
}
