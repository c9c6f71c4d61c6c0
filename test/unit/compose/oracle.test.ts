import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDocument } from '../../../src/compose/canonical.ts';
import { formatDuration, requireDuration } from '../../../src/compose/duration.ts';
import { renderStack } from '../../../src/compose/render.ts';
import type { ComposeService, EnvironmentValue, StackDocument } from '../../../src/compose/types.ts';
import { sizeBytes } from '../../../src/compose/quantity.ts';
import { requireOracle } from '../../support/oracle.ts';
import { AWKWARD as ALL } from './awkward.ts';
import { deploy, richDocument, service, stackDocument } from './documents.ts';

const { schema, config } = requireOracle();
/** Go's YAML printer loses a line feed at the start of a text, so the oracle cannot show it. That docker reads it is proved by the lab (plan.test.ts). */
const showable = (value: string): boolean => !value.startsWith('\n');
const AWKWARD = ALL.filter(showable);
const render = (document: StackDocument): string => renderStack({ document, heading: [], comments: {} });

/** What `docker stack config` must give back, written from the document alone: no escaping, defaults of the loader left out. */
function meaning(document: StackDocument, environment: Record<string, string>): unknown {
  const { services, networks, volumes, secrets } = canonicalDocument(document);
  return prune({
    version: '3.8',
    services: mapValues(services, (value) => ({
      image: value.image,
      hostname: value.hostname,
      init: value.init,
      command: value.command,
      environment: value.environment && mapValues(value.environment, (item: EnvironmentValue) => (typeof item === 'string' ? item : environment[item.fromEnvironment])),
      networks: value.networks,
      secrets: value.secrets,
      volumes: value.volumes?.map(({ readOnly, ...rest }) => ({ ...rest, read_only: readOnly })),
      ports: value.ports?.map((port) => ({ protocol: 'tcp', ...port })),
      healthcheck: value.healthcheck && { ...value.healthcheck, startPeriod: undefined, interval: go(value.healthcheck.interval), timeout: go(value.healthcheck.timeout), start_period: go(value.healthcheck.startPeriod) },
      stop_grace_period: go(value.stopGracePeriod),
      logging: value.logging,
      deploy: {
        endpoint_mode: value.deploy.endpointMode,
        replicas: value.deploy.replicas,
        placement: { constraints: value.deploy.constraints },
        update_config: { parallelism: value.deploy.update.parallelism, delay: go(value.deploy.update.delay), failure_action: value.deploy.update.failureAction, monitor: go(value.deploy.update.monitor), order: value.deploy.update.order },
        restart_policy: { condition: value.deploy.restart.condition, delay: go(value.deploy.restart.delay), max_attempts: value.deploy.restart.maxAttempts, window: go(value.deploy.restart.window) },
        resources: value.deploy.resources && mapValues(value.deploy.resources, (amount) => amount && { cpus: amount.cpus, memory: amount.memory && String(sizeBytes(amount.memory, '')) }),
      },
    })),
    networks: mapValues(networks, ({ driver, attachable, driverOpts, labels }) => ({ driver, attachable, driver_opts: driverOpts, labels })),
    volumes,
    secrets: mapValues(secrets, ({ name }) => ({ name, external: true })),
  });
}

const go = (text: string | undefined): string | undefined => (text === undefined ? undefined : formatDuration(requireDuration(text, '')));

function mapValues<Value, Result>(record: Record<string, Value>, convert: (value: Value) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]));
}

/** Without what the CLI's printer leaves out: undefined, false, zero durations, empty maps and lists. Text stays, even empty. */
function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, prune(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined && item !== null && item !== false && item !== '0s' && !(typeof item === 'object' && Object.keys(item).length === 0)));
}

async function survives(document: StackDocument, environment: Record<string, string> = {}): Promise<void> {
  const text = render(document);
  if (schema !== undefined) expect(schema(text)).toEqual([]);
  if (config !== undefined) expect(prune(await config(text, environment))).toEqual(meaning(document, environment));
}

/** Text that can be passed on at all: see checkText. */
const text = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.string({ unit: 'binary' }).map((value) => value.replace(/[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/gu, '')),
  fc.string({ unit: fc.constantFrom(...'$${}:-?#"\'\\ \n\tabA01.') }),
).filter(showable);
const filled = text.filter((value) => value !== '');
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const duration = fc.constantFrom('0s', '1ns', '1500us', '1.5s', '90s', '24h', '1h0m0.25s', '1m30s');
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
/** Keys whose value is undefined are left out, as exactOptionalPropertyTypes wants it. */
const partial = <Value extends object>(arbitrary: fc.Arbitrary<Value>) => arbitrary.map((value) => Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as unknown);

const environmentName = fc.oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/), fc.constantFrom('y', 'n', 'on', 'off', 'yes', 'no', 'null', 'true', 'e1', '_', '__proto__x', 'NULL', 'True'));
const services = partial(
  fc.record({
    command: maybe(fc.array(text, { minLength: 1, maxLength: 4 })),
    environment: maybe(fc.dictionary(environmentName, filled, { minKeys: 1, maxKeys: 6 })),
    hostname: maybe(filled),
    init: maybe(fc.boolean()),
    healthcheck: maybe(fc.record({ test: fc.array(text, { maxLength: 3 }).map((words) => ['CMD', ...words]), interval: duration, timeout: duration, retries: fc.nat({ max: 50 }) })),
    secrets: maybe(fc.uniqueArray(partial(fc.record({ source: name, target: filled, mode: maybe(fc.nat({ max: 0o777 })), uid: maybe(fc.nat().map(String)), gid: maybe(fc.nat().map(String)) })) as fc.Arbitrary<{ source: string; target: string }>, { minLength: 1, maxLength: 3, selector: (mount) => mount.target })),
    volumes: maybe(fc.uniqueArray(partial(fc.record({ type: fc.constant('volume'), source: name, target: filled, readOnly: maybe(fc.boolean()) })) as fc.Arbitrary<{ source: string; target: string }>, { minLength: 1, maxLength: 3, selector: (mount) => mount.target })),
    ports: maybe(fc.uniqueArray(fc.record({ target: fc.integer({ min: 1, max: 65535 }), published: fc.integer({ min: 1, max: 65535 }), mode: fc.constantFrom('host', 'ingress'), protocol: fc.constantFrom('tcp', 'udp') }), { minLength: 1, maxLength: 3, selector: (port) => port.published })),
    logging: fc.record({ driver: filled, options: fc.dictionary(name, text) }),
    stopGracePeriod: duration,
    deploy: fc
      .record({ replicas: fc.nat({ max: 9 }), constraints: fc.array(filled, { maxLength: 3 }), resources: maybe(fc.record({ limits: fc.record({ cpus: fc.constantFrom('1', '0.5', '1e0'.replace('e0', '.25')), memory: fc.constantFrom('4g', '512m', '1.5G', '1048576') }) })) })
      .map(({ resources, ...rest }) => deploy({ ...rest, ...(resources && { resources }) })),
    networks: fc.dictionary(name, fc.record({ aliases: fc.uniqueArray(filled, { maxLength: 3 }) }), { minKeys: 1, maxKeys: 2 }),
  }),
).map((value) => service(value as Partial<ComposeService>));

const documents = fc
  .record({ services: fc.dictionary(name, services, { minKeys: 1, maxKeys: 8 }), labels: fc.dictionary(name, text), options: fc.dictionary(name, text) })
  .map(({ services: all, labels, options }) =>
    stackDocument({
      services: all,
      networks: { default: { driver: 'overlay', attachable: true, labels, driverOpts: options } },
      volumes: { data: { labels }, other: {} },
      secrets: { token: { name: 'prod_token.v1' } },
    }),
  );

describe.runIf(schema !== undefined || config !== undefined)('a rendered document, read by docker', () => {
  it('means the same: the rich document', async () => {
    await survives(richDocument(), { DB_PASSWORD: 'p$a$$ss-word' });
  });

  it('keeps each of the awkward strings, in every place that takes free text', async () => {
    const values = AWKWARD.filter((value) => value !== '');
    const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
    const options = Object.fromEntries(AWKWARD.map((value, index) => [`o${index}`, value]));
    await survives(
      stackDocument({
        services: {
          values: service({ environment, command: [...AWKWARD], logging: { driver: 'json-file', options }, networks: { internal: { aliases: [...new Set(values)] } }, deploy: deploy({ constraints: values }) }),
          checked: service({ healthcheck: { test: ['CMD', ...AWKWARD], interval: '1s', timeout: '1s', retries: 1 }, secrets: values.map((target) => ({ source: 'token', target })), volumes: values.map((target) => ({ type: 'volume', source: 'data', target })) }),
          ...Object.fromEntries(values.map((value, index) => [`s${index}`, service({ hostname: value, image: value })])),
        },
        volumes: { data: { labels: options } },
        networks: { internal: { driver: 'overlay', labels: options, driverOpts: options } },
        secrets: Object.fromEntries(values.map((value, index) => [`s${index}`, { name: value }])),
      }),
    );
  });

  it('means the same: any document', async () => {
    await fc.assert(fc.asyncProperty(documents, (document) => survives(document)), { numRuns: 60 });
  }, 60_000);

  it.runIf(config !== undefined)('takes a value from the environment whatever its hint says, and stops without it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(filled, { minLength: 1, maxLength: 10 }), filled, async (hints, value) => {
        const environment = Object.fromEntries(hints.map((hint, index) => [`V${index}`, { fromEnvironment: 'TOKEN', hint }]));
        const document = stackDocument({ services: { db: service({ environment }) } });
        await survives(document, { TOKEN: value });
        await expect(config?.(render(document))).rejects.toThrow('required variable TOKEN is missing a value');
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it.runIf(config !== undefined)('prints durations as the CLI does', async () => {
    const nanoseconds = fc.oneof(fc.nat({ max: 2_000_000_000 }), fc.maxSafeNat());
    await fc.assert(
      fc.asyncProperty(fc.array(nanoseconds, { minLength: 1, maxLength: 40 }), async (all) => {
        const each = Object.fromEntries(all.map((value, index) => [`s${index}`, service({ stopGracePeriod: `${value}ns` })]));
        const read = (await config?.(render(stackDocument({ services: each })))) as { services: Record<string, { stop_grace_period: string }> };
        all.forEach((value, index) => expect(read.services[`s${index}`]?.stop_grace_period).toBe(formatDuration(value)));
      }),
      { numRuns: 10 },
    );
  });
});
