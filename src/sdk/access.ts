import type { SecretPart } from './expectation.ts';

/** How people and programs reach what runs: what `bundle open` shows, `status` in part, and `deploy` at its end. */
export interface Access {
  /** In the order in which people need them. */
  ways: Way[];
  /** CA certificates that clients must trust. */
  trust: SecretPart[];
  /** What whoever can reach it may do, or see: a sentence each; none if it asks for a login and encrypts. */
  risks?: string[];
  /** What must be known, or done, once after the first deployment: a sentence each. */
  first: string[];
}

/** One way in: an address to open or dial, or a file that a client takes. */
export type Way = WayByUrl | WayByFile;

interface WayOf {
  /** What it is, in a word or two: `UI`. */
  title: string;
  /** What must be known before it is used: a sentence each. */
  notes?: string[];
}

export interface WayByUrl extends WayOf {
  /** Nodes by their names in the answers; in the place of an id people are shown the address. */
  url: string;
}

export interface WayByFile extends WayOf {
  file: {
    name: string;
    /** A definition knows no secret: where a value belongs, the text names its file, `secrets/NAME`. */
    text: string;
  };
}
