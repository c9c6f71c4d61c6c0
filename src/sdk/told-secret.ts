import type { Program } from './program.ts';

/**
 * A secret that the software takes when its data is first made, and keeps from then on: another version counts only
 * once the running software was told of it, which is done before any service restarts with it, or later if it may.
 */
export interface ToldSecret extends Program {
  /** File name in `secrets/`, and key in the document. */
  file: string;
  /** For sentences: `the password of the user root`. */
  what: string;
  /** Services that can be told: one that runs lends its image, its node and its secrets. */
  services: readonly string[];
  /**
   * Where the program finds the new version. It ends with 0 as soon as the software goes by the new version, and does
   * no harm if that is so already. What it prints is shown to people: no value, nor what a tool says of one.
   */
  target: string;
  /**
   * Where it finds the versions that the software may go by until then, `<former>.1` and on: those that services have
   * mounted, wherever the deployment before stopped. Absent if it is let in without them.
   */
  former?: string;
  /** Targets of the other secrets that it reads. */
  secrets: readonly string[];
  /**
   * Its services start without the software's consent to the new version, so that it may be told once they run. That is
   * done if those that restart do so together, since until then they may let nobody in, if all show the program a
   * certificate that has expired, if no service leaves another version, or if none of them has a task. Without it,
   * services that all stand at a count of 0 are started and told before anything else restarts.
   */
  afterRestart?: true;
  /**
   * Of software that goes by it only if it is told to: what says so. Services that begin to may know a version of long
   * ago, or none, so that they are told of the present one once they run. They start without, as with `afterRestart`.
   */
  begins?: {
    /** Of the environment of its services: whoever had another value in it, or none, went by something else. */
    variable: string;
    /** What people do then themselves: `make its other users`. */
    besides: string;
  };
  /** Target of the certificate that its services show to the program; absent if that needs none to be in date. */
  shown?: string;
}
