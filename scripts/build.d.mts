/** Bundles src/main.ts into a directory (default dist/). */
export function buildBundle(outdir?: URL): Promise<void>;
