import * as fc from 'fast-check';
import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';
import { filled } from './arbitrary.ts';

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const duration = fc.constantFrom('0s', '1ns', '1500us', '1.5s', '90s', '24h', '1h0m0.25s');
/** A health check's are refused below a millisecond. */
const pause = fc.constantFrom('1ms', '1.5s', '90s', '1h');
/** Swarm expands double braces in values of the environment and host names. */
const untemplated = filled.filter((value) => !value.includes('{{'));
const amounts = fc.record({
  cpus: fc.constantFrom('1', '0.5', '1.25'),
  memory: fc.constantFrom('4g', '512m', '1.5G', '4194304'),
});
const NETWORKS = ['internal', 'second'] as const;
const SECRETS = ['token', 'ca'] as const;
const VOLUMES = ['data', 'other'] as const;

const services = (images: readonly string[]): fc.Arbitrary<unknown> =>
  fc.record({
    image: fc.constantFrom(...images),
    command: maybe(fc.array(filled, { minLength: 1, maxLength: 4 })),
    environment: maybe(
      fc.dictionary(
        fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/),
        fc.oneof(untemplated, fc.constant({ fromEnvironment: 'SUPPLIED', hint: '' })),
        { minKeys: 1, maxKeys: 6 },
      ),
    ),
    hostname: maybe(name),
    init: maybe(fc.boolean()),
    healthcheck: maybe(
      fc.record({
        test: fc.array(filled, { minLength: 1, maxLength: 3 }).map((words) => ['CMD', ...words]),
        interval: pause,
        timeout: pause,
        retries: fc.nat({ max: 50 }),
        startPeriod: maybe(pause),
      }),
    ),
    secrets: maybe(
      fc.subarray([...SECRETS], { minLength: 1 }).chain((sources) =>
        fc.tuple(
          ...sources.map((source) =>
            fc.record({
              source: fc.constant(source),
              target: fc.constantFrom(source, `sub/${source}`, `/etc/${source}`),
              mode: maybe(fc.nat({ max: 0o777 })),
              uid: maybe(fc.nat().map(String)),
              gid: maybe(fc.nat().map(String)),
            }),
          ),
        ),
      ),
    ),
    volumes: maybe(
      fc.subarray([...VOLUMES], { minLength: 1 }).chain((sources) =>
        fc.tuple(
          ...sources.map((source) =>
            fc.record({
              type: fc.constant('volume'),
              source: fc.constant(source),
              target: fc.constant(`/mnt/${source}`),
              readOnly: maybe(fc.boolean()),
            }),
          ),
        ),
      ),
    ),
    ports: maybe(
      fc.array(
        fc.record({ target: fc.integer({ min: 1, max: 65535 }), protocol: maybe(fc.constantFrom('tcp', 'udp')) }),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    logging: fc.record({
      driver: fc.constantFrom('json-file', 'local', 'none'),
      options: fc.dictionary(name, filled, { maxKeys: 3 }),
    }),
    stopGracePeriod: duration,
    networks: fc
      .subarray([...NETWORKS])
      .chain((keys) =>
        fc
          .tuple(
            ...keys.map((key) =>
              fc.tuple(fc.constant(key), fc.record({ aliases: fc.uniqueArray(name, { maxLength: 3 }) })),
            ),
          )
          .map((entries) => Object.fromEntries(entries)),
      ),
    deploy: fc.record({
      endpointMode: fc.constantFrom('dnsrr', 'vip'),
      replicas: fc.nat({ max: 9 }),
      constraints: fc.subarray([
        'node.role != worker',
        'node.platform.os == linux',
        'node.labels.x==y',
        'node.hostname != a',
      ]),
      restart: fc.record({
        condition: fc.constantFrom('any', 'on-failure', 'none'),
        delay: duration,
        maxAttempts: maybe(fc.nat({ max: 9 })),
        window: maybe(duration),
      }),
      update: fc.record({
        parallelism: fc.nat({ max: 3 }),
        delay: maybe(duration),
        failureAction: fc.constantFrom('pause', 'continue', 'rollback'),
        monitor: duration,
        order: fc.constantFrom('stop-first', 'start-first'),
      }),
      resources: maybe(fc.record({ limits: maybe(amounts), reservations: maybe(amounts) })),
    }),
  });

/**
 * Documents that a swarm takes as the stack `stack`, with every key that a document can have; `SUPPLIED` is the one
 * value they take from the environment. `firstPort` begins 20 ports that no other stack publishes. Each service asks
 * for a node label that no node has.
 */
export function soundDocuments(
  stack: string,
  firstPort: number,
  images: readonly string[],
): fc.Arbitrary<StackDocument> {
  return fc.dictionary(name, services(images), { minKeys: 1, maxKeys: 4 }).map((all) => {
    let port = firstPort;
    const sound = (given: unknown): ComposeService => {
      const one = withoutUndefined(given) as ComposeService;
      one.deploy.constraints.push('node.labels.none == true');
      // Swarm refuses the mode ingress where there is no virtual IP.
      for (const each of one.ports ?? [])
        Object.assign(each, { published: port++, mode: one.deploy.endpointMode === 'vip' ? 'ingress' : 'host' });
      return one;
    };
    return {
      services: Object.fromEntries(Object.entries(all).map(([key, value]) => [key, sound(value)])),
      networks: {
        internal: { driver: 'overlay', attachable: true, driverOpts: { encrypted: '' }, labels: { note: 'a$b' } },
        second: { driver: 'overlay' },
        default: { driver: 'overlay' },
      },
      volumes: { data: { labels: { keep: 'yes' } }, other: {} },
      secrets: Object.fromEntries(SECRETS.map((key) => [key, { name: `${stack}_${key}.v1` }])),
    };
  });
}

/** Keys whose value is undefined are left out, at every depth, as exactOptionalPropertyTypes wants it. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, withoutUndefined(item)]])),
  );
}
