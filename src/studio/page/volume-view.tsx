import { useEffect, useRef } from 'preact/hooks';
import type { Volume } from '../../../volumes/volume.js';
import { defaultWindow, unitLabel, withUnit } from '../../report/window.js';
import type { ViewerInput, ViewerOverlay } from '../../report/viewer/model.js';
import { viewerPlanes, windowPresets } from '../../report/viewer/planes.js';
import { mountViewer, type Viewer } from '../../report/viewer/viewer.js';

/** Volumes on one grid, each with what may lie over it. */
export interface ShownVolume {
  readonly name: string;
  readonly volume: Volume;
  readonly std?: Volume;
  readonly support?: Volume;
}

/** Scroll, window, slider, overlays: the viewer of reports (src/report/viewer). */
export function VolumeView({ volumes }: { volumes: readonly ShownVolume[] }) {
  const place = useRef<HTMLDivElement>(null);
  const viewer = useRef<Viewer | undefined>(undefined);
  useEffect(() => {
    const input = viewerInput(volumes);
    if (viewer.current) viewer.current.show(input);
    else viewer.current = mountViewer(place.current!, input);
  }, [volumes]);
  return <div ref={place} />;
}

function viewerInput(volumes: readonly ShownVolume[]): ViewerInput {
  const { volume } = volumes.at(-1)!;
  const window = defaultWindow(volume);
  const plain = (name: string, { data }: Volume) => ({ name, data, scale: 1, offset: 0 });
  const overlays = volumes.flatMap(({ name, std, support }, of): ViewerOverlay[] => {
    const limit = std ? defaultWindow(std).high : 1;
    return [
      ...(std ? [{ ...plain(`spread of ${name}, to ${withUnit(limit, std.units)}`, std), of, kind: 'size' as const, limit }] : []),
      ...(support ? [{ ...plain(`not measured (${name})`, support), of, kind: 'missing' as const, limit: 1 }] : []),
    ];
  });
  return {
    ...{ shape: volume.shape, axes: volume.axes.map(({ name }) => name), planes: viewerPlanes(volume), window, overlays },
    images: volumes.map(({ name, volume: own }) => plain(name, own)),
    presets: windowPresets(volume, window),
    unit: unitLabel(volume.units),
  };
}
