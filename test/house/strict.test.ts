import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import test from 'ava';
import type ts from 'typescript';
import { PROGRAM_PAGES } from '../support/pages.js';

/*
 * What a user's compiler says: the README's script, the examples and the programs of docs/guide/own*.md, with `strict` and the declarations
 * of the package and all that it needs checked too (no skipLibCheck), in a project that has @types/node and nothing else. With the compiler
 * that is installed here; another one is tried by hand: `SLICEWISE_TYPESCRIPT=/folder/node_modules/typescript npm test --
 * dist/test/house/strict.test.js`.
 */

const compiler = ((await import(compilerPath())) as { default: typeof ts }).default;
function compilerPath(): string {
  const folder = process.env.SLICEWISE_TYPESCRIPT;
  return folder ? resolve(folder, 'lib/typescript.js') : 'typescript';
}

const page = (path: string): string => readFileSync(path, 'utf8');
const blocks = (path: string, language: string): [name: string, code: string][] =>
  [...page(path).matchAll(new RegExp(`^\`\`\`${language} *(.*)\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, name, code]) => [name, code]);
const examples = (readdirSync('examples', { recursive: true }) as string[]).filter((file) => /^(demo\/)?[^/]+\.ts$/.test(file));

/** Programs by the name of their file, as a user has them: `slicewise` is the package. */
const programs: ReadonlyMap<string, string> = new Map([
  ...blocks('README.md', 'js').map(([, code], n): [string, string] => [`readme${n}.ts`, code]),
  ...PROGRAM_PAGES.flatMap((path) => blocks(path, 'ts')),
  ...examples.map((file): [string, string] => [file, page(join('examples', file)).replaceAll(/'(\.\.\/)+src\/index\.js'/g, "'slicewise'")]),
]);

const root = resolve('.');
const manifest = JSON.parse(page('package.json')) as Record<'dependencies' | 'optionalDependencies' | 'exports', object> & {
  readonly files: readonly string[];
};

/** Compiles programs in a folder inside the package, where `slicewise` names itself by the `exports` of its package.json. */
function compiled(given: ReadonlyMap<string, string>): { problems: string[]; loaded: string[]; undocumented: string[] } {
  const folder = resolve(`dist/strict-${process.pid}`);
  mkdirSync(folder);
  try {
    const files = [...given].map(([name, code]) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
      return path;
    });
    const program = compiler.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: compiler.ScriptTarget.ES2022,
      module: compiler.ModuleKind.NodeNext,
      moduleResolution: compiler.ModuleResolutionKind.NodeNext,
      types: ['node'],
    });
    const problems = compiler.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      const text = compiler.flattenDiagnosticMessageText(messageText, ' ');
      return `${file ? relative(root, file.fileName) : ''}:${line}: ${text}`;
    });
    const loaded = program.getSourceFiles().flatMap(({ fileName }) => (fileName.startsWith(folder) ? [] : [resolve(fileName)]));
    const checker = program.getTypeChecker();
    const undocumented = files.flatMap((path) => undocumentedIn(program.getSourceFile(path)!, checker));
    return { problems, loaded, undocumented };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Names that a module exports, or that modules export which it exports as a namespace, without a docblock. */
function undocumentedIn(file: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const module = checker.getSymbolAtLocation(file);
  const named = (symbol: ts.Symbol, within: string): string[] => {
    const of = symbol.flags & compiler.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (of.flags & compiler.SymbolFlags.ValueModule) {
      return checker.getExportsOfModule(of).flatMap((inner) => named(inner, `${within}${symbol.name}.`));
    }
    return of.getDocumentationComment(checker).length > 0 ? [] : [`${within}${symbol.name}`];
  };
  return module ? checker.getExportsOfModule(module).flatMap((symbol) => named(symbol, '')) : [];
}

/** Of a lockfile: packages that come with those that are named, by their name. */
function withDependencies(names: readonly string[]): Set<string> {
  const { packages } = JSON.parse(page('package-lock.json')) as {
    packages: { readonly [path: string]: { dependencies?: object; optionalDependencies?: object } };
  };
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = packages[`node_modules/${name}`] ?? {};
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) add(other);
  };
  names.forEach(add);
  return found;
}

/** All that the package exports. */
const names: [string, string] = [
  'names.ts',
  Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path, n) => `export * as entry${n} from '${path.replace('.', 'slicewise')}';\n`)
    .join(''),
];

/** A program that is wrong, compiled among the others: what finds it would find theirs. */
const wrong: [string, string] = ['wrong.ts', "import { createBackend } from 'slicewise';\nexport const n: number = createBackend();\n"];

test(
  'the programs of README.md, examples and docs/guide compile, declarations of all packages included, and public names ' + 'have docblocks',
  (t) => {
    t.true(programs.size >= 9);
    const { problems, loaded, undocumented } = compiled(new Map([...programs, names, wrong]));
    t.log(`TypeScript ${compiler.version}, ${loaded.length} files`);
    t.is(problems.length, 1, problems.join('\n'));
    t.regex(problems[0], /wrong\.ts:2: Type 'CpuBackend' is not assignable to type 'number'/);

    // every public name has a docblock; that of the wrong program is found
    t.deepEqual(undocumented, ['n']);

    // and that from what is published, and what is installed with it
    const published = (path: string): boolean => manifest.files.some((folder) => path.startsWith(`${folder}/`));
    const asked = { ...manifest.dependencies, ...manifest.optionalDependencies };
    const installed = withDependencies([...Object.keys(asked), '@types/node']);
    for (const path of loaded.map((file) => relative(root, file).split(sep).join('/'))) {
      const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
      if (name === 'typescript' || path.startsWith('..')) continue; // the compiler's own libraries
      t.true(name ? installed.has(name) : published(path), path);
    }
  },
);
