import test from 'ava';
import fc from 'fast-check';
import { encodeModel } from '../../../models/fit/onnx/model.js';
import { ProtobufWriter } from '../../../models/fit/onnx/protobuf.js';
import { golden } from '../../support/golden.js';

/** The fields of a message: protobuf's own decoding, by its documentation. */
function decoded(bytes: Uint8Array): { field: number; value: bigint | Uint8Array }[] {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes[at++]);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  const out: { field: number; value: bigint | Uint8Array }[] = [];
  while (at < bytes.length) {
    const key = varint();
    const [field, type] = [Number(key >> 3n), Number(key & 7n)];
    if (type === 0) out.push({ field, value: varint() });
    else {
      const length = type === 5 ? 4 : Number(varint());
      out.push({ field, value: bytes.slice(at, (at += length)) });
    }
  }
  return out;
}

test('integers of every size and sign come back from the wire', (t) => {
  const whole = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(whole, fc.integer({ min: 1, max: 500 }), fc.string(), (number, field, text) => {
      const bytes = new ProtobufWriter().signed(field, number).text(field, text).float(1, 1.5).finish();
      const [integer, string, float] = decoded(bytes);
      t.is(BigInt.asIntN(64, integer.value as bigint), BigInt(number));
      t.is(integer.field, field);
      t.is(new TextDecoder().decode(string.value as Uint8Array), text);
      t.deepEqual(float.value, new Uint8Array(Float32Array.of(1.5).buffer));
    }),
  );
});

test('a model is the one that the onnx package writes down', (t) => {
  const bytes = encodeModel({
    name: 'example',
    nodes: [
      { type: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { kernel_shape: [1, 1], group: 1 } },
      { type: 'LeakyRelu', inputs: ['c'], outputs: ['a'], attributes: { alpha: { float: 0.2 } } },
      { type: 'Pad', inputs: ['a', 'pads'], outputs: ['y'], attributes: { mode: 'reflect' } },
    ],
    constants: [
      { name: 'w', shape: [1, 1, 1, 1], values: Float32Array.of(-2) },
      { name: 'pads', shape: [8], values: [0, 0, 1, 1, 0, 0, 1, -1] },
    ],
    inputs: [{ name: 'x', shape: [1, 1, 4, 5] }],
    outputs: [{ name: 'y', shape: [1, 1, 6, 5] }],
  });
  t.is(Buffer.from(bytes).toString('base64'), golden<{ model: string }>('fit-onnx.json').model);
});
