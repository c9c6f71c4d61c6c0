/**
 * A secret that the software takes when its data is first made, and keeps from then on: another version counts only
 * once the running software was told of it, which is done before any service restarts with it.
 */
export interface ToldSecret {
  /** File name in `secrets/`, and key in the document. */
  file: string;
  /** For sentences: `the password of the user root`. */
  what: string;
  /** Services that can be told: one that runs lends its image, its node and its secrets. */
  services: readonly string[];
  /** Key in the document of the network on which they are reached. */
  network: string;
  /**
   * Takes the place of the image's own entrypoint; the new version is at the target `target`. It ends with 0 as soon as
   * the software goes by the new version, and does no harm if that is so already. What it prints is shown to people: no
   * value, nor what a tool says of one.
   */
  command: readonly string[];
  target: string;
  /** Of the secrets that such a service mounts: the targets of the others that the command reads. */
  secrets: readonly string[];
  /** From the creation of its task to its end. */
  timeoutSeconds: number;
}
