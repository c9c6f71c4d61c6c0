import * as z from 'zod';
import type { StackDefinition } from '../../../src/sdk/definition.ts';
import { NOTHING } from './nothing.ts';

const answers = z.strictObject({
  image: z.string().describe('Any image with node.'),
  diesAfter: z.number().describe('Its task serves so many seconds and then ends with 3.'),
});

export const SERVICE = 'app';
const PROGRAM = "console.log('serves'); setTimeout(() => process.exit(3), process.env.DIES_AFTER * 1000)";

/** One service, whose task does all that is asked of it and dies. */
export const dying: StackDefinition<z.output<typeof answers>> = {
  name: 'dying',
  title: 'A task that dies',
  answers,
  questions: [],
  plan: (_name, { image, diesAfter }) => ({
    ...NOTHING,
    document: () => ({
      document: {
        services: {
          [SERVICE]: {
            image,
            entrypoint: ['/usr/local/bin/node', '-e', PROGRAM],
            environment: { DIES_AFTER: String(diesAfter) },
            networks: { net: { aliases: [] } },
            stopGracePeriod: '1s',
            logging: { driver: 'json-file', options: { 'max-size': '1m' } },
            deploy: {
              endpointMode: 'dnsrr',
              replicas: 1,
              constraints: [],
              restart: { condition: 'any', delay: '1s' },
              update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' },
            },
          },
        },
        networks: { net: { driver: 'overlay' } },
        volumes: {},
        secrets: {},
      },
      heading: ['A stack of the bench.'],
      comments: {},
    }),
    expectations: [
      {
        service: SERVICE,
        logs: [{ name: 'Serves', contains: 'serves' }],
        endpoints: [],
        withinSeconds: 60,
        startGraceSeconds: 0,
        needs: [],
        forbiddenSecrets: [],
      },
    ],
  }),
};
