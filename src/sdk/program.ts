/**
 * What `src/` runs for a definition: once, in the stack's network and in the image of a task that runs, as a job beside
 * it.
 */
export interface Program {
  /** Key in the document of the network that it joins: one of the stack's own. */
  network: string;
  /** It also joins the networks of other stacks that the task is on. */
  joined?: true;
  /** Takes the place of the image's own entrypoint. */
  command: readonly string[];
  /** Targets of the secrets that it reads, out of those that the task has whose image it is. */
  secrets?: readonly string[];
  /** From the creation of its task to its last line. */
  timeoutSeconds: number;
}

/**
 * A check of a definition's own kind: a program asks, and the definition judges what it printed. It runs for each task
 * of the service, in that task's image and on its node, and changes nothing.
 */
export interface ProgramExpectation extends Program {
  /** As of an endpoint: column title, and word for --only and --skip. */
  name: string;
  /** What must be seen, for `verify --list`: `every store answers it`. */
  seen: string;
  /** What to look at, or to do, if it does not pass. */
  remedy?: string;
  /** It stands in for questions to ports inside, and is run only if bundle.yaml names no verify.probeImage for them. */
  withoutProbeImage?: true;
  /** What the lines on its standard output say. Pure; lines that it does not know are no error. */
  judge: (lines: readonly string[]) => ProgramVerdict;
}

/** `unsure`: it was asked, and what came back does not tell. */
export interface ProgramVerdict {
  status: 'passed' | 'failed' | 'unsure';
  /** In words of the definition's own: no line of a container is quoted. */
  detail: string;
}
