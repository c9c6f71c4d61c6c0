import * as z from 'zod';
import { nodes, port } from '../../common/answers.ts';
import { ONESELF, host, isOneself } from './fields.ts';
import type { Refuse } from './refuse.ts';

export const store = z
  .strictObject({
    embedded: z
      .boolean()
      .optional()
      .describe('true: a MySQL service in this stack. Default: true unless host is given.'),
    nodes: nodes.describe('The node that holds the embedded MySQL and its volume. Default: the manager’s.'),
    type: z.enum(['mysql', 'postgresql']).default('mysql').describe('What the database server is.'),
    host: host
      .optional()
      .describe('An external database server; it must be reachable from the manager and every agent.'),
    port: port.optional().describe('Default: 3306 for mysql, 5432 for postgresql.'),
    user: z.string().min(1).max(80).optional().describe('A user with the right to create databases.'),
    database: z
      .string()
      .max(64)
      .regex(/^[^\s-]+$/, 'no spaces or dashes')
      .default('imply_manager')
      .describe('The manager’s own database: no spaces or dashes.'),
    tls: z
      .strictObject({
        ca: z
          .enum(['none', 'file'])
          .default('none')
          .describe(
            'file: init takes the certificate of the authority that signed the server’s; manager and clusters ' +
              'are given it.',
          ),
      })
      .prefault({})
      .describe('Later managers verify the server’s certificate by default.'),
  })
  .prefault({})
  .describe('The metadata store. Its password is a secret, not an answer.');

/** What a server of the kind listens on unless it is told otherwise. */
export const defaultStorePort = (type: unknown): number => (type === 'postgresql' ? 5432 : 3306);

type Store = z.output<typeof store>;

/** True if the stack runs its own MySQL. */
export const storeEmbedded = (a: { store: Store }): boolean => a.store.embedded ?? a.store.host === undefined;

export function checkStore(value: Store, refuse: Refuse): void {
  if (storeEmbedded({ store: value })) {
    for (const key of ['host', 'port', 'user'] as const) {
      if (value[key] !== undefined)
        refuse(['store', key], 'is for an external store; take it out, or set store.embedded to false');
    }
    if (value.tls.ca !== 'none')
      refuse(['store', 'tls', 'ca'], 'is for an external store; take it out, or set store.embedded to false');
    if (value.type !== 'mysql') refuse(['store', 'type'], 'the embedded store is MySQL');
  } else {
    if (value.host === undefined) refuse(['store', 'host'], 'is needed for an external store');
    else if (isOneself(value.host)) refuse(['store', 'host'], `${value.host} ${ONESELF}`);
    if (value.user === undefined) refuse(['store', 'user'], 'is needed for an external store');
  }
  if (value.nodes.length > 1) refuse(['store', 'nodes'], 'name one node');
}
