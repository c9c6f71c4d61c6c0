import type { RunNetwork } from '../run-target/plan/types.ts';
import type { VerifyFormat } from '../verify/bundle/report.ts';

/** Options that every command takes. */
export interface CommonOptions {
  /** The bundle directory as the user named it. */
  dir: string;
  context?: string;
  host?: string;
}

/** Of `bundle render`. */
export interface RenderOptions extends CommonOptions {
  /** Write nothing; exit 6 where a file differs. */
  check?: boolean;
  /** `run`: folders of `docker run` commands instead. */
  target?: 'swarm' | 'run';
  /** Of the target `run`. */
  network?: RunNetwork;
  address?: string[];
}

/** Of `bundle verify`. */
export interface VerifyOptions extends CommonOptions {
  timeout: string;
  format?: VerifyFormat;
  expiry?: string;
  list?: boolean;
  /** The full matrix: every check of every task. */
  wide?: boolean;
  only: string[];
  skip: string[];
  /** `run`: the containers of `bundle render --target run`. */
  target?: 'swarm' | 'run';
  /** Of the target `run`: HOST=URL or HOST=CONTEXT. */
  engine?: string[];
}
