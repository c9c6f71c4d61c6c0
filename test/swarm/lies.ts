/**
 * What a task, or a whole swarm, may claim that is not so, and the check of `bundle verify` that catches it. The lies
 * here are told by one changed service of a healthy cluster (lies.test.ts); those of `OTHER_LIES` need more than that,
 * and have tests of their own.
 */
export interface Lie {
  lie: string;
  /** Short name. */
  service: string;
  /** What `docker service update` is told to make it lie. */
  update: string[];
  /** Checks of that service that must fail; no other may. */
  caughtBy: string[];
  /** In the reason of the first of them. */
  says: RegExp;
}

const fault = (name: string): string[] => ['--env-add', `SIMULATOR_FAULTS=${name}`];

/** The manager prints both lines in each of these. */
export const LIES_OF_THE_MANAGER: Lie[] = [
  {
    lie: 'it prints "TLS: Enabled" and serves plain HTTP',
    update: fault('plain-http'),
    caughtBy: ['https', 'health'],
    says: /serves plain HTTP on the same port \(200\).*does not speak TLS/,
  },
  {
    lie: 'its certificate is of another CA, of the same name',
    update: fault('wrong-certificate'),
    caughtBy: ['https'],
    says: /was not issued by the bundle’s CA/,
  },
  {
    lie: 'its certificate has expired',
    update: fault('expired-certificate'),
    caughtBy: ['https'],
    says: /expired on \d{4}-/,
  },
  {
    lie: 'its certificate names another host',
    update: fault('wrong-name'),
    caughtBy: ['https'],
    says: /does not name imply-manager, which is what clients dial \(.*for wrong-name\.invalid/,
  },
].map((lie) => ({ service: 'imply-manager', ...lie }));

/**
 * Told all at once, by one agent each; every other agent is as it should be. Names of secrets that are not the bundle's
 * are given by the test.
 */
export function liesOfAgents(
  stack: string,
  foreign: { token: string; certificate: string },
  shellImage: string,
): Lie[] {
  const swap = (file: string, other: string): string[] => [
    '--secret-rm',
    `${stack}_${file}.v1`,
    '--secret-add',
    `source=${other},target=${file}`,
  ];
  return [
    {
      lie: 'an agent has another token',
      service: 'imply-data-1',
      update: swap('imply-auth-token', foreign.token),
      caughtBy: ['secrets'],
      says: /mounts \S+, the bundle says/,
    },
    {
      lie: 'an agent trusts another CA',
      service: 'imply-data-2',
      update: swap('imply-ca.crt', foreign.certificate),
      caughtBy: ['secrets'],
      says: /mounts \S+, the bundle says/,
    },
    {
      lie: 'one agent of five runs without TLS',
      service: 'imply-data-3',
      update: ['--env-add', 'IMPLY_MANAGER_CA_CERT_PATH=/nonexistent'],
      caughtBy: ['TLS'],
      says: /no line with "TLS: Enabled"/,
    },
    {
      lie: 'an agent mounts the CA’s key',
      service: 'imply-master-1',
      update: ['--secret-add', `source=${stack}_imply-ca.key.v1,target=imply-ca.key`],
      caughtBy: ['secrets'],
      says: /which no task of this service may have/,
    },
    {
      // The log of the service still has the lines: its former task wrote them.
      lie: 'the lines are those of an older task',
      service: 'imply-query-1',
      update: ['--image', shellImage, '--entrypoint', 'sh', '--args', `-c 'trap "exit 0" TERM; sleep 3600 & wait'`],
      caughtBy: ['TLS', 'Authentication'],
      says: /no line with/,
    },
  ];
}

/** Lies that take more than one changed service, and what catches them. */
export const OTHER_LIES = [
  { lie: 'a task is not there', caughtBy: 'tasks', shownIn: 'test/swarm/lies.test.ts' },
  {
    lie: 'agents dial a name that the manager’s certificate does not have',
    caughtBy: 'https',
    shownIn: 'test/swarm/lies.test.ts',
  },
  {
    lie: 'the lines are of two tasks, of which one restarted between two looks',
    caughtBy: 'TLS',
    shownIn: 'test/swarm/lies.test.ts',
  },
  {
    lie: 'a task is on a node that is cut off',
    caughtBy: 'running, unsure or failed',
    shownIn: 'test/swarm/lies.test.ts',
  },
  { lie: 'the manager lets in any token', caughtBy: 'api-token', shownIn: 'test/swarm/inside.test.ts' },
  {
    lie: 'a port that is not published has a certificate of another CA',
    caughtBy: 'api-tls; no token is sent to it',
    shownIn: 'test/swarm/inside.test.ts',
  },
  {
    lie: 'an agent prints both lines and never reached the manager: another token, another CA',
    caughtBy: 'registered',
    shownIn: 'test/swarm/inside.test.ts',
  },
  {
    lie: 'a service that is none of the stack mounts the CA’s key',
    caughtBy: 'foreign-mounts',
    shownIn: 'test/swarm/inside.test.ts',
  },
] as const;
