import { mapOf, type FileMap } from './keys/file.ts';
import { NETWORK_KEYS, VOLUME_KEYS } from './keys/objects.ts';
import { SERVICE_KEYS } from './keys/table.ts';
import type { FileValue } from './values.ts';
import type { ComposeService, StackDocument } from './types.ts';

/**
 * The document under the keys of the compose file format 3.8, in the order in which they are printed. Takes a canonical
 * document; gives maps, lists and scalars only. Sections and keys without content are undefined, and left out of the
 * file.
 */
export function layout(document: StackDocument): FileMap {
  const external = ({ name }: { name: string }): FileMap => ({ external: true, name });
  return {
    version: '3.8',
    services: whenAsked(document.services, (value, name) => service(value, `services.${name}`)),
    networks: mapOf(document.networks, (network) => fileOf(NETWORK_KEYS, network)),
    volumes: mapOf(document.volumes, (volume) => fileOf(VOLUME_KEYS, volume)),
    secrets: mapOf(document.secrets, external),
    configs: mapOf(document.configs, external),
  };
}

const fileOf = <T>(rows: readonly { key: string; file(object: T): FileValue }[], object: T): FileMap =>
  Object.fromEntries(rows.map((row) => [row.key, row.file(object)]));

/** A map whose values are made when they are asked for: those of thousands of services are never there together. */
function whenAsked<Value>(
  record: Readonly<Record<string, Value>>,
  convert: (value: Value, key: string) => FileMap,
): FileMap | undefined {
  const map: FileMap = {};
  for (const [key, value] of Object.entries(record))
    Object.defineProperty(map, key, { enumerable: true, get: () => convert(value, key) });
  return Object.keys(map).length === 0 ? undefined : map;
}

const DEPLOY = 'deploy.';

function service(value: ComposeService, at: string): FileMap {
  const file: FileMap = {};
  const deploy: FileMap = {};
  for (const row of SERVICE_KEYS) {
    const found = row.file(value, at);
    if (found === undefined) continue;
    if (row.key.startsWith(DEPLOY)) deploy[row.key.slice(DEPLOY.length)] = found;
    else file[row.key] = found;
  }
  return { ...file, deploy };
}
