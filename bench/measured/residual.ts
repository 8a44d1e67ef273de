import { operators, volumeData, type Backend, type Measurement, type Volume } from '../../src/index.js';

/** ‖Ax − y‖ / ‖y‖ of an image in the unit of the data (not HU), for the views that are in `scan`. */
export async function residualOn(scan: Measurement, image: Volume, backend: Backend): Promise<number> {
  const operator = await operators.get(scan.kind)(scan, scan.grid, backend);
  const [x, y] = [backend.field(operator.domain), backend.field(operator.range)];
  try {
    await backend.write(x, volumeData(image));
    operator.apply(x, y);
    const projected = await backend.read(y);
    let [difference, size] = [0, 0];
    for (let i = 0; i < projected.length; i++) {
      difference += (projected[i] - scan.data[i]) ** 2;
      size += scan.data[i] ** 2;
    }
    return Math.sqrt(difference / size);
  } finally {
    x.dispose();
    y.dispose();
  }
}
