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
  /** But for these: a port that gives no answer may still be starting, and is unsure until its time is up. */
  mayFail?: string[];
  /** Its task runs, and serves nothing. */
  neverStarts?: true;
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

/**
 * Told by three brokers whose clients log in by passwords, round after round; those of a round at once, several by one
 * broker where different checks catch them. `secret` makes a secret of the swarm with this certificate of a broker, or
 * with the CA's key, and gives its name.
 */
export function liesOfBrokers(
  stack: string,
  secrets: { otherAuthority: string; expired: string; otherName: string; caKey: string },
  image: string,
): Lie[][] {
  const swap = (service: string, other: string): string[] => [
    '--secret-rm',
    `${stack}_${service}.pem.v1`,
    '--secret-add',
    `source=${other},target=client.pem,uid=1000,gid=1000,mode=0400`,
  ];
  const env = (name: string, value: string): string[] => ['--env-add', `KAFKA_${name}=${value}`];
  const map = (more: Record<string, string>): string[] =>
    env(
      'LISTENER_SECURITY_PROTOCOL_MAP',
      Object.entries({ INTERNAL: 'SSL', CONTROLLER: 'SSL', CLIENT: 'SASL_SSL', EXTERNAL: 'SASL_SSL', ...more })
        .map(([listener, protocol]) => `${listener}:${protocol}`)
        .join(),
    );
  return [
    [
      {
        lie: 'its certificate is of another CA, of the same name',
        service: 'kafka-1',
        update: swap('kafka-1', secrets.otherAuthority),
        caughtBy: ['external-tls', 'client-tls', 'secrets'],
        says: /was not issued by the bundle’s CA/,
      },
      {
        lie: 'brokers need no certificate',
        service: 'kafka-1',
        update: env('LISTENER_NAME_INTERNAL_SSL_CLIENT_AUTH', 'none'),
        caughtBy: ['internal-peers-only'],
        says: /answers a client without certificate/,
      },
      {
        lie: 'its certificate has expired',
        service: 'kafka-2',
        update: swap('kafka-2', secrets.expired),
        caughtBy: ['external-tls', 'client-tls', 'secrets'],
        says: /expired on \d{4}-/,
      },
      {
        lie: 'one more listener speaks without TLS',
        service: 'kafka-2',
        update: [
          ...map({ OPEN: 'PLAINTEXT' }),
          ...env('LISTENERS', 'CONTROLLER://:9093,INTERNAL://:9092,CLIENT://:9094,EXTERNAL://:9095,OPEN://:9099'),
        ],
        caughtBy: ['Listeners'],
        says: /no line with "listener\.security\.protocol\.map = .*" at its end/,
      },
      {
        lie: 'its certificate names another host',
        service: 'kafka-3',
        update: swap('kafka-3', secrets.otherName),
        caughtBy: ['external-tls', 'client-tls', 'secrets'],
        says: /does not name node3\.example\.org, which is what clients dial/,
      },
      {
        lie: 'it sends its clients on to another name',
        service: 'kafka-3',
        update: env(
          'ADVERTISED_LISTENERS',
          'INTERNAL://kafka-3:9092,CLIENT://kafka-3:9094,EXTERNAL://elsewhere.example.org:9095',
        ),
        caughtBy: ['Advertised'],
        says: /no line with "EXTERNAL:\/\/node3\.example\.org:9095"/,
      },
      {
        lie: 'one more user may do everything',
        service: 'kafka-3',
        update: env('SUPER_USERS', 'User:CN=kafka-1;User:CN=kafka-2;User:CN=kafka-3;User:admin;User:eve'),
        caughtBy: ['Permissions'],
        says: /others than User:CN=kafka-1, .*, User:admin are its super users/,
      },
    ],
    [
      {
        lie: 'it mounts the CA’s key',
        service: 'kafka-1',
        update: ['--secret-add', `source=${secrets.caKey},target=ca.key`],
        caughtBy: ['secrets'],
        says: /kafka-ca\.key\.v1 at \S+, which the bundle does not name/,
      },
      {
        lie: 'its port for clients outside speaks without TLS',
        service: 'kafka-1',
        update: map({ EXTERNAL: 'SASL_PLAINTEXT' }),
        caughtBy: ['external-protocol', 'external-login', 'Listeners'],
        mayFail: ['external-tls'],
        says: /answers without TLS/,
      },
      {
        lie: 'it asks for no permission',
        service: 'kafka-1',
        update: ['--env-rm', 'KAFKA_AUTHORIZER_CLASS_NAME'],
        caughtBy: ['Permissions'],
        says: /no line with "\[StandardAuthorizer 1\] set super\.users="/,
      },
      {
        lie: 'what no permission names is for everyone',
        service: 'kafka-3',
        update: env('ALLOW_EVERYONE_IF_NO_ACL_FOUND', 'true'),
        caughtBy: ['Permissions'],
        says: /may do everything that no permission names/,
      },
      {
        lie: 'clients inside need no login',
        service: 'kafka-3',
        update: map({ CLIENT: 'SSL' }),
        caughtBy: ['Listeners'],
        mayFail: ['client-login'],
        says: /no line with "listener\.security\.protocol\.map = .*" at its end/,
      },
      {
        // The log of the service still has the lines: its former task wrote them.
        lie: 'the lines are those of an older task',
        service: 'kafka-2',
        neverStarts: true,
        update: ['--image', image, '--entrypoint', 'sh', '--args', `-c 'trap "exit 0" TERM; sleep 3600 & wait'`],
        caughtBy: ['Started', 'Unfenced', 'Advertised', 'Listeners', 'Permissions'],
        mayFail: [
          ...['internal', 'controller', 'client', 'external'].map((listener) => `${listener}-tls`),
          ...['internal', 'controller'].map((listener) => `${listener}-peers-only`),
          ...['client', 'external'].flatMap((listener) => [`${listener}-protocol`, `${listener}-login`]),
        ],
        says: /no line with/,
      },
    ],
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
