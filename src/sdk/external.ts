import type { SecretPart } from './expectation.ts';
import type { Finding } from './finding.ts';

/**
 * Servers outside the swarm that the stack's tasks use: one, or several that are one to their clients. The definition
 * brings the way to ask them and the judgement; `src/` runs both, and looks at the addresses.
 */
export interface External<Reading = unknown> {
  /** For sentences: store. */
  what: string;
  /** Whose tasks connect to it, for sentences: `the manager and every agent`. */
  clients: string;
  servers: readonly ServerAddress[];
  /**
   * Asks them from the operator's machine, and changes nothing there. A program that this takes (a driver) is in a
   * folder `adapters`, which is imported here and not before.
   * @returns what was found; that a server cannot be reached is a finding too, not an error
   */
  ask(tools: AskTools): Promise<Reading>;
  /** What that means. Pure. */
  judge(reading: Reading): Finding[];
}

/** A place on outside servers that belongs to one stack alone. */
export interface OwnPlace {
  /** For sentences: `the database`. */
  what: string;
  /**
   * The service whose environment names it; another stack with the same values in these variables has the same place.
   */
  service: string;
  /** A value may be a list, with commas. */
  variables: readonly string[];
  /** The answer that makes it another, as bundle.yaml has it. */
  answer: string;
}

export interface ServerAddress {
  host: string;
  port: number;
}

/** What the machine gives to who asks. */
export interface AskTools {
  /**
   * Opens a TCP connection and gives the first bytes that the server sends; or, if `send` is given, all that it
   * answers. The empty text asks for the connection alone. @throws Error with the reason
   */
  probe: (host: string, port: number, send?: string) => Promise<Buffer>;
  /** A secret's content; undefined if it is not on this disk. */
  secret: (part: SecretPart) => Buffer | undefined;
  /** Takes every secret that `secret` gave out of a text. All that is quoted of a server passes it. */
  redact: (text: string) => string;
}
