/** See lived-time.mjs. */
export function livedTime(now?: () => number, mostMs?: number): () => number;
