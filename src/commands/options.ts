/** Options that every command takes. */
export interface CommonOptions {
  /** The bundle directory as the user named it. */
  dir: string;
  context?: string;
  host?: string;
}
