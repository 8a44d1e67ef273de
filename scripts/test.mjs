// Runs ava on the compiled tests and prints one line a test, every failure in full, and `N passed, N failed` at the end.
//   node scripts/test.mjs [dist/test/….test.js …] [ava options]
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const failures = [];
const count = { passed: 0, failed: 0, skipped: 0 };
let block; // the lines that belong to the failure being read

function line(text) {
  const test = /^(not )?ok \d+ - (.*)$/.exec(text);
  if (!test) {
    const comment = /^# +(.*)$/.exec(text) ?? /^ +\* (.*)$/.exec(text);
    if (block && !text.startsWith('#')) block.push(text);
    else if (comment && !/^TAP|^(tests|pass|skip|fail|todo) \d/.test(comment[1])) console.log(`    ${comment[1]}`);
    return;
  }
  const [, not, rest] = test;
  const [title, directive] = rest.split(/ # (?=SKIP|TODO)/);
  block = undefined;
  if (directive) {
    count.skipped++;
    console.log(`  - ${title} (${directive.toLowerCase()})`);
  } else if (not) {
    count.failed++;
    failures.push({ title, lines: (block = []) });
    console.log(`  ✘ ${title}`);
  } else {
    count.passed++;
    console.log(`  ✔ ${title}`);
  }
}

const ava = spawn(process.execPath, ['node_modules/ava/entrypoints/cli.mjs', '--tap', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
createInterface({ input: ava.stdout }).on('line', line);
const status = await new Promise((resolve) => ava.on('close', resolve));

for (const { title, lines } of failures) {
  console.log(`\n✘ ${title}`);
  for (const text of lines) if (!/^ {2}(---|\.\.\.)$/.test(text)) console.log(text);
}
if (status !== 0 && count.failed === 0) {
  console.log(`\nava ended with status ${status} although no test failed`);
  count.failed++;
}
const skipped = count.skipped ? `, ${count.skipped} skipped` : '';
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
process.exit(count.failed ? 1 : 0);
