/** What is made once, is no secret and never changes, such as a cluster’s id. Its value is in bundle.lock.json. */
export interface Identity {
  /** Key below `identities` in bundle.lock.json. */
  name: string;
  /** Where the software writes it down when it first starts: a volume that was kept may hold another one. */
  kept: readonly KeptIdentity[];
}

export interface KeptIdentity {
  service: string;
  /** A file in the container, in a volume of the service. */
  path: string;
  /** A regular expression whose first group is the value; tried on each line of the file. */
  pattern: string;
}
