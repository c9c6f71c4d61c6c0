import type { ComposeService, StackDocument } from './types.ts';

/**
 * The document with these services only, and the networks, volumes, secrets and configs that they use. `docker stack
 * deploy` of it touches nothing else of the stack, as long as nobody asks it to prune. Names that the document does not
 * have are left out.
 */
export function filterDocument(document: StackDocument, names: readonly string[]): StackDocument {
  const services = pick(document.services, new Set(names));
  const all = Object.values(services);
  return {
    services,
    networks: pick(document.networks, new Set(all.flatMap((service) => Object.keys(service.networks)))),
    volumes: pick(
      document.volumes,
      new Set(
        all.flatMap((service) =>
          (service.volumes ?? []).filter(({ type }) => type === 'volume').map(({ source }) => source),
        ),
      ),
    ),
    secrets: pick(
      document.secrets,
      new Set(all.flatMap((service) => (service.secrets ?? []).map(({ source }) => source))),
    ),
    ...(document.configs && {
      configs: pick(document.configs, new Set(all.flatMap(configsOf))),
    }),
  };
}

/** Keys of the configs that a service names. */
export function configsOf({ configs = [], credentialSpec }: ComposeService): string[] {
  const own = configs.map(({ source }) => source);
  return credentialSpec !== undefined && 'config' in credentialSpec ? [...own, credentialSpec.config] : own;
}

function pick<Value>(record: Record<string, Value>, keys: ReadonlySet<string>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.has(key)));
}
