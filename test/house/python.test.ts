import test from 'ava';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const hasNumpy = spawnSync('python3', ['-c', 'import numpy, sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
const withNumpy = hasNumpy ? test : test.skip;

withNumpy(`the Python wrapper gives arrays and takes them${hasNumpy ? '' : ' (python3 with NumPy is not here)'}`, async (t) => {
  t.timeout(600_000);
  const env = { ...process.env, SLICEWISE: `${process.execPath} dist/src/cli/main.js` };
  const { stderr } = await promisify(execFile)('python3', ['-m', 'unittest', 'discover', 'python/tests'], { env });
  t.regex(stderr, /^Ran [1-9]\d* tests? in [^]*\nOK$/m);
});
