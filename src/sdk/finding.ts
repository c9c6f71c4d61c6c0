/** not-run: never looked at. unsure: looked at, and it does not tell. Neither is a pass; only an error fails. */
export type Level = 'ok' | 'info' | 'not-run' | 'unsure' | 'warning' | 'error';

/** What a check says. */
export interface Finding {
  level: Level;
  text: string;
  hint?: string;
  /** The node that it is about: its host name, or its id if that name does not find it. */
  node?: string;
}
