import type { ComposeService, PortMapping, SecretMount, StackDocument, VolumeMount } from './types.ts';

/**
 * The document with everything sorted whose order has no meaning to swarm, so that neither the file's bytes nor a
 * service's specification depends on the order in which a definition put things in: swarm compares the lists of a
 * task's specification in order, and would restart tasks for a mere permutation. Commands and health checks keep their
 * order; so do the services, whose order a reader follows.
 */
export function canonicalDocument(document: StackDocument): StackDocument {
  const known = sorted.get(document);
  if (known) return known;
  const made = canonical(document);
  sorted.set(document, made);
  return made;
}

/** A document is a value: it is sorted once, however many ask. */
const sorted = new WeakMap<StackDocument, StackDocument>();

function canonical(document: StackDocument): StackDocument {
  return {
    services: Object.fromEntries(
      Object.entries(document.services).map(([name, service]) => [name, canonicalService(service)]),
    ),
    networks: sortKeys(document.networks),
    volumes: sortKeys(document.volumes),
    secrets: sortKeys(document.secrets),
    ...(document.configs && { configs: sortKeys(document.configs) }),
  };
}

function canonicalService(service: ComposeService): ComposeService {
  const networks = Object.entries(sortKeys(service.networks)).map(
    ([name, { aliases }]) => [name, { aliases: [...aliases].sort() }] as const,
  );
  return {
    ...service,
    networks: Object.fromEntries(networks),
    logging: { ...service.logging, options: sortKeys(service.logging.options) },
    deploy: canonicalDeploy(service.deploy),
    ...(service.environment && { environment: sortKeys(service.environment) }),
    ...(service.extraHosts && { extraHosts: sortKeys(service.extraHosts) }),
    ...(service.labels && { labels: sortKeys(service.labels) }),
    ...(service.sysctls && { sysctls: sortKeys(service.sysctls) }),
    ...(service.ulimits && { ulimits: sortKeys(service.ulimits) }),
    ...(service.capAdd && { capAdd: [...service.capAdd].sort() }),
    ...(service.capDrop && { capDrop: [...service.capDrop].sort() }),
    ...(service.secrets && { secrets: sortBy(service.secrets, (mount: SecretMount) => [mount.source, mount.target]) }),
    ...(service.configs && { configs: sortBy(service.configs, (mount: SecretMount) => [mount.source, mount.target]) }),
    ...(service.volumes && { volumes: sortBy(service.volumes, (mount: VolumeMount) => [mount.target, mount.source]) }),
    ...(service.tmpfs && { tmpfs: sortBy(service.tmpfs, ({ target }) => [target]) }),
    ...(service.ports && { ports: sortBy(service.ports, portKey) }),
  };
}

function canonicalDeploy(deploy: ComposeService['deploy']): ComposeService['deploy'] {
  const { resources } = deploy;
  const reservations = resources?.reservations;
  return {
    ...deploy,
    constraints: [...deploy.constraints].sort(),
    ...(deploy.labels && { labels: sortKeys(deploy.labels) }),
    ...(reservations?.generic && {
      resources: { ...resources, reservations: { ...reservations, generic: sortKeys(reservations.generic) } },
    }),
  };
}

function portKey(port: PortMapping): string[] {
  return [String(port.published).padStart(5, '0'), String(port.target).padStart(5, '0'), port.protocol ?? 'tcp'];
}

function sortBy<Item>(items: Item[], key: (item: Item) => string[]): Item[] {
  const keyed = items.map((item) => ({ item, key: key(item).join('\0') }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

function sortKeys<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(sortBy(Object.entries(record), ([key]) => [key]));
}
