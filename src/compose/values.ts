import type { FromEnvironment } from './types.ts';

/** Text that is printed between double quotes even if YAML could do without. */
export class Quoted {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A file mode, printed as docker and YAML 1.1 read it: 0444. (YAML 1.2 would read that as decimal; docker's reader is
 * Go's yaml.v3, which does not.)
 */
export class FileMode {
  readonly mode: number;
  constructor(mode: number) {
    this.mode = mode;
  }
}

/** A value that docker takes from the deployer's environment. */
export class Required {
  readonly variable: FromEnvironment;
  constructor(variable: FromEnvironment) {
    this.variable = variable;
  }
}

/** What stands in the file, before it is YAML; undefined is left out. */
export type FileValue =
  string | number | boolean | undefined | Quoted | FileMode | Required | FileValue[] | { [key: string]: FileValue };
