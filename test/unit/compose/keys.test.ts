import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DROPPED_KEYS } from '../../../src/compose/keys/dropped.ts';
import { NETWORK_KEYS, OTHER_OBJECT_KEYS, VOLUME_KEYS } from '../../../src/compose/keys/objects.ts';
import { SERVICE_KEYS } from '../../../src/compose/keys/table.ts';
import { renderStack } from '../../../src/compose/render.ts';
import { checkDocument } from '../../../src/compose/rules.ts';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import { serviceFields } from '../../../src/plan/fields.ts';
import { leftovers } from '../../../src/plan/leftovers.ts';
import { requireOracle, serviceSchema } from '../../support/oracle.ts';
import { asLive } from '../plan/engine.ts';
import { everyKey, fullService } from './every-key.ts';

/** Every first key of a service in the v3.8 schema, and of `deploy`: docker/cli, cli/compose/schema/data. */
const SCHEMA_KEYS =
  `build cap_add cap_drop cgroup_parent command configs container_name credential_spec depends_on deploy devices dns
  dns_search domainname entrypoint env_file environment expose external_links extra_hosts healthcheck hostname image init
  ipc isolation labels links logging mac_address network_mode networks pid ports privileged read_only restart secrets
  security_opt shm_size stdin_open stop_grace_period stop_signal sysctls tmpfs tty ulimits user userns_mode volumes
  working_dir deploy.endpoint_mode deploy.labels deploy.mode deploy.placement deploy.replicas deploy.resources
  deploy.restart_policy deploy.rollback_config deploy.update_config`.split(/\s+/);

/** The same of networks and volumes. */
const OBJECT_KEYS = {
  networks: 'name driver driver_opts ipam ipam.driver external internal attachable labels'.split(' '),
  volumes: 'name driver driver_opts external labels'.split(' '),
};
const OBJECT_ROWS = { networks: NETWORK_KEYS, volumes: VOLUME_KEYS };

const rows = SERVICE_KEYS.map((row) => [row.key, row] as const);
const text = renderStack({ document: everyKey(), heading: [], comments: {} });
const { schema: valid, config } = requireOracle();
const schema = serviceSchema();

describe.each(['networks', 'volumes'] as const)('the table of %s', (objects) => {
  const used = Object.values(everyKey()[objects]).flatMap((object) =>
    OBJECT_ROWS[objects].filter((row) => row.file(object as never) !== undefined).map(({ key }) => key),
  );

  it.each(OBJECT_KEYS[objects])('has %s, which a document uses, or says why not', (key) => {
    const reason = OTHER_OBJECT_KEYS[`${objects}.${key}`];
    expect([used.includes(key), (reason ?? '').length > 20]).toContain(true);
    expect(used.includes(key) && reason !== undefined).toBe(false);
  });

  it('has no key that the format has not, and gives the same file again', () => {
    expect(OBJECT_ROWS[objects].map(({ key }) => key).filter((key) => !OBJECT_KEYS[objects].includes(key))).toEqual([]);
    const file = parse(text) as Record<typeof objects, Record<string, Record<string, unknown>>>;
    const keys = Object.values(file[objects]).flatMap((object) => Object.keys(object));
    expect([...new Set(keys)].sort()).toEqual([...new Set(used)].sort());
  });
});

describe('the table of keys', () => {
  it.each(SCHEMA_KEYS)('%s is in it, or dropped with a reason', (key) => {
    const inTable = SERVICE_KEYS.filter((row) => row.key === key || row.key.startsWith(`${key}.`));
    expect([inTable.length > 0, (DROPPED_KEYS[key] ?? '').length > 10]).toContain(true);
    expect(inTable.length > 0 && DROPPED_KEYS[key] !== undefined).toBe(false);
  });

  it('has each key once, and none that the format has not', () => {
    const keys = SERVICE_KEYS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => !SCHEMA_KEYS.includes(key))).toEqual([]);
  });

  it.each(rows)('%s is in the file, in the specification and compared', (_key, row) => {
    const document = everyKey();
    const specs = desiredSpecs('prod', document);
    const users = Object.entries(document.services).filter(([, service]) => row.file(service, 'x') !== undefined);
    expect(users.length).toBeGreaterThan(0);
    const [[name = ''] = []] = users;
    const spec = specs[name]?.spec ?? {};
    const task = spec.TaskTemplate ?? {};
    const parts = { service: spec, task, container: task.ContainerSpec ?? {} };
    expect(row.fields(parts, (target) => target).length).toBeGreaterThan(0);
  });

  it.each(rows)('%s has a container without a swarm, or says why not', (key, { run }) => {
    const { ports: _ports, ...full } = fullService();
    const all = [...Object.values(everyKey().services), full];
    if (run.is === 'options') expect(all.flatMap((service) => run.options(service, 'x')).length).toBeGreaterThan(0);
    if (run.is === 'refused') {
      const refusals = all.flatMap((service) => run.refused(service) ?? []);
      expect(refusals.length).toBeGreaterThan(0);
      for (const { why, hint } of refusals) expect([why.length > 20, hint.length > 5]).toEqual([true, true]);
    }
    if (run.is === 'without') expect(run.why.length).toBeGreaterThan(20);
    if (run.is === 'composed')
      expect([
        'image',
        'entrypoint',
        'command',
        'environment',
        'networks',
        'secrets',
        'volumes',
        'ports',
        'deploy.replicas',
      ]).toContain(key);
  });

  it('leaves nothing of a specification that it makes uncompared', () => {
    for (const { spec } of Object.values(desiredSpecs('prod', everyKey())))
      expect(leftovers(asLive({ spec, unknownEnvironment: [] }))).toEqual([]);
  });

  it('shows no value of a label, a command or a variable', () => {
    const { full } = desiredSpecs('prod', everyKey());
    const secret = serviceFields(full?.spec ?? {}, (name) => name).filter(({ name }) =>
      /label|command|entrypoint|environment|logging option/.test(name),
    );
    expect(secret.length).toBeGreaterThan(6);
    expect(secret.filter(({ shown }) => shown !== undefined)).toEqual([]);
  });

  it('gives documents without a problem', () => {
    expect(checkDocument('prod', everyKey())).toEqual([]);
  });

  it.runIf(schema !== undefined)('covers every key of the schema, those below others included', () => {
    const dropped = (path: string): boolean =>
      Object.keys(DROPPED_KEYS).some((key) => path === key || path.startsWith(`${key}.`));
    const all = schema?.keys() ?? [];
    expect(all.filter((key) => !key.includes('.')).sort()).toEqual(
      SCHEMA_KEYS.filter((key) => !key.includes('.')).sort(),
    );
    const { services } = parse(text) as { services: Record<string, unknown> };
    const used = new Set(Object.values(services).flatMap((service) => schema?.usedBy(service) ?? []));
    expect(all.filter((path) => !used.has(path) && !dropped(path))).toEqual([]);
    expect([...used].filter(dropped)).toEqual([]);
  });

  it.runIf(valid !== undefined)('prints a file that the schema takes', () => {
    expect(valid?.(text)).toEqual([]);
  });

  it.runIf(config !== undefined && schema !== undefined)('prints a file of which docker loses no key', async () => {
    const read = (await config?.(text)) as { services: Record<string, unknown> };
    const written = parse(text) as { services: Record<string, unknown> };
    for (const [name, service] of Object.entries(written.services)) {
      const left = new Set(schema?.usedBy(read.services[name]));
      expect((schema?.usedBy(service) ?? []).filter((key) => !left.has(key))).toEqual([]);
    }
  });
});
