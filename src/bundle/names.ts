/** Swarm's name of one part of a secret: `<stack>_<file>.v<N>`. */
export function swarmSecretName(stack: string, file: string, version: number): string {
  return `${stack}_${file}.v${version}`;
}

/** File in `secrets/` of a former version that data goes by, beside the one of another secret by the same name. */
export const formerFile = (file: string, version: number): string => `${file}.v${version}`;

/** A secret must be shorter, in bytes (moby/swarmkit: api/validation/secrets.go, MaxSecretSize). */
export const SECRET_LIMIT = 500 * 1024;

/** Labels of the objects we create. Never com.docker.stack.namespace: `docker stack rm` deletes what bears that one. */
export const LABEL = {
  stack: 'bundle.stack',
  kind: 'bundle.kind',
  fingerprint: 'bundle.fingerprint',
  /** When a certificate ends, ISO 8601. Builds of before set none. */
  end: 'bundle.end',
} as const;

/** The labels of one part of a secret in the swarm. */
export function secretLabels(
  stack: string,
  { kind, issued }: { kind: { name: string }; issued?: unknown },
  part: string,
  { fingerprints, facts }: { fingerprints: Readonly<Record<string, string>>; facts: { notAfter?: string | undefined } },
): Record<string, string> {
  return {
    [LABEL.stack]: stack,
    [LABEL.kind]: kind.name,
    [LABEL.fingerprint]: fingerprints[part] ?? '',
    ...(issued !== undefined && facts.notAfter !== undefined && { [LABEL.end]: facts.notAfter }),
  };
}

/** A .gitignore of a directory of which nothing belongs into git. */
export const IGNORE_ALL = '*\n';

/** Files of a bundle directory. */
export const FILE = {
  answers: 'bundle.yaml',
  lock: 'bundle.lock.json',
  stack: 'stack.yml',
  /** A stack.yml that was edited by hand, beside the one that took its place. */
  edited: 'stack.yml.edited',
  readme: 'README.md',
  secrets: 'secrets',
  /** One folder for each host, for `docker run`; it keeps itself out of git. */
  run: 'run',
  fingerprintKey: 'fingerprint.key',
  lastVerification: 'last-verification.json',
  /** Keeps git from changing line ends in a checkout. */
  attributes: '.gitattributes',
  /** Keeps secrets out of git; of `secrets/` and `run/` too, each with all that is in it. */
  ignore: '.gitignore',
  /** JSON Schema of bundle.yaml, which editors complete from. */
  schema: '.bundle.schema.json',
  /** What bundle remembers of its own work. */
  notes: '.bundle.notes.json',
} as const;
