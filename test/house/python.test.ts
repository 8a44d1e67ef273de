import test from 'ava';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

// the system's beside the one of PATH: Debian's NumPy is for that alone
const python = ['python3', '/usr/bin/python3'].find(
  (name) => spawnSync(name, ['-c', 'import numpy, sys; sys.exit(sys.version_info < (3, 9))']).status === 0,
);
const withNumpy = python ? test : test.skip;

withNumpy(`the Python wrapper gives arrays and takes them${python ? '' : ' (python3 with NumPy is not here)'}`, async (t) => {
  t.timeout(600_000);
  const env = { ...process.env, SLICEWISE: `${process.execPath} dist/src/cli/main.js` };
  const { stderr } = await promisify(execFile)(python!, ['-m', 'unittest', 'discover', 'python/tests'], { env });
  t.regex(stderr, /^Ran [1-9]\d* tests? in [^]*\nOK$/m);
});
