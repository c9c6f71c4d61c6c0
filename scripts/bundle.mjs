#!/usr/bin/env node
// The `bundle` command. A fresh checkout has no dist/ yet (npm ci --ignore-scripts builds nothing): it is built on first use.
import { existsSync } from 'node:fs';

const entry = new URL('../dist/bundle.mjs', import.meta.url);
if (!existsSync(entry)) {
  process.stderr.write('bundle: first use of this checkout, building …\n');
  const { buildBundle } = await import('./build.mjs');
  await buildBundle();
}
await import(entry.href);
