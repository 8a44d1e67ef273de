import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { placed } from '../../core/placement.js';
import { makeVolume } from '../../volumes/volume.js';
import { renderReport } from '../../src/report/index.js';
import { hasChromium, launch, listenedPage } from '../support/studio.js';

const inBrowser = hasChromium ? test : test.skip;

inBrowser(
  'a report’s viewer shows right and front where they are, in one file that asks for nothing; without scripts there are pictures',
  async (t) => {
    const [nk, nj, ni] = [5, 12, 10];
    // one bright voxel at the patient's left, front and head: columns count from left to right, rows to the front, slices to the head
    const data = new Float32Array(nk * nj * ni).fill(-1000);
    data[((nk - 1) * nj + nj - 1) * ni] = 400;
    const place = placed({ spacing: [2, 2, 3] });
    const volume = (name: string, shift: number) => ({
      name,
      volume: makeVolume(
        data.map((v) => v + shift),
        [nk, nj, ni],
        { ...place, units: 'HU', modality: 'CT' },
      ),
    });
    const mirrored = {
      ...volume('b', 0),
      std: makeVolume(
        data.map((v) => (v > 0 ? 50 : 0)),
        [nk, nj, ni],
        { ...place, units: 'HU' },
      ),
    };
    // data of two images whose brightest magnitude is that of the second's third row and second column
    const measured = Float32Array.from({ length: 2 * 3 * 4 }, (_, n) => (n === 12 + 2 * 4 + 1 ? 5 : n % 5 === 0 ? -Infinity : 2));
    const stack = { values: measured, shape: [2, 3, 4], axes: ['coil', 'ky', 'kx'], across: 2, down: 1, logarithm: true, low: 1, high: 5 };
    const scan = { rows: [], figures: [], data: { ...stack, part: 'coil 2 to 3 of 8' } };
    const html = renderReport({ title: 'marks', results: [volume('a', -100), mirrored], manifest: {}, scan });
    const folder = mkdtempSync(join(tmpdir(), 'slicewise-report-'));
    const browser = await launch();
    try {
      writeFileSync(join(folder, 'r.html'), html);
      const { page, heard } = await listenedPage(browser);
      const address = pathToFileURL(join(folder, 'r.html')).href;
      await page.goto(address);
      await page.waitForSelector('#viewer:not([hidden]) canvas');
      await page.selectOption('.viewer-bar select >> nth=1', { label: 'nothing' });
      const slider = page.locator('#viewer .viewer-panel input[type=range]');
      t.is(await slider.count(), 3);
      await slider.nth(0).fill(String(nk - 1));
      await slider.nth(1).fill(String(nj - 1));
      await slider.nth(2).fill('0');
      const brightest = await page.$$eval('#viewer .viewer-panel canvas', (all) =>
        all.map((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const { data: pixels } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
          for (let n = 0; n < width * height; n++) if (pixels[4 * n] > 250) return [n % width, Math.floor(n / width), width, height];
          return undefined;
        }),
      );
      // the patient's left is at the right of axial and coronal images; front and head at the top; front at the left of sagittal ones
      t.deepEqual(brightest, [
        [ni - 1, 0, ni, nj],
        [ni - 1, 0, ni, nk],
        [0, 0, nj, nk],
      ]);
      // data as they were measured: scrolled, and windowed by themselves
      t.regex((await page.textContent('#measured')) ?? '', /ky × kx; magnitude, as its logarithm to base 10; coil 2 to 3 of 8/);
      const greys = (): Promise<number[]> =>
        page.$eval('#measured canvas', (canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const { data: pixels } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
          return [pixels[4 * (2 * width + 1)], pixels[4 * (2 * width + 2)], pixels[4 * (width - 1)]];
        });
      await page.locator('#measured input[type=range]').fill('1');
      t.deepEqual(await greys(), [255, 64, 0]);
      await page.selectOption('#measured select', { label: '2 decades' });
      t.deepEqual(await greys(), [255, 0, 0]);
      const overlays = await page.locator('#viewer .viewer-bar select >> nth=-1').locator('option').allTextContents();
      t.true(overlays.some((text) => text.startsWith('spread of b')));
      t.deepEqual(heard.errors, []);
      t.deepEqual(
        heard.elsewhere.filter((url) => url !== address),
        [],
      );

      const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
      await plain.goto(address);
      t.true(await plain.locator('.panels img').first().isVisible());
      t.false(await plain.locator('#viewer').isVisible());
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
    }
  },
);
