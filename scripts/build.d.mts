/** Bundles an entry (default src/entry.ts) into a directory (default dist/), as bundle.cjs. */
export function buildBundle(outdir?: URL, entry?: string): Promise<void>;
