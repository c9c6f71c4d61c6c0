import type { RandomSource } from '../sdk/kind.ts';
import type { Engine } from '../engine/port.ts';
import type { CommonOptions } from '../cli/command.ts';

export interface InitOptions extends CommonOptions {
  stack?: string;
  /** Path of an answers file. */
  answers?: string;
  /** Host names with commas. */
  nodes?: string;
  /** `PATH=VALUE`, in the order given. */
  set?: string[];
  yes?: boolean;
  /** `secrets/` was lost: what is missing of it is made anew. */
  newSecrets?: boolean;
  /** False with `--no-prepare`. */
  prepare?: boolean;
}

/** What `init` reaches outside the directory; tests and callers may give their own. */
export interface InitSeams {
  /** The engine of this command line; undefined, or a rejection, if there is none. */
  connect?: () => Promise<Engine | undefined>;
  /** Makes the bundle's secrets and node labels in the swarm. */
  prepare?: (dir: string) => Promise<void>;
  source?: RandomSource;
}
