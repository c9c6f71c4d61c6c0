import * as fc from 'fast-check';
import type { ComposeService } from '../../../src/compose/types.ts';
import { AWKWARD } from './awkward.ts';
import { deploy, service, stackDocument } from './documents.ts';

/**
 * Go's YAML printer loses a line feed at the start of a text, so `docker stack config` cannot show it. That docker
 * reads it is proved by the lab.
 */
export const showable = (value: string): boolean => !value.startsWith('\n');

/** Text that can be passed on at all: see checkText. */
const text = fc
  .oneof(
    fc.constantFrom(...AWKWARD),
    fc
      .string({ unit: 'binary' })
      .map((value) =>
        value.replace(/[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu, ''),
      ),
    fc.string({ unit: fc.constantFrom(...'$${}:-?#"\'\\ \n\tabA01.') }),
  )
  .filter(showable);
/** The same, but not empty: docker fills empty environment values from the deployer's. */
export const filled = text.filter((value) => value !== '');
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const duration = fc.constantFrom('0s', '1ns', '1500us', '1.5s', '90s', '24h', '1h0m0.25s', '1m30s');
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
/** Keys whose value is undefined are left out, as exactOptionalPropertyTypes wants it. */
const partial = <Value extends object>(arbitrary: fc.Arbitrary<Value>) =>
  arbitrary.map(
    (value) => Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as unknown,
  );

const environmentName = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/),
  fc.constantFrom('y', 'n', 'on', 'off', 'yes', 'no', 'null', 'true', 'e1', '_', '__proto__x', 'NULL', 'True'),
);
/** Any service. */
export const services = partial(
  fc.record({
    entrypoint: maybe(fc.array(text, { minLength: 1, maxLength: 4 })),
    command: maybe(fc.array(text, { minLength: 1, maxLength: 4 })),
    environment: maybe(fc.dictionary(environmentName, filled, { minKeys: 1, maxKeys: 6 })),
    hostname: maybe(filled),
    init: maybe(fc.boolean()),
    healthcheck: maybe(
      fc.record({
        test: fc.array(text, { maxLength: 3 }).map((words) => ['CMD', ...words]),
        interval: duration,
        timeout: duration,
        retries: fc.nat({ max: 50 }),
      }),
    ),
    secrets: maybe(
      fc.uniqueArray(
        partial(
          fc.record({
            source: name,
            target: filled,
            mode: maybe(fc.nat({ max: 0o777 })),
            uid: maybe(fc.nat().map(String)),
            gid: maybe(fc.nat().map(String)),
          }),
        ) as fc.Arbitrary<{ source: string; target: string }>,
        { minLength: 1, maxLength: 3, selector: (mount) => mount.target },
      ),
    ),
    volumes: maybe(
      fc.uniqueArray(
        partial(
          fc.record({ type: fc.constant('volume'), source: name, target: filled, readOnly: maybe(fc.boolean()) }),
        ) as fc.Arbitrary<{ source: string; target: string }>,
        { minLength: 1, maxLength: 3, selector: (mount) => mount.target },
      ),
    ),
    ports: maybe(
      fc.uniqueArray(
        fc.record({
          target: fc.integer({ min: 1, max: 65535 }),
          published: fc.integer({ min: 1, max: 65535 }),
          mode: fc.constantFrom('host', 'ingress'),
          protocol: fc.constantFrom('tcp', 'udp'),
        }),
        { minLength: 1, maxLength: 3, selector: (port) => port.published },
      ),
    ),
    logging: fc.record({ driver: filled, options: fc.dictionary(name, text) }),
    stopGracePeriod: duration,
    deploy: fc
      .record({
        replicas: fc.nat({ max: 9 }),
        constraints: fc.array(filled, { maxLength: 3 }),
        resources: maybe(
          fc.record({
            limits: fc.record({
              cpus: fc.constantFrom('1', '0.5', '1.25'),
              memory: fc.constantFrom('4g', '512m', '1.5G', '1048576'),
            }),
          }),
        ),
      })
      .map(({ resources, ...rest }) => deploy({ ...rest, ...(resources && { resources }) })),
    networks: fc.dictionary(name, fc.record({ aliases: fc.uniqueArray(filled, { maxLength: 3 }) }), {
      minKeys: 1,
      maxKeys: 2,
    }),
  }),
).map((value) => service(value as Partial<ComposeService>));

/** Any document: it need not be sound, but docker can read it. */
export const documents = fc
  .record({
    services: fc.dictionary(name, services, { minKeys: 1, maxKeys: 8 }),
    labels: fc.dictionary(name, text),
    options: fc.dictionary(name, text),
  })
  .map(({ services: all, labels, options }) =>
    stackDocument({
      services: all,
      networks: {
        default: { driver: 'overlay', attachable: true, labels, driverOpts: options, subnet: '10.20.0.0/24' },
      },
      volumes: { data: { labels }, other: {} },
      secrets: { token: { name: 'prod_token.v1' } },
    }),
  );
