import test from 'ava';
import { parseCartesian } from '../../../volumes/kinds/kspace/schema.js';

test('the Cartesian geometry names its readout, kx unless given; anything else is refused', (t) => {
  t.deepEqual(parseCartesian({}), { readout: 'kx' });
  t.deepEqual(parseCartesian({ readout: 'slice' }), { readout: 'slice' });
  t.throws(() => parseCartesian({ readout: 'kz' }), {
    code: 'GEOMETRY',
    message: /'readout'.*'kx' \| 'ky' \| 'slice'/,
  });
  t.throws(() => parseCartesian(undefined), { code: 'GEOMETRY', message: /'geometry'/ });
});
