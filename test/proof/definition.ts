import * as z from 'zod';
import { kinds, LEAF_DEFAULTS, LEAF_RENEWAL_DAYS } from '../../secrets/index.ts';
import type { ComposeService } from '../../src/sdk/compose.ts';
import type { RollingGroup, SecretNeed, ServiceExpectation, StackDefinition } from '../../src/sdk/definition.ts';
import { nodeLabel } from '../../src/sdk/helpers.ts';
import { levelCheck } from './level.ts';
import { SERVER, SETUP } from './server.ts';
import { STORES, storesOf } from './stores.ts';

const answers = z.strictObject({
  image: z.string().describe('Any image with node and busybox.'),
  nodes: z.array(z.string()).min(3).describe('Three: a store on each, a front on the first two.'),
  names: z.array(z.string()).default([]).describe('More names that clients dial the fronts by.'),
  level: z.int().default(1).describe('What the fronts and stores answer.'),
  exitAfter: z.int().default(0).describe('front-2 serves so many seconds and then ends with 3; 0 is for ever.'),
  setup: z.string().default('one').describe('What the job sets up; it fails for `wrong`.'),
  days: z.int().default(LEAF_DEFAULTS.days).describe('Lifetime of the fronts’ certificate.'),
  backdateHours: z.int().default(LEAF_DEFAULTS.backdateHours).describe('It is valid from so long before it is issued.'),
  stores: z.int().min(1).max(3).default(3).describe('How many stores there are.'),
  mode: z.string().default('plain').describe('Of the stores’ data: it never changes.'),
  renewalDays: z.int().default(LEAF_RENEWAL_DAYS).describe('With fewer days left than this it is due.'),
});

type ProofAnswers = z.output<typeof answers>;

const FRONTS = ['front-1', 'front-2'];
const JOB = 'setup';
/** Key of its network, which a guest joins. */
export const NETWORK = 'proof';
const PORTS = { front: 18443, store: 18444 };

/**
 * A stack that no catalogue has: two fronts, which roll, with a certificate in PEM; three stores of one quorum with a
 * key store in PKCS#12, a volume each and an id of their own; and a job. Nothing outside this folder knows of it.
 */
export const proof: StackDefinition<ProofAnswers> = {
  name: 'proof',
  title: 'Proof of the contract',
  answers,
  questions: [],
  plan: (name, given) => ({
    secrets: needs(given),
    placements: servicesOf(given).map((service) => ({
      role: service,
      nodes: [nodeOf(service, given)],
      services: [service],
    })),
    ensembles: [storesOf(given.stores)],
    rolling: [fronts],
    rollingBack: [fronts],
    together: [],
    wrappedImages: [],
    identities: [
      {
        name: 'cluster-id',
        kept: storesOf(given.stores).services.map((service) => ({
          service,
          path: '/data/cluster-id',
          pattern: '^(\\S+)$',
        })),
      },
    ],
    document: (secretName, _startOf, identity) => {
      const id = identity?.('cluster-id') ?? '';
      const file = (secret: string, part: string) => [fileOf(given, secret, part), { name: secretName(secret, part) }];
      return {
        document: {
          services: {
            ...Object.fromEntries(servicesOf(given).map((service) => [service, serviceOf(name, service, id, given)])),
            [JOB]: job(given),
          },
          networks: { [NETWORK]: { driver: 'overlay' } },
          volumes: Object.fromEntries(storesOf(given.stores).services.map((service) => [`${service}-data`, {}])),
          secrets: Object.fromEntries([
            file('front', 'certificate'),
            file('front', 'key'),
            file('store', 'keystore'),
            file('store', 'password'),
          ]) as Record<string, { name: string }>,
        },
        heading: ['A stack of the tests.'],
        comments: {},
      };
    },
    expectations: [...servicesOf(given).map((service) => expectationOf(service, given)), ofJob],
    hosts: [],
    listens: Object.fromEntries(servicesOf(given).map((service) => [service, [{ from: 8443, what: 'TLS' }]])),
    externals: [],
    notices: [],
    runbook: () => [],
    environment: {},
  }),
};

const servicesOf = ({ stores }: ProofAnswers): string[] => [...FRONTS, ...storesOf(stores).services];
const isFront = (service: string): boolean => FRONTS.includes(service);
const nodeOf = (service: string, { nodes }: ProofAnswers): string => nodes[Number(service.slice(-1)) - 1] ?? '';
const fileOf = (given: ProofAnswers, secret: string, part: string): string =>
  needs(given).find((need) => need.secret === secret)?.files[part] ?? '';

function needs({ names, days, backdateHours, renewalDays }: ProofAnswers): SecretNeed[] {
  const common = { inputs: {}, mustBeGiven: false };
  return [
    {
      ...common,
      secret: 'ca',
      kind: kinds.certificateAuthority,
      options: { subject: 'proof CA', keyBits: 2048, days: 3650 },
      files: { certificate: 'proof-ca.crt', key: 'proof-ca.key' },
      inputs: { certificate: 'caCertificate', key: 'caKey' },
      purpose: 'issues what the services present; it never reaches the swarm',
    },
    {
      ...common,
      secret: 'front',
      kind: kinds.leafCertificate,
      options: { key: 'ec-p256', subject: 'front', names: [...FRONTS, ...names], days, backdateHours },
      files: { certificate: 'front.crt', key: 'front.key' },
      purpose: 'what the fronts present',
      issued: { by: 'ca', renewalDays },
    },
    {
      ...common,
      secret: 'store',
      kind: kinds.leafPkcs12,
      options: { ...LEAF_DEFAULTS, key: 'rsa-2048', subject: 'store', names: STORES },
      files: { keystore: 'store.p12', password: 'store.password', certificate: 'store.crt' },
      purpose: 'what the stores present',
      issued: { by: 'ca', renewalDays: LEAF_RENEWAL_DAYS },
    },
  ];
}

function serviceOf(
  stack: string,
  service: string,
  id: string,
  { image, level, exitAfter, mode }: ProofAnswers,
): ComposeService {
  const front = isFront(service);
  const mounted = front ? ['front.crt', 'front.key'] : ['store.p12', 'store.password'];
  return {
    image,
    entrypoint: ['/usr/local/bin/node', '-e', SERVER],
    hostname: service,
    environment: {
      CLUSTER_ID: id,
      LEVEL: String(level),
      ...(service === 'front-2' && exitAfter > 0 ? { EXIT_AFTER: String(exitAfter) } : {}),
      FORMAT: front ? 'pem' : 'pkcs12',
      ...(front ? {} : { KEEP: '/data', MODE: mode }),
    },
    networks: { [NETWORK]: { aliases: [service] } },
    secrets: mounted.map((file) => ({ source: file, target: file })),
    ...(front ? {} : { volumes: [{ type: 'volume' as const, source: `${service}-data`, target: '/data' }] }),
    ports: [{ target: 8443, published: front ? PORTS.front : PORTS.store, mode: 'host' }],
    stopGracePeriod: '10s',
    logging: { driver: 'json-file', options: { 'max-size': '1m' } },
    deploy: {
      endpointMode: 'dnsrr',
      replicas: 1,
      constraints: [`node.labels.${nodeLabel(stack, service)}==true`],
      restart: { condition: 'any', delay: '1s' },
      update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' },
    },
  };
}

/** It ends once it has said what it set up. */
function job({ image, setup }: ProofAnswers): ComposeService {
  return {
    image,
    user: '65534',
    readOnly: true,
    capDrop: ['ALL'],
    entrypoint: ['/usr/local/bin/node', '-e', SETUP],
    environment: { SETUP: setup },
    networks: { [NETWORK]: { aliases: [] } },
    stopGracePeriod: '5s',
    logging: { driver: 'json-file', options: { 'max-size': '1m' } },
    deploy: {
      mode: 'replicated-job',
      endpointMode: 'dnsrr',
      replicas: 1,
      constraints: [],
      restart: { condition: 'on-failure', delay: '1s', maxAttempts: 2 },
    },
  };
}

const ofJob: ServiceExpectation = {
  service: JOB,
  logs: [{ name: 'Set up', contains: 'proof: set up' }],
  withinSeconds: 60,
  startGraceSeconds: 5,
  needs: [],
  forbiddenSecrets: [{ secret: 'ca', part: 'key' }],
  endpoints: [],
};

function expectationOf(service: string, { names, level }: ProofAnswers): ServiceExpectation {
  return {
    service,
    logs: [{ name: 'Serving', contains: 'proof: serves TLS' }],
    withinSeconds: 60,
    startGraceSeconds: 30,
    needs: [],
    forbiddenSecrets: [{ secret: 'ca', part: 'key' }],
    endpoints: [
      {
        kind: 'tls',
        name: 'tls',
        port: 8443,
        names: isFront(service) ? [service, ...names] : [service],
        authority: { secret: 'ca', part: 'certificate' },
      },
      { kind: 'http', name: 'answers', port: 8443, tls: true, path: '/', status: [200] },
    ],
    programs: service === FRONTS[0] ? [levelCheck(service, level)] : [],
  };
}

const fronts: RollingGroup = { name: 'fronts', title: 'fronts', services: FRONTS };
