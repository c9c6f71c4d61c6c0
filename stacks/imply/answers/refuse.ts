/**
 * Refuses an answer: `path` in bundle.yaml, and why, with what to do. The checks across answers run on refused values
 * too.
 */
export type Refuse = (path: (string | number)[], message: string) => void;
