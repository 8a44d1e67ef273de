import { cellsOfLines, type LinePlan } from './plan-webgpu.js';

/** What a kernel does besides its transform. */
export interface LineUse {
  /** When the mask is applied; `between`: F, mask, F⁻¹. */
  readonly masks: 'never' | 'before' | 'after' | 'between';
  /** x is multiplied by the map. */
  readonly encodes: boolean;
  /** The result is multiplied by the conjugate map and summed over images. */
  readonly decodes: boolean;
  /** The result is added to what `out` holds. */
  readonly adds: boolean;
  /** Real and imaginary parts are swapped at both ends, which makes F its inverse. */
  readonly inverse: boolean;
  /** The mask is an array of float32 rather than of bits. */
  readonly weights: boolean;
}

/** The constants of line-ends.wgsl. */
export function useCode({ masks, ...flags }: LineUse): string {
  const order = ['never', 'before', 'after', 'between'].indexOf(masks);
  return [...Object.entries(flags).map(([name, on]) => `const ${name} = ${on};`), `const masks = ${order}u;`].join('\n');
}

/**
 * The WGSL of a plan's stages (Stockham's autosort FFT), unrolled, because registers have no index:
 *
 *     there()      v ← F v
 *     back()       the same transform with the stages in reverse order
 *
 * A thread holds elements b + j·length/r, j < r, of its butterflies b = t, t + threads, …; r is the radix of the first stage before `there`
 * and after `back`, that of the last stage between them, so that what follows each other needs no exchange. Threads exchange elements
 * between stages through workgroup memory.
 *
 * Every element at the outer places, and at the inner ones, is visited by code made with `visit`.
 */
export function lineCode(plan: LinePlan, { masks: use, decodes }: LineUse): string {
  const { length, radices, lines, threads, columns, gaps, n, bluestein } = plan;
  const registers = Math.max(...radices.map((r) => r * Math.ceil(length / r / threads)));
  const [outer, inner] = [radices[0], radices[radices.length - 1]];
  const chirp = length;
  const spectrum = chirp + n;
  const [masks, between] = [use === 'after' || use === 'between', use === 'between'];
  // what is not used is left out: compilers take long to find out
  const at = (used: boolean, name: string, radix: number, element: (e: string, i: string) => string): string =>
    used ? visit(name, plan, radix, element) : `fn ${name}() {}`;
  return [
    `const THREADS = ${threads}u; const LINES = ${lines}u; const WORKGROUP = ${lines * threads}; const N = ${n}u; const COLUMNS = ` +
      `${columns}; const BLUESTEIN = ${bluestein};`,
    `var<workgroup> held: array<vec2<f32>, ${cellsOfLines(length, lines, gaps)}>;`,
    `var<private> v: array<vec2<f32>, ${registers}>;`,
    `var<private> sums: array<vec2<f32>, ${registers}>;`,
    'var<private> t: u32;',
    'var<private> lane: u32;',
    `fn cell(i: u32) -> u32 { let a = ${columns ? `i * ${lines}u + lane` : `lane * ${length}u + i`}; return ` +
      `a${gaps ? ' + (a >> 4u)' : ''}; }`,
    stages('there', plan, radices),
    bluestein || between ? stages('back', plan, [...radices].reverse()) : 'fn back() {}',
    // zeros behind the line, also where a second transform follows
    at(
      bluestein,
      'chirp_outer',
      outer,
      (e, i) => `${e} = select(vec2<f32>(), product(${e}, roots[${chirp}u + min(${i}, N - 1u)]), ${i} < N);`,
    ),
    at(bluestein, 'spectrum_inner', inner, (e, i) => `${e} = product(${e}, roots[${spectrum}u + ${i}]).yx;`),
    at(bluestein, 'swap_outer', outer, (e) => `${e} = ${e}.yx;`),
    at(between && !bluestein, 'swap_inner', inner, (e) => `${e} = ${e}.yx;`),
    at(true, 'fetch_outer', outer, (e, i) => `${e} = fetch(${i});`),
    at(masks && bluestein, 'mask_outer', outer, (e, i) => `${e} = masked(${i}, ${e});`),
    at(masks && !bluestein, 'mask_inner', inner, (e, i) => `${e} = masked(${i}, ${e});`),
    ...[true, false].flatMap((outside) => {
      const [place, radix] = outside ? ['outer', outer] : ['inner', inner];
      const here = outside === (bluestein || between);
      return [
        at(here && !decodes, `keep_${place}`, radix, (e, i) => `keep(${i}, ${e});`),
        at(here && decodes, `sum_${place}`, radix, (e, i) => `${e.replace('v', 'sums')} += weighed(${i}, ${e});`),
        at(here && decodes, `keep_sums_${place}`, radix, (e, i) => `keep(${i}, ${e.replace('v', 'sums')});`),
      ];
    }),
  ].join('\n');
}

/** Code for every butterfly of a thread: its number is `b`, its registers are from `v[e]` on. */
function rounds({ length, threads }: LinePlan, radix: number, body: (e: number) => string): string {
  const count = length / radix;
  const parts: string[] = [];
  for (let round = 0; round * threads < count; round++) {
    const inside = (round + 1) * threads > count ? `if (b < ${count}u) ` : '';
    parts.push(`{ let b = t + ${round * threads}u; ${inside}{ ${body(round * radix)} } }`);
  }
  return parts.join('\n');
}

/** A function that does something with every element at the places of a stage of this radix. */
function visit(name: string, plan: LinePlan, radix: number, element: (e: string, i: string) => string): string {
  const count = plan.length / radix;
  const each = (e: number): string => Array.from({ length: radix }, (_, k) => element(`v[${e + k}]`, `(b + ${k * count}u)`)).join(' ');
  return `fn ${name}() {\n${rounds(plan, radix, each)}\n}`;
}

/**
 * Stage with radix r, stride s (the product of the radices before) and m = length/(r s): butterfly b = p s + q takes b + k·length/r to (p
 * r + k) s + q.
 */
function stages(name: string, plan: LinePlan, radices: readonly number[]): string {
  const lines: string[] = [];
  let s = 1;
  radices.forEach((r, stage) => {
    const last = stage === radices.length - 1;
    lines.push(
      rounds(plan, r, (e) => {
        const twiddles = Array.from({ length: r - 1 }, (_, k) => {
          const register = `v[${e + k + 1}]`;
          return `${register} = product(${register}, roots[(b / ${s}u) * ${(k + 1) * s}u]);`;
        });
        return [butterfly(r, e), ...(last ? [] : twiddles)].join(' ');
      }),
    );
    if (last) return;
    const next = radices[stage + 1];
    const count = plan.length / next;
    const each = (radix: number, code: (k: number) => string): string => Array.from({ length: radix }, (_, k) => code(k)).join(' ');
    lines.push(
      'workgroupBarrier();',
      rounds(plan, r, (e) => {
        return `let o = (b / ${s}u) * ${r * s}u + b % ${s}u; ${each(r, (k) => `held[cell(o + ${k * s}u)] = v[${e + k}];`)}`;
      }),
      'workgroupBarrier();',
      rounds(plan, next, (e) => each(next, (k) => `v[${e + k}] = held[cell(b + ${k * count}u)];`)),
    );
    s *= r;
  });
  return `fn ${name}() {\n${lines.join('\n')}\n}`;
}

/** v[e … e + r − 1] ← their DFT. */
function butterfly(r: number, e: number): string {
  const at = (k: number): string => `v[${e + k}]`;
  if (r === 1) return '';
  if (r === 2) return `let a = ${at(0)} - ${at(1)}; ${at(0)} += ${at(1)}; ${at(1)} = a;`;
  if (r === 4) {
    const { code, out } = four('f', [0, 1, 2, 3].map(at));
    return [...code, ...out.map((value, k) => `${at(k)} = ${value};`)].join(' ');
  }
  if (r === 8) return eight(at);
  return odd(r, at);
}

/** −i z */
const turned = (z: string): string => `vec2<f32>(${z}.y, -${z}.x)`;

function four(name: string, [a, b, c, d]: readonly string[]): { code: string[]; out: string[] } {
  const [p, q, r, s] = ['p', 'q', 'r', 's'].map((letter) => `${name}_${letter}`);
  return {
    code: [
      `let ${p} = ${a} + ${c}; let ${q} = ${a} - ${c}; let ${r} = ${b} + ${d};`,
      `let ${s}t = ${b} - ${d}; let ${s} = ${turned(`${s}t`)};`,
    ],
    out: [`${p} + ${r}`, `${q} + ${s}`, `${p} - ${r}`, `${q} - ${s}`],
  };
}

/** Two fours and a two. */
function eight(at: (k: number) => string): string {
  const even = four('even', [0, 2, 4, 6].map(at));
  const odd = four('odd', [1, 3, 5, 7].map(at));
  const half = `${number(Math.SQRT1_2)}`;
  const code = [...even.code, ...odd.code];
  const turn = [
    (z: string) => z,
    (z: string) => `${half} * vec2<f32>(${z}.x + ${z}.y, ${z}.y - ${z}.x)`,
    turned,
    (z: string) => `${half} * vec2<f32>(${z}.y - ${z}.x, -${z}.x - ${z}.y)`,
  ];
  for (let k = 0; k < 4; k++) {
    code.push(`let e${k} = ${even.out[k]}; let o${k}t = ${odd.out[k]}; let o${k} = ${turn[k](`o${k}t`)};`);
  }
  for (let k = 0; k < 4; k++) code.push(`${at(k)} = e${k} + o${k}; ${at(k + 4)} = e${k} - o${k};`);
  return code.join(' ');
}

/** An odd r: sums and differences of the pairs j and r − j (half the products of the definition). */
function odd(r: number, at: (k: number) => string): string {
  const half = (r - 1) / 2;
  const pairs = Array.from({ length: half }, (_, i) => i + 1);
  const angle = (jk: number): number => (2 * Math.PI * (jk % r)) / r;
  const code = pairs.map((j) => `let a${j} = ${at(j)} + ${at(r - j)}; let b${j} = ${at(j)} - ${at(r - j)};`);
  code.push('let z = ' + at(0) + ';');
  code.push(`${at(0)} = z + ${pairs.map((j) => `a${j}`).join(' + ')};`);
  for (const k of pairs) {
    const real = pairs.map((j) => `${number(Math.cos(angle(j * k)))} * a${j}`).join(' + ');
    const imaginary = pairs.map((j) => `${number(Math.sin(angle(j * k)))} * b${j}`).join(' + ');
    code.push(`let c${k} = z + ${real}; let d${k}t = ${imaginary}; let d${k} = ${turned(`d${k}t`)};`);
    code.push(`${at(k)} = c${k} + d${k}; ${at(r - k)} = c${k} - d${k};`);
  }
  return code.join(' ');
}

const number = (value: number): string => `f32(${Math.fround(value)})`;
