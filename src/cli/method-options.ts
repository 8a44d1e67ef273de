import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { ELSEWHERE, methodFlag, methodNames, methodSchemas } from '../engine/method-schemas.js';
import { fromText, placeholder, typeOf, unwrap } from '../engine/schema-text.js';

/** Said once for all methods where their own words would mislead about the others. */
const WORDS: { readonly [option: string]: string } = {
  lambda:
    'weight λ of the penalty: in unit-norm units (admm, admm-tv and diffusion methods) or the data’s own (sense, cs-wavelet, cs-tv); ' +
    'defaults in docs/reference/methods.md',
  innerIterations:
    'CG iterations of one x update: warm-started (admm, admm-tv, cs-tv), or of one step (dds 10, and 5 on k-space; ' +
    'diffusion-mbir 1, and 3 on noisy k-space; moment-matching 5; others 10); defaults in docs/reference/methods.md',
  rho:
    'ADMM penalty ρ in unit-norm units: changes the speed, not the limit (admm, admm-tv, cs-tv), or part of the method ' +
    '(diffusion methods); defaults in docs/reference/methods.md',
  compat:
    'published settings, by name (docs/reference/methods.md): ct-sparse-view, ct-limited-angle, mri (dds, ' +
    'diffusion-mbir); published and others',
  steps:
    'denoiser evaluations N (dds 40), or noise levels (diffusion-mbir 2000; seisfusion 10; pnp-dm sweeps, 50; others 40): defaults and ' +
    'their trials in docs/reference/methods.md',
  start: 'what a run starts from: noise, a classical image noised, a guide (dds, seisfusion), or pseudo-inverse (red-diff, red-prox)',
  mode: '3d couples the slices by a total-variation prior along z (default of dds and diffusion-mbir); 2d leaves them independent',
  schedule:
    'noise levels: geometric (own), vp: the DDPM grid (dds and others), cosine: respaced (seisfusion), edm (ρ = 7), quadratic ' +
    '(DiffPIR’s), flow: equidistant in the time of a rectified flow (default of flowchef)',
  sampler:
    'how x moves to the next noise level: ddim, or another sampler (docs/reference/methods.md, samplers); ' +
    'ddim or repaint (seisfusion)',
  eta:
    'fraction of fresh noise in a step; default .95 (dds; 1 on k-space), 0 (seisfusion), ancestral (repaint), .85 (ddnm, ddrm, pigdm, ' +
    'moment-matching), and 0 with samplers that draw none',
  tolerance: 'at which conjugate gradients stop before their last iteration, of the right-hand side',
  priorWeight: 'λ, weight of the prior against the data: of the denoised image (diffpir 1), of a gradient step (red-diff .25)',
  learningRate: 'step length of Adam (dds2m .005, red-diff .1)',
  innerEvaluations: 'denoiser evaluations of one step (daps 1) or sweep (pnp-dm 4)',
  guidance:
    'weight of the data’s gradient: ζ, length of a step along that of ‖y − A D‖ (dps .5), or of ½‖y − A d‖² in unit-norm units ' +
    '(gdp 1000)',
  jumps: 'how often every stretch of jumpLength levels is gone through, noise being added in between; default 1',
  gamma:
    'weight of the data against the image that a step starts with: none = data only (published), a number, or noise = by the noise of ' +
    'the data (docs/reference/methods.md); noise is the default on noisy k-space',
  sigmaMax:
    'first noise level; default 0.5, or 2 (seisfusion, repaint, pnp-dm, flowchef), from noise, 378 (diffusion-mbir; 1 on noisy ' +
    'k-space) and 0.3 from a classical start, or what the prior allows',
  sigmaMin:
    'last noise level before 0; default 0.02 (0.05: pnp-dm; 0.03 with a tail, so on k-space; 0.01: diffusion-mbir, 0.02 on noisy ' +
    'k-space), or what the prior allows',
};

interface MethodFlags {
  /** For the command's schema: text (or a switch), which `methodOptions` reads by the schema of the method. */
  readonly fields: { readonly [flag: string]: z.ZodType };
  readonly flags: { readonly [flag: string]: string };
  readonly notes: { readonly [flag: string]: string };
}

/** One flag for each option of any method, described with the methods that have it. */
export function methodFlags(): MethodFlags {
  const fields: Record<string, z.ZodType> = {};
  const flags: Record<string, string> = {};
  const notes: Record<string, string> = {};
  const all = methodSchemas();
  for (const option of new Set(all.flatMap(([, shape]) => Object.keys(shape)))) {
    if (ELSEWHERE.includes(option)) continue;
    const having = all.filter(([, shape]) => option in shape);
    const known = having.map(([, shape]) => unwrap(shape[option]));
    const boolean = typeOf(known[0].core) === 'boolean';
    const defaults = [...new Set(known.map((k) => (k.fallback === undefined ? undefined : String(k.fallback))))];
    const key = flagKey(option);
    fields[key] = (boolean ? z.boolean() : z.string()).optional().describe(WORDS[option] ?? known[0].description);
    const negated = boolean && known[0].fallback === true ? 'no-' : '';
    flags[key] = `--${negated}${methodFlag(option)}${boolean ? '' : ` ${placeholder(known[0].core)}`}`;
    const shown = defaults.length === 1 && defaults[0] !== undefined && !boolean ? `; default ${defaults[0]}` : '';
    notes[key] = ` [${having.map(([name]) => name).join(', ')}${shown}]`;
  }
  return { fields, flags, notes };
}

/** The flags of one method, described as the method itself does, with its own defaults. */
export function methodChapterOptions(method: string): { readonly option: string; readonly description: string }[] {
  const [, shape = {}] = methodSchemas().find(([name]) => name === method) ?? [];
  return Object.entries(shape)
    .filter(([option]) => !ELSEWHERE.includes(option))
    .map(([option, schema]) => {
      const { core, description, fallback } = unwrap(schema);
      const told = fallback === undefined || typeOf(core) === 'boolean' ? '' : ` (default ${String(fallback)})`;
      return { option: flagKey(option), description: `${description}${told}` };
    });
}

/** Keys apart from the command's own. */
const flagKey = (option: string): string => `method:${option}`;

/**
 * The options given for a method, as its schema wants them. An option it does not have is its own error.
 * @param values of the command, `method:…` among them
 */
export function methodOptions(method: string, values: { readonly [flag: string]: unknown }): { [option: string]: unknown } {
  const found = methodSchemas().find(([name]) => name === method);
  if (!found) {
    throw new SlicewiseError('ARGUMENT', {
      message: '--method',
      expected: `one of ${methodNames().join(', ')}`,
      got: `'${method}'`,
    });
  }
  const [, shape] = found;
  const options: Record<string, unknown> = {};
  for (const [flag, text] of Object.entries(values)) {
    if (!flag.startsWith('method:') || text === undefined) continue;
    const option = flag.slice('method:'.length);
    if (!(option in shape)) throw unknownOption(method, option, Object.keys(shape));
    options[option] = fromText(methodFlag(option), unwrap(shape[option]).core, text);
  }
  return options;
}

function unknownOption(method: string, option: string, known: readonly string[]): SlicewiseError {
  const flag = (name: string): string => `--${methodFlag(name)}`;
  const others = methodSchemas()
    .filter(([, shape]) => option in shape)
    .map(([name]) => name);
  return new SlicewiseError('ARGUMENT', {
    message: `${method} has no option ${flag(option)} (${others.join(', ')} have)`,
    expected: `any of ${known
      .filter((name) => !ELSEWHERE.includes(name))
      .map(flag)
      .join(', ')}`,
  });
}

/** Does the method have this option? */
export const methodHas = (method: string, option: string): boolean =>
  methodSchemas().some(([name, shape]) => name === method && option in shape);
