import { useEffect, useRef } from 'preact/hooks';
import type { SliceView } from '../../report/slice-view.js';
import type { MethodEntry } from '../protocol.js';
import { Field } from './field.js';
import { Plots } from './plots.js';
import {
  chooseMethod,
  ending,
  fields,
  phase,
  plan,
  preview,
  progress,
  resumable,
  run,
  running,
  setOption,
  setWish,
  stop,
  told,
  timeLeft,
  warnings,
  wish,
} from './state.js';

const GROUPS: { readonly [group in MethodEntry['group']]: string } = {
  direct: 'direct',
  iterative: 'iterative, without a prior',
  prior: 'with a learned prior',
};

/** The method with its form, and the buttons. */
export function Method() {
  const { methods, priors } = told.value!;
  const { method, prior, seed, options } = wish.value;
  const basic = fields.value.filter((field) => field.basic);
  const more = fields.value.filter((field) => !field.basic);
  const list = (some: typeof basic) =>
    some.map((field) => (
      <Field
        key={`${method} ${field.name}`}
        field={field}
        value={options[field.name] ?? ''}
        onChange={(value) => setOption(field.name, value)}
        disabled={running.value}
      />
    ));
  const groups = (['direct', 'iterative', 'prior'] as const).filter((group) => methods.some((m) => m.group === group));
  const words = priors.find(({ name }) => name === prior)?.words;
  return (
    <form
      class="method"
      onSubmit={(event) => {
        event.preventDefault();
        if (!running.value) void run();
      }}
    >
      <div class="field">
        <label for="method">method</label>
        <select id="method" value={method} disabled={running.value} onChange={(event) => void chooseMethod(event.currentTarget.value)}>
          {groups.map((group) => (
            <optgroup key={group} label={GROUPS[group]}>
              {methods
                .filter((m) => m.group === group)
                .map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
            </optgroup>
          ))}
        </select>
      </div>
      {prior !== undefined && (
        <>
          <div class="field">
            <label for="prior">prior</label>
            <select id="prior" value={prior} disabled={running.value} onChange={(event) => setWish({ prior: event.currentTarget.value })}>
              {priors.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
            <p class="soft">{words}</p>
          </div>
          <div class="field">
            <label for="seed">seed</label>
            <input
              id="seed"
              type="number"
              step="1"
              value={seed}
              disabled={running.value}
              onInput={(event) => setWish({ seed: Math.trunc(Number(event.currentTarget.value)) || 0 })}
            />
          </div>
        </>
      )}
      <div class="fields">{list(basic)}</div>
      {more.length > 0 && (
        <details>
          <summary>{more.length} more options</summary>
          <div class="fields">{list(more)}</div>
        </details>
      )}
      <p class="buttons">
        <button type="submit" class="primary" disabled={running.value}>
          Run
        </button>
        <button type="button" disabled={phase.value !== 'running'} onClick={() => void stop()}>
          Stop
        </button>
        <button type="button" disabled={!resumable.value || running.value} onClick={() => void run(true)}>
          Go on
        </button>
      </p>
    </form>
  );
}

/** How far it is, what it looks like by now, and how it converges. */
export function Progress() {
  const now = progress.value;
  const left = timeLeft.value;
  const shown = preview.value;
  // what was told with the scan is not told again
  const news = warnings.value.filter((text) => !told.value!.warnings.includes(text));
  return (
    <div class="progress">
      <div role="status">
        {now && (
          <p>
            {phase.value === 'stopping' ? 'stopping …' : now.text}
            {left !== undefined && running.value && <span class="soft"> about {duration(left)} left</span>}
          </p>
        )}
        {!now && ending.value && <p>{ending.value}</p>}
      </div>
      {now && <progress max={1} value={now.share} aria-label="how far the run is" />}
      {plan.value && running.value && <p class="soft">memory planned: {plan.value}</p>}
      {news.length > 0 && (
        <ul class="warnings" aria-label="Warnings of the run">
          {news.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {shown && running.value && <Preview views={shown.views} step={shown.step} />}
      <Plots />
    </div>
  );
}

const duration = (seconds: number): string => (seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`);

/** The middle of every plane as it is by now, at most two a second. */
function Preview({ views, step }: { views: readonly SliceView[]; step: number }) {
  return (
    <figure class="preview">
      <div>
        {views.map((view) => (
          <PreviewPlane key={view.plane} view={view} />
        ))}
      </div>
      <figcaption>after step {step}</figcaption>
    </figure>
  );
}

function PreviewPlane({ view }: { view: SliceView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { values, width, height, pixel, plane } = view;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const sorted = values.slice().sort();
    const low = sorted[Math.floor(0.005 * sorted.length)];
    const high = sorted[Math.floor(0.995 * (sorted.length - 1))];
    const pixels = context.createImageData(width, height);
    values.forEach((value, n) => {
      const grey = (255 * (value - low)) / (high - low || 1);
      pixels.data.set([grey, grey, grey, 255], 4 * n);
    });
    context.putImageData(pixels, 0, 0);
  }, [view]);
  const aspectRatio = `${width * pixel[0]} / ${height * pixel[1]}`;
  return <canvas ref={canvas} width={width} height={height} style={{ aspectRatio }} role="img" aria-label={`live image, ${plane}`} />;
}
