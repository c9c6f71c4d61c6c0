#!/usr/bin/env node
// The `bundle` command, as CommonJS: Node starts it some milliseconds sooner than a module. A fresh checkout has no dist/
// yet (npm ci --ignore-scripts builds nothing): it is built on first use.
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const entry = join(__dirname, '..', 'dist', 'bundle.cjs');
if (existsSync(entry)) {
  require(entry);
} else {
  process.stderr.write('bundle: first use of this checkout, building …\n');
  void import('./build.mjs').then(({ buildBundle }) => buildBundle()).then(() => require(entry));
}
