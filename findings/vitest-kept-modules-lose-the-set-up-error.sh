#!/usr/bin/env bash
# With Vitest's cache of transformed modules a global set-up that fails does not say why.
#
# `experimental.fsModuleCache` keeps transformed modules for the next run. What it hands the runner of the main process,
# which loads global set-ups, is no string, and the source map cannot be looked up in it. So as soon as a stack is to be
# printed, the printing itself fails: in place of the set-up's own error ("the database is not there") stands
# "TypeError: code.charCodeAt is not a function". Errors of tests, which run in workers, keep their words and stacks. A
# teardown that ends well may print it as "error during close".
#
# Seen: Vitest 4.1.12 with Vite 8.3.8, Node 20.20.2.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --no-audit --no-fund --silent vitest@4.1.12 vite@8.3.8

cat >set-up.ts <<'TS'
export default function setup(): void {
  throw new Error('the database is not there');
}
TS
cat >a.test.ts <<'TS'
import { it } from 'vitest';
it('is not reached', () => undefined);
TS

for kept in false true; do
  cat >vitest.config.mjs <<JS
export default { test: { globalSetup: ['set-up.ts'], include: ['a.test.ts'], experimental: { fsModuleCache: $kept } } };
JS
  seen=$(npx vitest run 2>&1 | sed 's/\x1b\[[0-9;]*m//g' | grep -E '^(Type)?Error: ' | head -n 1 || true)
  echo "fsModuleCache $kept: $seen"
  case $kept in
  false) wanted='Error: the database is not there' ;;
  true) wanted='TypeError: code.charCodeAt is not a function' ;;
  esac
  [ "$seen" = "$wanted" ] || { echo 'FAIL: no longer so'; exit 1; }
done
