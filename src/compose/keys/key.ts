import type { ContainerSpec, ServiceSpec, TaskSpec } from '../spec.ts';
import type { ComposeService, StackDocument } from '../types.ts';
import type { FileValue } from '../values.ts';
import type { Field } from './field.ts';

/** A row of the table: all that is known of one key of a service in the compose file format 3.8. */
export interface ServiceKey {
  /** In the schema, below a service: `ulimits`, `deploy.update_config`. */
  key: string;
  /** What stands in the file; undefined leaves the key out. `at` is the service's path, for messages. */
  file(service: ComposeService, at: string): FileValue;
  /**
   * Writes into the specification what `docker stack deploy` makes of it (docker/cli, cli/compose/convert). Throws a
   * usage error for what docker would refuse.
   */
  spec(service: ComposeService, parts: SpecParts, source: SpecSource): void;
  /** The properties of a specification, desired or live, that say it, with the defaults of CLI and engine filled in. */
  fields(parts: SpecParts, networkName: (target: string) => string): Field[];
  /** Paths of the specification that `fields` reads. */
  covers: readonly string[];
  /** What `docker run` is given for the same. */
  run: RunRule;
}

/** A specification and the parts of it that nearly every key is in. */
export interface SpecParts {
  service: ServiceSpec;
  task: TaskSpec;
  container: ContainerSpec;
}

export interface SpecSource {
  stack: string;
  /** The service's key in the document. */
  name: string;
  /** `services.<name>`, for messages. */
  at: string;
  document: StackDocument;
  /** Values of the environment that are known: `NAME=value`, sorted. */
  env: string[];
}

export type RunRule =
  /** Options of `docker run`: flag and value; and why some of it cannot be had, with what to do instead. */
  | {
      is: 'options';
      options(service: ComposeService, at: string): string[][];
      refused?(service: ComposeService, network: 'bridge' | 'host'): Refusal | undefined;
    }
  /** It depends on the other services and hosts: run-target/plan makes it, or refuses it. */
  | { is: 'composed' }
  /** Nothing corresponds to it, and the container does without: why. */
  | { is: 'without'; why: string }
  | { is: 'refused'; refused(service: ComposeService): Refusal | undefined };

/** `why` follows the service's name. */
export interface Refusal {
  why: string;
  hint: string;
}
