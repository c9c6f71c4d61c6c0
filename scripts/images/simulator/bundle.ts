/** The simulators' programs, each in one file that needs nothing but node. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));

const PROGRAMS = {
  manager: 'manager/main.ts',
  agent: 'agent/main.ts',
  'check-health': 'agent/check-health.ts',
  'readiness-check': 'agent/readiness-check.ts',
  tool: 'common/tool.ts',
} as const;

export type Program = keyof typeof PROGRAMS;

/** The text of each program, by name. */
export async function bundlePrograms(): Promise<Record<Program, string>> {
  const { outputFiles } = await build({
    absWorkingDir: HERE,
    entryPoints: Object.entries(PROGRAMS).map(([out, source]) => ({ in: source, out })),
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    // node-forge is CommonJS and calls require() for node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  return Object.fromEntries(
    outputFiles.map(({ path, text }) => [/([\w-]+)\.mjs$/.exec(path)?.[1] ?? path, text]),
  ) as Record<Program, string>;
}
