import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDocument } from '../../../src/compose/canonical.ts';
import { formatDuration, requireDuration } from '../../../src/compose/duration.ts';
import { renderStack } from '../../../src/compose/render.ts';
import type { EnvironmentValue, StackDocument } from '../../../src/compose/types.ts';
import { sizeBytes } from '../../../src/compose/quantity.ts';
import { requireOracle } from '../../support/oracle.ts';
import { documents, filled, showable } from '../../unit/compose/arbitrary.ts';
import { AWKWARD as ALL } from '../../unit/compose/awkward.ts';
import { deploy, richDocument, service, stackDocument } from '../../unit/compose/documents.ts';

const { schema, config } = requireOracle();
const AWKWARD = ALL.filter(showable);
const render = (document: StackDocument): string => renderStack({ document, heading: [], comments: {} });

/**
 * What `docker stack config` must give back, written from the document alone: no escaping, defaults of the loader left
 * out.
 */
function meaning(document: StackDocument, environment: Record<string, string>): unknown {
  const { services, networks, volumes, secrets } = canonicalDocument(document);
  return prune({
    version: '3.8',
    services: mapValues(services, (value) => ({
      image: value.image,
      hostname: value.hostname,
      init: value.init,
      entrypoint: value.entrypoint,
      command: value.command,
      environment:
        value.environment &&
        mapValues(value.environment, (item: EnvironmentValue) =>
          typeof item === 'string' ? item : environment[item.fromEnvironment],
        ),
      networks: value.networks,
      secrets: value.secrets,
      volumes: value.volumes?.map(({ readOnly, ...rest }) => ({ ...rest, read_only: readOnly })),
      ports: value.ports?.map((port) => ({ protocol: 'tcp', ...port })),
      healthcheck: value.healthcheck && {
        ...value.healthcheck,
        startPeriod: undefined,
        interval: go(value.healthcheck.interval),
        timeout: go(value.healthcheck.timeout),
        start_period: go(value.healthcheck.startPeriod),
      },
      stop_grace_period: go(value.stopGracePeriod),
      logging: value.logging,
      deploy: {
        endpoint_mode: value.deploy.endpointMode,
        replicas: value.deploy.replicas,
        placement: { constraints: value.deploy.constraints },
        update_config: {
          parallelism: value.deploy.update?.parallelism,
          delay: go(value.deploy.update?.delay),
          failure_action: value.deploy.update?.failureAction,
          monitor: go(value.deploy.update?.monitor),
          order: value.deploy.update?.order,
        },
        restart_policy: {
          condition: value.deploy.restart.condition,
          delay: go(value.deploy.restart.delay),
          max_attempts: value.deploy.restart.maxAttempts,
          window: go(value.deploy.restart.window),
        },
        resources:
          value.deploy.resources &&
          mapValues(
            value.deploy.resources,
            (amount) => amount && { cpus: amount.cpus, memory: amount.memory && String(sizeBytes(amount.memory, '')) },
          ),
      },
    })),
    networks: mapValues(networks, (network) => {
      if ('joined' in network) return { name: network.joined, external: true };
      const { driver, attachable, driverOpts, subnet, labels } = network;
      return {
        driver,
        attachable,
        driver_opts: driverOpts,
        ipam: subnet === undefined ? undefined : { config: [{ subnet }] },
        labels,
      };
    }),
    volumes,
    secrets: mapValues(secrets, ({ name }) => ({ name, external: true })),
  });
}

const go = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : formatDuration(requireDuration(text, ''));

function mapValues<Value, Result>(
  record: Record<string, Value>,
  convert: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]));
}

/**
 * Without what the CLI's printer leaves out: undefined, false, zero durations, empty maps and lists. Text stays, even
 * empty.
 */
function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, prune(item)] as const);
  return Object.fromEntries(
    entries.filter(
      ([, item]) =>
        item !== undefined &&
        item !== null &&
        item !== false &&
        item !== '0s' &&
        !(typeof item === 'object' && Object.keys(item).length === 0),
    ),
  );
}

type Survives = (document: StackDocument, environment?: Record<string, string>) => Promise<void>;

const bySchema: Survives = async (document) => {
  expect(schema?.(render(document))).toEqual([]);
};
const byDocker: Survives = async (document, environment = {}) => {
  expect(prune(await config?.(render(document), environment))).toEqual(meaning(document, environment));
};

describe.each([
  { by: 'the v3.8 schema', here: schema !== undefined, survives: bySchema },
  { by: 'docker stack config', here: config !== undefined, survives: byDocker },
])('a rendered document, read by $by', ({ here, survives }) => {
  it.skipIf(!here)('means the same: the rich document', async () => {
    await survives(richDocument(), { DB_PASSWORD: 'p$a$$ss-word' });
  });

  it.skipIf(!here)('means the same: a network of another stack, beside its own', async () => {
    const networks = { internal: { aliases: [] }, theirs: { aliases: ['reader'] } };
    await survives(
      stackDocument({
        services: { db: service({ networks }) },
        networks: { internal: { driver: 'overlay' }, theirs: { joined: '3rd_back-end' } },
      }),
    );
  });

  it.skipIf(!here)('keeps each of the awkward strings, in every place that takes free text', async () => {
    const values = AWKWARD.filter((value) => value !== '');
    const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
    const options = Object.fromEntries(AWKWARD.map((value, index) => [`o${index}`, value]));
    await survives(
      stackDocument({
        services: {
          values: service({
            environment,
            command: [...AWKWARD],
            logging: { driver: 'json-file', options },
            networks: { internal: { aliases: [...new Set(values)] } },
            deploy: deploy({ constraints: values }),
          }),
          checked: service({
            healthcheck: { test: ['CMD', ...AWKWARD], interval: '1s', timeout: '1s', retries: 1 },
            secrets: values.map((target) => ({ source: 'token', target })),
            volumes: values.map((target) => ({ type: 'volume', source: 'data', target })),
          }),
          ...Object.fromEntries(
            values.map((value, index) => [`s${index}`, service({ hostname: value, image: value })]),
          ),
        },
        // As keys, too: docker does not interpolate those.
        volumes: { data: { labels: Object.fromEntries(AWKWARD.filter((key) => key !== '').map((key) => [key, 'x'])) } },
        networks: { internal: { driver: 'overlay', labels: options, driverOpts: options } },
        secrets: Object.fromEntries(values.map((value, index) => [`s${index}`, { name: value }])),
      }),
    );
  });

  it.skipIf(!here)(
    'means the same: any document',
    async () => {
      await fc.assert(
        fc.asyncProperty(documents, (document) => survives(document)),
        { numRuns: 60 },
      );
    },
    60_000,
  );
});

describe.skipIf(config === undefined)('docker stack config', () => {
  it('takes a value from the environment whatever its hint says, and stops without it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(filled, { minLength: 1, maxLength: 10 }), filled, async (hints, value) => {
        const environment = Object.fromEntries(
          hints.map((hint, index) => [`V${index}`, { fromEnvironment: 'TOKEN', hint }]),
        );
        const document = stackDocument({ services: { db: service({ environment }) } });
        await byDocker(document, { TOKEN: value });
        await expect(config?.(render(document))).rejects.toThrow('required variable TOKEN is missing a value');
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('prints durations as the CLI does', async () => {
    const nanoseconds = fc.oneof(fc.nat({ max: 2_000_000_000 }), fc.maxSafeNat());
    await fc.assert(
      fc.asyncProperty(fc.array(nanoseconds, { minLength: 1, maxLength: 40 }), async (all) => {
        const each = Object.fromEntries(
          all.map((value, index) => [`s${index}`, service({ stopGracePeriod: `${value}ns` })]),
        );
        const read = (await config?.(render(stackDocument({ services: each })))) as {
          services: Record<string, { stop_grace_period: string }>;
        };
        all.forEach((value, index) =>
          expect(read.services[`s${index}`]?.stop_grace_period).toBe(formatDuration(value)),
        );
      }),
      { numRuns: 10 },
    );
  });
});
