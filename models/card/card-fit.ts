import { SlicewiseError } from '../../core/errors.js';
import { unitRatio } from '../../core/units.js';
import type { DenoisedImages, Fit } from '../fit.js';
import type { Card } from './card.js';

/** What the network of a card says of images: another modality and complex images for a real network do not fit; the rest is warned of. */
export function cardFit(card: Card, images: DenoisedImages): Fit {
  const { modality, otherModalities, dtype } = images;
  const other = otherModalities.some((name) => same(name, card.modality));
  const complex = dtype === 'complex64';
  if (!other && !(complex && card.channels === 1)) return { warnings: warningsOf(card, images) };
  const problem = new SlicewiseError('MODEL', {
    message: `the prior '${card.name}' does not fit these data`,
    expected: complex ? `a prior of complex ${modality[0]} images (2 channels)` : `a prior of ${modality[0]} images`,
    got: `${card.modality} in ${card.range.unit}, ${card.channels === 1 ? 'real' : 'complex'} images`,
    hint: `${images.suggestion ? `use --prior ${images.suggestion}; ` : ''}\`slicewise models\` lists all`,
  });
  return { problem, warnings: [] };
}

/** Whether WebGPU runs all of its network: not 8-bit layers, and nothing that the card keeps off it. */
export const runsOnGpu = ({ precision, backends }: Pick<Card, 'precision' | 'backends'>): boolean =>
  precision !== 'int8' && (backends?.includes('webgpu') ?? true);

function warningsOf(card: Card, { units, axes, modality, shown, plane }: DenoisedImages): string[] {
  const warnings: string[] = [];
  const [dy, dx] = axes.map(({ unit = '', step }) => inMillimetres(unit, step));
  const known = dx !== undefined && dy !== undefined;
  const pixel = known ? `${dx.toPrecision(3)} × ${dy.toPrecision(3)} mm` : '';
  const [low, high] = card.spacingMm;
  if (units !== card.range.unit) {
    warnings.push(
      `the prior '${card.name}' knows ${card.modality} images in ${card.range.unit}; these data have no physical unit and are mapped to ` +
        `its range by a guess: compare with admm-tv`,
    );
  } else if (known && (Math.min(dx, dy) < low || Math.max(dx, dy) > high)) {
    warnings.push(
      `the prior '${card.name}' was trained on pixels of ${low} to ${high} mm, these are ${pixel}: details may be invented or lost`,
    );
  }
  if (known && Math.abs(dx / dy - 1) > 0.05) {
    warnings.push(`the prior '${card.name}' was trained on square pixels, these are ${pixel}`);
  }
  const own = modality.some((name) => same(name, card.modality));
  if (shown !== undefined && !(own ? modality.some((name) => same(name, shown)) : same(shown, card.modality))) {
    warnings.push(
      `the prior '${card.name}' was trained on ${card.modality} images, these are ${shown}: it may draw what such images do not have`,
    );
  }
  if (plane !== undefined && card.plane !== 'any' && card.plane !== plane) {
    warnings.push(
      `the prior '${card.name}' was trained on ${card.plane} slices, these are ${plane}: it may draw anatomy of the wrong plane`,
    );
  }
  return warnings;
}

/** Undefined for what is no length, or has no step. */
function inMillimetres(unit: string, step: number | undefined): number | undefined {
  const ratio = unitRatio(unit, 'mm');
  return ratio === undefined || step === undefined ? undefined : step * ratio;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
