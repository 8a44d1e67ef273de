import type { ViewerImage, ViewerInput, ViewerOverlay, ViewerPlane } from './model.js';

/*
 * A viewer of volumes in a page: planes to scroll, a window, two images side by side or with a slider, overlays. Canvas and plain elements,
 * nothing imported that runs: a report carries it (build-viewer.mjs), and the studio uses it.
 */

/** A viewer in its place. */
export interface Viewer {
  /** Shows other images; window, position and choices stay where they still mean something. */
  show(input: ViewerInput): void;
}

interface State {
  readonly position: number[];
  low: number;
  high: number;
  first: number;
  /** −1: a single image. */
  second: number;
  side: boolean;
  /** 0 … 1: what of the width shows the first image. */
  split: number;
  overlay: number;
  strength: number;
}

interface Drawn {
  readonly plane: ViewerPlane;
  readonly canvas: HTMLCanvasElement;
  readonly image: 'split' | 'first' | 'second';
}

/** Blue, white, red; equally dark at both ends. */
const SIGNED = [
  [24, 62, 128],
  [86, 143, 196],
  [178, 207, 228],
  [245, 244, 240],
  [240, 191, 165],
  [209, 106, 80],
  [132, 26, 38],
];
/** Nothing, then yellow to red. */
const SIZES = [
  [20, 20, 20],
  [120, 60, 10],
  [224, 150, 30],
  [255, 240, 150],
];
const HATCH = [176, 132, 32];

/** Puts a viewer into an element. */
export function mountViewer(root: HTMLElement, given: ViewerInput): Viewer {
  let input = given;
  const state: State = { ...begin(input), ...input.window };
  let drawn: Drawn[] = [];
  let controls: { refresh(): void }[] = [];

  const build = (): void => {
    root.replaceChildren();
    root.classList.add('viewer');
    drawn = [];
    controls = [];
    root.append(bar(), planes());
    draw();
  };

  const draw = (): void => {
    for (const one of drawn) paint(one, input, state);
    for (const one of controls) one.refresh();
  };

  const changed = (how: Partial<State>, again = false): void => {
    Object.assign(state, how);
    if (again) build();
    else draw();
  };

  const bar = (): HTMLElement => {
    const out = element('div', 'viewer-bar');
    const names = input.images.map(({ name }) => name);
    if (names.length > 1) {
      out.append(choice('image', names, state.first, (n) => changed({ first: n }, true)));
      out.append(choice('against', ['nothing', ...names], state.second + 1, (n) => changed({ second: n - 1 }, true)));
      if (state.second >= 0) {
        out.append(choice('how', ['slider', 'side by side'], state.side ? 1 : 0, (n) => changed({ side: n === 1 }, true)));
        if (!state.side) out.append(range('divider', 0, 1, 0.01, state.split, (v) => changed({ split: v })));
      }
    }
    const { presets, unit } = input;
    const own = presets.findIndex(({ low, high }) => low === state.low && high === state.high);
    const windows = [...presets.map(({ name }) => name), 'as below'];
    out.append(
      choice('window', windows, own < 0 ? presets.length : own, (n) => {
        if (presets[n]) changed({ low: presets[n].low, high: presets[n].high }, true);
      }),
      number(withUnit('from', unit), state.low, (low) => low < state.high && changed({ low })),
      number(withUnit('to', unit), state.high, (high) => high > state.low && changed({ high })),
    );
    const overlays = input.overlays.filter(({ of }) => of === undefined || of === state.first || of === state.second);
    if (overlays.length > 0) {
      const at = overlays.indexOf(input.overlays[state.overlay]);
      const labels = ['none', ...overlays.map(({ name }) => name)];
      out.append(
        choice('overlay', labels, at + 1, (n) => changed({ overlay: n === 0 ? -1 : input.overlays.indexOf(overlays[n - 1]) }, true)),
      );
      if (at >= 0 && overlays[at].kind !== 'missing') {
        out.append(range('strength', 0, 1, 0.05, state.strength, (v) => changed({ strength: v })));
      }
    }
    return out;
  };

  const planes = (): HTMLElement => {
    const out = element('div', 'viewer-rows');
    const both = state.second >= 0;
    const rows: Drawn['image'][] = both && state.side ? ['first', 'second'] : both ? ['split'] : ['first'];
    const widths = input.planes.map(({ across, pixel }) => input.shape[across] * pixel[0]);
    const heights = input.planes.map(({ down, pixel }) => input.shape[down] * pixel[1]);
    const together = input.planes.every(({ unit }) => unit !== undefined && unit === input.planes[0].unit);
    // one scale where lengths are known; equal areas elsewhere
    const shares = together ? widths : widths.map((width, n) => Math.sqrt(width / heights[n]));
    for (const image of rows) {
      const row = element('div', 'viewer-row');
      row.style.setProperty('--columns', shares.map((share) => `minmax(0, ${share.toFixed(4)}fr)`).join(' '));
      const most = shares.reduce((sum, share) => sum + share, 0);
      row.style.setProperty(
        '--widest',
        `${Math.round(Math.min(74, (44 * most) / Math.max(...shares.map((s, n) => (s * heights[n]) / widths[n]))))}rem`,
      );
      if (rows.length > 1) row.append(heading(imageOf(image, input, state).name));
      for (const plane of input.planes) row.append(panel(plane, image));
      out.append(row);
    }
    return out;
  };

  const panel = (plane: ViewerPlane, image: Drawn['image']): HTMLElement => {
    const { shape, axes } = input;
    const figure = element('figure', 'viewer-panel');
    const canvas = element('canvas');
    canvas.width = shape[plane.across];
    canvas.height = shape[plane.down];
    canvas.style.aspectRatio = `${shape[plane.across] * plane.pixel[0]} / ${shape[plane.down] * plane.pixel[1]}`;
    canvas.setAttribute('role', 'img');
    const one: Drawn = { plane, canvas, image };
    drawn.push(one);
    const frame = element('div', 'viewer-frame');
    frame.append(canvas);
    if (image === 'split') {
      const line = element('i', 'divider');
      frame.append(line);
      controls.push({ refresh: () => (line.style.left = `${(100 * Math.round(state.split * canvas.width)) / canvas.width}%`) });
    }
    // a strip too thin for two letters in their places has them one beside the other
    const ratio = (shape[plane.down] * plane.pixel[1]) / (shape[plane.across] * plane.pixel[0]);
    const [thin, room] = [ratio < 0.16, ratio >= 0.05];
    if (plane.left && room) frame.append(thin ? label('left top', `${plane.left} · ${plane.top}`) : label('left', plane.left));
    if (plane.top && !thin) frame.append(label('top', plane.top));
    figure.append(frame);
    const words = element('figcaption');
    figure.append(words);
    const others = shape.map((_, axis) => axis).filter((axis) => axis !== plane.across && axis !== plane.down && shape[axis] > 1);
    for (const axis of others) {
      const slider = range(`${axes[axis]}`, 0, shape[axis] - 1, 1, state.position[axis], (v) => {
        state.position[axis] = v;
        draw();
      });
      figure.append(slider);
      const knob = slider.querySelector('input')!;
      const text = slider.querySelector('output')!;
      controls.push({
        refresh: () => {
          knob.value = String(state.position[axis]);
          text.textContent = `${state.position[axis] + 1} of ${shape[axis]}`;
        },
      });
    }
    const scroll = others.at(0);
    if (scroll !== undefined) {
      canvas.addEventListener(
        'wheel',
        (event) => {
          event.preventDefault();
          const step = Math.sign(event.deltaY);
          state.position[scroll] = Math.min(Math.max(state.position[scroll] + step, 0), shape[scroll] - 1);
          draw();
        },
        { passive: false },
      );
    }
    const at = (event: PointerEvent): [number, number] => {
      const box = canvas.getBoundingClientRect();
      const x = Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * canvas.width), 0), canvas.width - 1);
      const y = Math.min(Math.max(Math.floor(((event.clientY - box.top) / box.height) * canvas.height), 0), canvas.height - 1);
      return [plane.flipX ? canvas.width - 1 - x : x, plane.flipY ? canvas.height - 1 - y : y];
    };
    canvas.addEventListener('pointermove', (event) => {
      const place = [...state.position];
      [place[plane.across], place[plane.down]] = at(event);
      const shown = imageOf(image === 'split' ? 'first' : image, input, state);
      const value = shown.scale * shown.data[offsetOf(place, shape)] + shown.offset;
      words.textContent = `${plane.name} · ${place.map((n, a) => `${axes[a]} ${n + 1}`).join(', ')}: ${short(value)} ${input.unit}`;
    });
    canvas.addEventListener('pointerleave', () => (words.textContent = plane.name));
    canvas.addEventListener('click', (event) => {
      const [x, y] = at(event as PointerEvent);
      state.position[plane.across] = x;
      state.position[plane.down] = y;
      draw();
    });
    words.textContent = plane.name;
    controls.push({
      refresh: () => canvas.setAttribute('aria-label', `${imageOf(image === 'split' ? 'first' : image, input, state).name}, ${plane.name}`),
    });
    return figure;
  };

  build();
  return {
    show(next) {
      const same = next.shape.join() === input.shape.join();
      const more = next.images.length > input.images.length;
      const windowed = state.low !== input.window.low || state.high !== input.window.high;
      input = next;
      if (!same) Object.assign(state, begin(next), next.window);
      else if (!windowed) Object.assign(state, next.window);
      if (same && more) Object.assign(state, { first: next.images.length - 1, second: next.images.length - 2 });
      state.first = Math.min(state.first, next.images.length - 1);
      state.second = Math.min(state.second, next.images.length - 1);
      if (state.overlay >= next.overlays.length) state.overlay = -1;
      build();
    },
  };
}

const begin = ({ shape, images }: ViewerInput): Omit<State, 'low' | 'high'> => ({
  position: shape.map((n) => Math.floor(n / 2)),
  first: images.length - 1,
  second: images.length > 1 ? 0 : -1,
  side: false,
  split: 0.5,
  overlay: -1,
  strength: 0.7,
});

/** The image of a panel; of a split one the first. */
const imageOf = (which: Drawn['image'], { images }: ViewerInput, { first, second }: State): ViewerImage =>
  images[which === 'second' ? second : first];

function paint({ plane, canvas, image }: Drawn, input: ViewerInput, state: State): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  const pixels = context.createImageData(width, height);
  const divider = image === 'split' ? Math.round(state.split * width) : width;
  const a = imageOf(image === 'split' ? 'first' : image, input, state);
  const b = image === 'split' ? input.images[state.second] : a;
  const chosen = input.overlays[state.overlay] as ViewerOverlay | undefined;
  const over = (n: number): ViewerOverlay | undefined => (chosen && (chosen.of === undefined || chosen.of === n) ? chosen : undefined);
  const overA = over(image === 'second' ? state.second : state.first);
  const overB = image === 'split' ? over(state.second) : overA;
  const strides = stridesOf(input.shape);
  const [sx, sy] = [strides[plane.across], strides[plane.down]];
  const start = state.position.reduce((sum, n, axis) => (axis === plane.across || axis === plane.down ? sum : sum + n * strides[axis]), 0);
  const scale = 255 / (state.high - state.low);
  const out = pixels.data;
  for (let y = 0, to = 0; y < height; y++) {
    const row = start + (plane.flipY ? height - 1 - y : y) * sy;
    for (let x = 0; x < width; x++, to += 4) {
      const at = row + (plane.flipX ? width - 1 - x : x) * sx;
      const shown = x < divider ? a : b;
      const grey = (shown.scale * shown.data[at] + shown.offset - state.low) * scale;
      out[to] = out[to + 1] = out[to + 2] = grey;
      out[to + 3] = 255;
      const overlay = x < divider ? overA : overB;
      if (overlay) lay(out, to, overlay, overlay.scale * overlay.data[at] + overlay.offset, x + y, state.strength);
    }
  }
  context.putImageData(pixels, 0, 0);
}

/** Mixes the overlay into a pixel. */
function lay(out: Uint8ClampedArray, to: number, { kind, limit }: ViewerOverlay, value: number, along: number, strength: number): void {
  if (kind === 'missing') {
    if (value < 0.5 && along % 6 === 0) for (let c = 0; c < 3; c++) out[to + c] = HATCH[c];
    return;
  }
  const table = kind === 'signed' ? SIGNED : SIZES;
  const share = kind === 'signed' ? (value / limit + 1) / 2 : value / limit;
  const at = Math.min(Math.max(share, 0), 1) * (table.length - 1);
  const n = Math.min(Math.floor(at), table.length - 2);
  // what is small lets the image through
  const weight = strength * Math.min(1, 2 * Math.abs(kind === 'signed' ? value / limit : share));
  for (let c = 0; c < 3; c++) {
    const colour = table[n][c] + (at - n) * (table[n + 1][c] - table[n][c]);
    out[to + c] += weight * (colour - out[to + c]);
  }
}

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => shape.slice(axis + 1).reduce((size, n) => size * n, 1));

const offsetOf = (place: readonly number[], shape: readonly number[]): number =>
  stridesOf(shape).reduce((sum, stride, axis) => sum + stride * place[axis], 0);

const withUnit = (text: string, unit: string): string => (unit === '' ? text : `${text} (${unit})`);

const short = (value: number): string => String(Number(value.toPrecision(4)));

function element<K extends keyof HTMLElementTagNameMap>(name: K, className = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}

function heading(text: string): HTMLElement {
  const made = element('p', 'viewer-name');
  made.textContent = text;
  return made;
}

function label(className: string, text: string): HTMLElement {
  const made = element('span', className);
  made.textContent = text;
  return made;
}

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  const made = element('label');
  const words = element('span');
  words.textContent = text;
  made.append(words, control);
  return made;
}

function choice(text: string, names: readonly string[], chosen: number, onChange: (n: number) => void): HTMLElement {
  const select = element('select');
  names.forEach((name, n) => select.append(new Option(name, String(n), n === chosen, n === chosen)));
  select.addEventListener('change', () => onChange(select.selectedIndex));
  return labelled(text, select);
}

function number(text: string, value: number, onChange: (value: number) => unknown): HTMLElement {
  const input = element('input');
  input.type = 'number';
  input.step = 'any';
  input.value = short(value);
  input.addEventListener('change', () => {
    const given = Number(input.value);
    if (input.value.trim() !== '' && Number.isFinite(given)) onChange(given);
  });
  return labelled(text, input);
}

function range(text: string, low: number, high: number, step: number, value: number, onChange: (value: number) => void): HTMLElement {
  const input = element('input');
  input.type = 'range';
  Object.assign(input, { min: String(low), max: String(high), step: String(step) });
  input.value = String(value);
  input.addEventListener('input', () => onChange(Number(input.value)));
  const made = labelled(text, input);
  made.append(element('output'));
  return made;
}
