// npm run bench -- NAME [arguments]: runs dist/bench/NAME.js; without a name lists what there is.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const [name, ...rest] = process.argv.slice(2);
const folder = 'dist/bench';
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.js'))
      .map((file) => file.slice(0, -3))
  : [];
if (!names.includes(name)) {
  console.error(`npm run bench -- NAME, where NAME is one of: ${names.join(', ') || '(none yet)'}`);
  process.exit(2);
}
process.exit(spawnSync(process.execPath, [`${folder}/${name}.js`, ...rest], { stdio: 'inherit' }).status ?? 1);
