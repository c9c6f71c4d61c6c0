import * as z from 'zod';
import { kinds } from '../../secrets/index.ts';
import type { ProgramExpectation, StackDefinition } from '../../src/sdk/definition.ts';
import { NETWORK } from './definition.ts';

const answers = z.strictObject({
  image: z.string().describe('Any image with node.'),
  beside: z.string().default('proof').describe('The proof’s stack in this swarm.'),
  reader: z.string().default('reader').describe('Name of the service that dials a store of the proof.'),
});

/** The network of its own. */
const OWN = 'guest';
const STORE = 'store-1';

/**
 * A stack that uses the proof’s, over its network: one service dials a store of it, the other one is on the stack’s own
 * network alone. A check asks the store from where the first one is.
 */
export const guest: StackDefinition<z.output<typeof answers>> = {
  name: 'guest',
  title: 'A guest of the proof',
  answers,
  questions: [],
  plan: (_name, { image, beside, reader }) => ({
    secrets: [
      {
        secret: 'token',
        kind: kinds.authToken,
        options: {},
        files: { token: 'token' },
        inputs: {},
        mustBeGiven: false,
        purpose: 'shows that none is made before the other stack is there',
      },
    ],
    placements: [],
    ensembles: [],
    rolling: [],
    rollingBack: [],
    together: [],
    wrappedImages: [],
    document: (secretName) => {
      const service = (networks: readonly string[]) => ({
        image,
        entrypoint: ['/usr/local/bin/node', '-e', SERVER],
        networks: Object.fromEntries(networks.map((key) => [key, { aliases: [] }])),
        secrets: [{ source: 'token', target: 'token' }],
        stopGracePeriod: '5s',
        logging: { driver: 'json-file', options: { 'max-size': '1m' } },
        deploy: {
          endpointMode: 'dnsrr' as const,
          replicas: 1,
          constraints: [],
          restart: { condition: 'any' as const, delay: '1s' },
          update: { parallelism: 1, failureAction: 'pause' as const, monitor: '5s', order: 'stop-first' as const },
        },
      });
      return {
        document: {
          services: { [reader]: service([OWN, NETWORK]), apart: service([OWN]) },
          networks: { [OWN]: { driver: 'overlay' }, [NETWORK]: { joined: `${beside}_${NETWORK}` } },
          volumes: {},
          secrets: { token: { name: secretName('token', 'token') } },
        },
        heading: ['A stack of the tests that uses another one.'],
        comments: {},
      };
    },
    expectations: [reader, 'apart'].map((service) => ({
      service,
      logs: [{ name: 'Serving', contains: 'guest: serves' }],
      withinSeconds: 60,
      startGraceSeconds: 30,
      needs: [],
      forbiddenSecrets: [],
      endpoints: [],
      programs: service === reader ? [reads] : [],
    })),
    hosts: [],
    listens: {},
    externals: [],
    joins: [
      {
        network: NETWORK,
        stack: beside,
        what: 'the store',
        clients: 'the reader',
        servers: [{ host: STORE, port: 8080 }],
        answer: 'beside',
      },
    ],
    notices: [],
    runbook: () => [],
    environment: {},
  }),
};

const SERVER = `
process.on('SIGTERM', () => process.exit(0));
require('node:http').createServer((_request, response) => response.end('guest')).listen(8080, () => console.log('guest: serves'));
`;

const reads: ProgramExpectation = {
  name: 'reads',
  seen: `${STORE} answers it`,
  network: OWN,
  joined: true,
  command: [
    '/usr/local/bin/node',
    '-e',
    `fetch('http://${STORE}:8080/').then((response) => response.text()).then((text) => console.log(text), () => undefined)`,
  ],
  timeoutSeconds: 30,
  judge: (lines) =>
    lines.some((line) => line.startsWith('ready'))
      ? { status: 'passed', detail: `${STORE} is ready` }
      : { status: 'failed', detail: `${STORE} does not answer` },
};
