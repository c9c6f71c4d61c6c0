import { fileURLToPath } from 'node:url';

/** The file that starts this program, from src/ as from dist/: both have `scripts/` beside them. */
export const programFile = fileURLToPath(new URL('../scripts/bundle.cjs', import.meta.url));
