import * as z from 'zod';
import { joinedNetworks } from '../compose/networks.ts';
import type { StackDocument } from '../compose/types.ts';

const text = z.string();
const texts = z.array(text);
const map = z.record(text, text);
const optional = { text: text.optional(), flag: z.boolean().optional() };
const amounts = z.strictObject({ cpus: optional.text, memory: optional.text }).optional();

/** What a service of the first format may hold: builds that know no other would lose the rest without a word. */
const service = z.strictObject({
  image: text,
  hostname: optional.text,
  entrypoint: texts.optional(),
  command: texts.optional(),
  environment: z.record(text, z.union([text, z.strictObject({ fromEnvironment: text, hint: text })])).optional(),
  networks: z.record(text, z.strictObject({ aliases: texts })),
  secrets: z
    .array(
      z.strictObject({
        source: text,
        target: text,
        uid: optional.text,
        gid: optional.text,
        mode: z.number().optional(),
      }),
    )
    .optional(),
  volumes: z
    .array(z.strictObject({ type: z.enum(['volume', 'bind']), source: text, target: text, readOnly: optional.flag }))
    .optional(),
  ports: z
    .array(z.strictObject({ target: z.number(), published: z.number(), protocol: optional.text, mode: text }))
    .optional(),
  healthcheck: z
    .strictObject({
      // It is printed otherwise since.
      test: texts.refine(([kind]) => kind !== 'NONE'),
      interval: text,
      timeout: text,
      retries: z.number(),
      startPeriod: optional.text,
    })
    .optional(),
  init: optional.flag,
  stopGracePeriod: text,
  logging: z.strictObject({ driver: text, options: map }),
  deploy: z.strictObject({
    endpointMode: text,
    replicas: z.number(),
    constraints: texts,
    restart: z.strictObject({
      condition: text,
      delay: text,
      maxAttempts: z.number().optional(),
      window: optional.text,
    }),
    update: z.strictObject({
      parallelism: z.number(),
      delay: optional.text,
      failureAction: text,
      monitor: text,
      order: text,
    }),
    resources: z.strictObject({ limits: amounts, reservations: amounts }).optional(),
  }),
});

const first = z.strictObject({
  services: z.record(text, service),
  networks: z.record(
    text,
    z.strictObject({
      driver: text,
      attachable: optional.flag,
      driverOpts: map.optional(),
      subnet: optional.text,
      labels: map.optional(),
    }),
  ),
  volumes: z.record(text, z.strictObject({ labels: map.optional() })),
  secrets: z.record(text, z.strictObject({ name: text })),
});

/**
 * The format of a release record of this document: 1 for what builds before the second one could say, and 3 if it joins
 * a network of another stack, in place of which builds before that would make an empty one of its own.
 */
export function releaseFormat(document: StackDocument): 1 | 2 | 3 {
  if (Object.keys(joinedNetworks(document)).length > 0) return 3;
  return first.safeParse(document).success ? 1 : 2;
}
