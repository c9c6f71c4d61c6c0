import type { Style } from './style.ts';

/** Where a report is read: how wide it is, and which colours it has. */
export interface Screen {
  style: Style;
  /** In columns. */
  width: number;
}
