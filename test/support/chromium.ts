import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The command that starts Chromium or Chrome here; undefined where there is none. CHROMIUM names another. */
export function findChromium(): string | undefined {
  const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'];
  return names.find((name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** WebGPU on SwiftShader, which comes with it: the same on every machine, and no display. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--enable-logging=stderr',
];

export interface Browser {
  /** What it and the page said so far: console messages among it. */
  log(): string;
  close(): Promise<void>;
}

/** A browser with one page open. */
export function openPage(command: string, url: string): Browser {
  const profile = mkdtempSync(join(tmpdir(), 'slicewise-chromium-'));
  // a group of its own, which is ended as a whole
  const child = spawn(command, [...FLAGS, `--user-data-dir=${profile}`, url], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise((done) => child.once('close', done));
  return {
    log: () => log,
    close: async () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it ended by itself
      }
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
