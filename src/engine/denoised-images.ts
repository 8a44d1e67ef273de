import type { DenoisedImages, SliceAxis } from '../../models/fit.js';
import type { Axis } from '../../core/axis.js';
import { regularStep } from '../../core/axis.js';
import { planeOf } from '../../volumes/orientation.js';
import { modalities } from '../modalities/registry.js';
import type { RunRequest } from './request.js';

type Asked = Pick<RunRequest, 'scan' | 'grid' | 'modality' | 'physics' | 'own' | 'slicing' | 'complex'>;

/** What a prior is told of the images of a run. */
export function denoisedImages({ scan, grid, modality, physics, own, slicing, complex }: Asked): DenoisedImages {
  const { length } = grid.axes;
  const [row, column] = slicing.slice ?? [length - 2, length - 1];
  const others = modalities.entries().flatMap(([, m]) => (m.name === modality.name ? [] : m.images));
  const asMeasured = row === length - 2 && column === length - 1;
  return {
    modality: modality.images,
    otherModalities: modality.borrowsPriors ? [] : others,
    ...(grid.modality === 'other' ? {} : { shown: grid.modality }),
    dtype: complex ? 'complex64' : 'float32',
    units: physics.units(scan, own),
    axes: [sliceAxis(grid.axes[row]), sliceAxis(grid.axes[column])],
    ...(grid.placement && asMeasured ? { plane: planeOf(grid) } : {}),
    suggestion: modality.prior,
  };
}

function sliceAxis(axis: Axis): SliceAxis {
  const step = regularStep(axis);
  return { name: axis.name, unit: axis.unit, ...(step === undefined ? {} : { step: Math.abs(step) }) };
}
