#!/usr/bin/env node
/*
 * The command `slicewise`. npm links it as soon as a clone or a package is there, so it is a tracked file that needs no build. In a clone
 * it first builds what is missing or older than its sources; then the command line runs in this very process, which keeps stdin, stdout,
 * signals and the exit code its own. Written for Nodes that are too old for the rest (no top-level await), so that these are told so
 * instead of a syntax error.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'dist/src/cli/main.js');
const setup = join(root, 'scripts/setup.mjs'); // only in a clone: a package has no sources

function stop(text, code = 1) {
  process.stderr.write(`slicewise: ${text}\n`);
  process.exit(code);
}

/** package.json says `>=MAJOR.MINOR`. */
function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  const [major, minor] = wanted.match(/\d+/g).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
    stop(`this is Node ${process.versions.node}; it needs Node ${major}.${minor} or later (https://nodejs.org)`);
  }
}

/** Everything that the set-up says goes to standard error: standard output may be a pipe that waits for a result. */
function build() {
  const { error, status, signal } = spawnSync(process.execPath, [setup], { stdio: ['ignore', 2, 2] });
  if (error) stop(`the set-up of ${root} cannot start: ${error.message}`);
  if (signal === 'SIGINT') stop('interrupted during the set-up', 130);
  if (status !== 0) stop(`the build in ${root} is missing or older than its sources, and making it failed (above)`);
}

checkNode();
if (existsSync(setup)) build();
if (!existsSync(main)) stop(`${main} is missing: this package was made from a clone that was not built (npm run pack)`);
import(pathToFileURL(main).href);
