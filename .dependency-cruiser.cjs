/**
 * The folder rule: imports go one way.
 *
 *   core ← volumes ← (types, and the schemas of kinds) operators, (types) models core ← compute ← operators, models src joins the rooms;
 *   test, bench, examples see all
 *
 * test/house/folders.test.ts proves first that planted violations are found.
 */
const ROOMS = ['core', 'volumes', 'compute', 'operators', 'models', 'src'];

/** A room may import only itself and these (and packages). */
const allowed = {
  core: [],
  volumes: ['core'],
  compute: ['core'],
  operators: ['core', 'compute'],
  models: ['core', 'compute'],
};

const rooms = Object.entries(allowed).map(([room, others]) => ({
  name: `${room}-imports-only-${['itself', ...others].join('-')}`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    // the schemas of kinds are data both rooms go by: a kind's geometry is said once, and so is the circle that is nearest to it (nominal)
    ...(room === 'operators' ? { pathNot: '^volumes/kinds/(schema|[^/]+/(vector-)?schema|[^/]+/[^/]+/schema|radon/nominal)\\.ts$' } : {}),
    path: `^(${[...ROOMS, 'test', 'bench', 'examples'].filter((r) => r !== room && !others.includes(r)).join('|')})/`,
    // operators and models speak of Grid, Volume and Measurement: the types, never the code
    ...(room === 'operators' || room === 'models' ? { dependencyTypesNot: ['type-only'] } : {}),
  },
}));

module.exports = {
  forbidden: [
    ...rooms,
    {
      name: 'types-of-volumes-only',
      comment: 'even as types, operators and models know of no room but volumes',
      severity: 'error',
      from: { path: '^(operators|models)/' },
      to: { path: '^(src|test|bench|examples)/' },
    },
    { name: 'operators-not-models', severity: 'error', from: { path: '^operators/' }, to: { path: '^models/' } },
    { name: 'models-not-operators', severity: 'error', from: { path: '^models/' }, to: { path: '^operators/' } },
    {
      name: 'src-imports-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples)/' },
    },
    {
      name: 'modalities-by-their-registry',
      comment:
        'what a modality is stands in its room; the engine, the report and the command line ask the registry (api.ts is the face ' +
        'that exports)',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(modalities/|api\\.ts)' },
      to: { path: '^src/modalities/[^/]+/' },
    },
    {
      name: 'kinds-only-in-modalities',
      comment: 'of the kinds of scans the rest of src knows what any kind says (volumes/kinds/registry), and none by name',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(modalities/|api\\.ts)' },
      to: { path: '^(volumes/kinds/[^/]+|operators/radon|operators/fourier)/' },
    },
    {
      name: 'studio-is-a-leaf',
      comment: 'the page and its server call the engine; of all others the command line alone knows them',
      severity: 'error',
      from: { path: '^(?!test|src/(studio|cli)/)' },
      to: { path: '^src/studio/' },
    },
    {
      name: 'studio-page-is-a-leaf',
      comment: 'what runs in Node and in workers has no page',
      severity: 'error',
      from: { path: '^(?!src/studio/page/)' },
      to: { path: '^src/studio/page/' },
    },
    {
      name: 'page-packages-only-in-the-page',
      comment: 'they are packed into the built page, and not installed with the package',
      severity: 'error',
      from: { path: '.', pathNot: '^(src/studio/page/|test/)' },
      to: { path: 'node_modules/(preact|@preact|uplot|@niivue|vite)/' },
    },
    { name: 'cli-is-a-leaf', severity: 'error', from: { path: '^(?!test|src/cli)' }, to: { path: '^src/cli/' } },
    {
      name: 'node-only-in-platform-and-cli',
      comment: 'and in the two rooms that run in Node alone: the server of the studio, the tools of the trainings',
      severity: 'error',
      from: { path: `^(${ROOMS.join('|')})/`, pathNot: '^(core/platform|src/cli|src/studio/server|models/training)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'browser-code-not-platform',
      comment: 'only the Node faces reach the platform files; the browser entry is bundled with node: forbidden',
      severity: 'error',
      from: { path: `^(volumes|compute|operators)/` },
      to: { path: '^core/platform/' },
    },
    {
      name: 'one-file-touches-onnxruntime',
      severity: 'error',
      from: { path: '.', pathNot: '^(models/network/onnx|test/|bench/)' },
      to: { path: 'onnxruntime' },
    },
    {
      name: 'ndarray-only-in-volumes',
      comment: 'ndarray compiles code at run time, which a strict content-security policy forbids',
      severity: 'error',
      from: { path: '.', pathNot: '^(volumes|test|bench)/' },
      to: { path: 'node_modules/ndarray/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-missing-file',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: 'onnxruntime|generated' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.as\\.ts$|^dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
