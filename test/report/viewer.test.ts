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
    const html = renderReport({ title: 'marks', results: [volume('a', -100), mirrored], manifest: {} });
    const folder = mkdtempSync(join(tmpdir(), 'slicewise-report-'));
    const browser = await launch();
    try {
      writeFileSync(join(folder, 'r.html'), html);
      const { page, heard } = await listenedPage(browser);
      const address = pathToFileURL(join(folder, 'r.html')).href;
      await page.goto(address);
      await page.waitForSelector('#viewer:not([hidden]) canvas');
      await page.selectOption('.viewer-bar select >> nth=1', { label: 'nothing' });
      const slider = page.locator('.viewer-panel input[type=range]');
      t.is(await slider.count(), 3);
      await slider.nth(0).fill(String(nk - 1));
      await slider.nth(1).fill(String(nj - 1));
      await slider.nth(2).fill('0');
      const brightest = await page.$$eval('.viewer-panel canvas', (all) =>
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
      const overlays = await page.locator('.viewer-bar select >> nth=-1').locator('option').allTextContents();
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
