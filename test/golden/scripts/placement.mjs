// Where ONNX Runtime puts the operations of two networks on the WebGPU provider -> test/golden/networks/placement.json. Run from the
// repository root on a machine with a WebGPU adapter (a software one does, e.g. VK_ICD_FILENAMES=…/vk_swiftshader_icd.json):
//     node test/golden/scripts/placement.mjs
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const traces = {};
for (const name of ['no-gpu', 'shapes', 'real']) {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'));
  const session = await InferenceSession.create(readFileSync(`test/golden/networks/${name}.onnx`), {
    executionProviders: ['webgpu'],
    enableProfiling: true,
    profileFilePrefix: join(folder, 'trace'),
  });
  const x = new Tensor('float32', new Float32Array(64 * 64), [1, 1, 64, 64]);
  await session.run({ x, t: new Tensor('float32', [1], [1]) });
  session.endProfiling();
  await session.release();
  const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'));
  // times, threads and sizes change from run to run
  traces[name] = events
    .filter(({ cat }) => cat === 'Node' || cat === 'Session')
    .map(({ cat, name, args: { op_name, provider, output_type_shape } }) => ({
      cat,
      name,
      args: { op_name, provider, output_type_shape },
    }));
  rmSync(folder, { recursive: true });
}
writeFileSync('test/golden/networks/placement.json', `${JSON.stringify(traces, null, 1)}\n`);
