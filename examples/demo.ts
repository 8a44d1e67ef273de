/** `npm run demo -- [ct|mri|seismic|spectral] [folder]`: a small reconstruction with a table, a PNG and an HTML report. */
const demos = {
  ct: () => import('./demo/ct.js'),
  mri: () => import('./demo/mri.js'),
  seismic: () => import('./demo/seismic.js'),
  spectral: () => import('./demo/spectral.js'),
};

const given = process.argv.slice(2);
const name = given[0] !== undefined && given[0] in demos ? (given.shift() as keyof typeof demos) : 'ct';
const { demo } = await demos[name]();
await demo(given[0] ?? 'out');
