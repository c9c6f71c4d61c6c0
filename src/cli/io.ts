import type { Readable } from 'node:stream';
import type { Catalogue } from '../bundle/catalogue.ts';
import type { RegistryLookup } from './registry-lookup.ts';

/** The process as a command sees it. Tests give their own. */
export interface CommandIo {
  /** What can be deployed. */
  stacks: Catalogue;
  /** The words that start this program, as the user typed them: `bundle`, `docker bundle`, `npx bundle`, … */
  program: string;
  stdin: Readable;
  /** Results. In JSON mode exactly one document. */
  stdout: (text: string) => void;
  /** Everything else: progress, questions, warnings. */
  stderr: (text: string) => void;
  /** The stream behind `stderr`, where there is one: progress redraws on a terminal. */
  terminal?: NodeJS.WriteStream;
  /** True where a person can be asked: both stdin and stderr are terminals. */
  interactive: boolean;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  json: boolean;
  quiet: boolean;
  color: boolean;
  /** What registries answered, for all parts of one command; copies of this object share it. */
  registry?: RegistryLookup;
}
