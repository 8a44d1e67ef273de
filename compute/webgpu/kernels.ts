import { dzWgsl } from './dz.wgsl.generated.js';
import { gradientAdjointWgsl } from './gradient-adjoint.wgsl.generated.js';
import { gradientNormalWgsl } from './gradient-normal.wgsl.generated.js';
import { gradientWgsl } from './gradient.wgsl.generated.js';
import { kernel } from './kernel.js';
import { lincombWgsl } from './lincomb.wgsl.generated.js';
import { noiseWgsl } from './noise.wgsl.generated.js';
import { philoxWgsl } from './philox.wgsl.generated.js';
import { pointwiseWgsl } from './pointwise.wgsl.generated.js';
import { reduceRowsWgsl } from './reduce-rows.wgsl.generated.js';
import { reduceWgsl } from './reduce.wgsl.generated.js';
import { shrinkWgsl } from './shrink.wgsl.generated.js';

/* The kernels of the backend's own operations. */

export const lincomb = kernel({
  name: 'lincomb',
  code: lincombWgsl,
  fields: { f0: 'read f32', f1: 'read f32', f2: 'read f32', f3: 'read f32', out: 'write f32' },
  scalars: ['c0', 'c1', 'c2', 'c3'],
  params: { terms: 'u32' },
  flexible: true,
});

const pointwise = (name: string, entry: string) =>
  kernel({
    name,
    entry,
    code: pointwiseWgsl,
    fields: { x: 'read f32', y: 'read f32', out: 'write f32' },
    params: { elements: 'u32', a: 'f32', b: 'f32' },
    flexible: true,
  });

export const multiply = pointwise('multiply', 'multiply');
export const multiplyComplex = pointwise('multiply (complex)', 'multiply_complex');
export const scaleComplex = pointwise('multiply (complex by real)', 'scale_complex');
export const divide = pointwise('divide', 'divide');
export const clamp = pointwise('clamp', 'clamp_between');
export const fill = pointwise('fill', 'fill');

export const shrink = kernel({
  name: 'shrink',
  code: shrinkWgsl,
  fields: { x0: 'read f32', x1: 'read f32', x2: 'read f32', out0: 'write f32', out1: 'write f32', out2: 'write f32' },
  params: { threshold: 'f32', parts: 'u32' },
  flexible: true,
});

const reduction = (name: string, entry: string) =>
  kernel({
    name,
    entry,
    code: reduceWgsl,
    fields: { x: 'read f32', y: 'read f32' },
    tables: { sums: 'update vec2<f32>' },
    params: { groups: 'u32' },
    flexible: true,
  });

export const dot = reduction('dot', 'dot_product');
export const norm1 = reduction('norm1', 'norm1');
export const norm1Complex = reduction('norm1 (complex)', 'norm1_complex');

export const addRows = kernel({
  name: 'sums of rows',
  code: reduceRowsWgsl,
  bank: true,
  tables: { sums: 'update vec2<f32>' },
  params: { source: 'u32', length: 'u32', rows: 'u32', to_bank: 'u32', target_at: 'u32' },
});

export const noise = kernel({
  name: 'noise',
  code: `${philoxWgsl}\n${noiseWgsl}`,
  fields: { out: 'write f32' },
  params: { seed: 'vec2<u32>', step: 'u32', stream: 'u32', plane: 'u32' },
});

const differences = <const Use extends 'write f32' | 'update f32'>(name: string, entry: string, out: Use) =>
  kernel({
    name,
    entry,
    code: dzWgsl,
    fields: { previous: 'read f32', here: 'read f32', next: 'read f32', out },
    params: { weight: 'f32', last: 'u32', periodic: 'u32' },
    flexible: true,
  });

export const dz = differences('dz', 'forward', 'write f32');
export const addDzAdjoint = differences('addDzAdjoint', 'add_adjoint', 'update f32');
export const addDzNormal = differences('addDzNormal', 'add_normal', 'update f32');

const planes = { rows: 'u32', columns: 'u32', parts: 'u32' } as const;

export const gradient = kernel({
  name: 'gradient',
  code: gradientWgsl,
  fields: { x: 'read f32', gx: 'write f32', gy: 'write f32' },
  params: planes,
});

export const addGradientAdjoint = kernel({
  name: 'addGradientAdjoint',
  code: gradientAdjointWgsl,
  fields: { gx: 'read f32', gy: 'read f32', x: 'update f32' },
  params: { ...planes, weight: 'f32' },
});

export const addGradientNormal = kernel({
  name: 'addGradientNormal',
  code: gradientNormalWgsl,
  fields: { x: 'read f32', out: 'update f32' },
  params: { ...planes, weight: 'f32' },
});
