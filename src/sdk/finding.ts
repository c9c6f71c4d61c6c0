/** not-run: never looked at. unsure: looked at, and it does not tell. Neither is a pass; only an error fails. */
export type Level = 'ok' | 'info' | 'not-run' | 'unsure' | 'warning' | 'error';

/** What a check says. */
export interface Finding {
  level: Level;
  text: string;
  hint?: string;
  /** Host name of the node that it is about. */
  node?: string;
}
