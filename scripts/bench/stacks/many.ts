import * as z from 'zod';
import type { ComposeService } from '../../../src/compose/types.ts';
import { nodeLabel } from '../../../src/sdk/helpers.ts';
import type { StackDefinition } from '../../../src/sdk/definition.ts';
import { NOTHING } from './nothing.ts';

const answers = z.strictObject({
  services: z.int().describe('How many services.'),
  node: z.string().describe('The node of all of them.'),
});

const ROLE = 'all';

/** As many services as are wanted, each of the size of a real one. */
export const many: StackDefinition<z.output<typeof answers>> = {
  name: 'many',
  title: 'Many services',
  answers,
  questions: [],
  plan: (name, { services, node }) => {
    const names = Array.from({ length: services }, (_unused, index) => `app-${index + 1}`);
    return {
      ...NOTHING,
      placements: [{ role: ROLE, nodes: [node], services: names }],
      document: () => ({
        document: {
          services: Object.fromEntries(names.map((service) => [service, serviceOf(name, service)])),
          networks: { net: { driver: 'overlay', subnet: '10.32.0.0/16' } },
          volumes: Object.fromEntries(names.map((service) => [`${service}-data`, {}])),
          secrets: {},
        },
        heading: ['A stack of the bench.'],
        comments: {},
      }),
    };
  },
};

const serviceOf = (stack: string, service: string): ComposeService => ({
  image: 'example/app:1.0',
  command: ['serve', '--name', service],
  hostname: service,
  environment: Object.fromEntries(
    Array.from({ length: 12 }, (_unused, index) => [`SETTING_${index}`, `value ${index} of ${service}`]),
  ),
  networks: { net: { aliases: [service] } },
  volumes: [{ type: 'volume', source: `${service}-data`, target: '/var/lib/app' }],
  stopGracePeriod: '30s',
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
  deploy: {
    endpointMode: 'dnsrr',
    replicas: 1,
    constraints: [`node.labels.${nodeLabel(stack, ROLE)}==true`],
    resources: { reservations: { cpus: '0.01', memory: '16M' } },
    restart: { condition: 'any', delay: '5s' },
    update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' },
  },
});
