/** `imply_defaults_*`: what a new cluster is made with. Names are case-sensitive. */
import type { Environment } from '../common/environment.ts';

const PREFIX = 'imply_defaults_';

const SERVICES = [
  'common', 'coordinator', 'overlord', 'historical', 'historicalTier1', 'historicalTier2', 'historicalTier3',
  'middleManager', 'middleManagerTier1', 'middleManagerTier2', 'middleManagerTier3', 'broker', 'router', 'pivot',
]; // prettier-ignore

const KNOWN = new Set([
  'zkType', 'zkHosts', 'zkBasePath',
  'metadataStorageType', 'metadataStorageHost', 'metadataStoragePort', 'metadataStorageUser', 'metadataStoragePassword', 'metadataStorageTlsCert',
  'deepStorageType', 'deepStoragePath', 'deepStorageUser', 'deepStoragePassword', 'deepStorageBaseLocation',
  'implyVersion', 'customImplyVersions', 'userExtensions', 'customFiles',
  'additionalDataTierMiddleManagerRuntimeProperties', 'additionalDataTierHistoricalRuntimeProperties',
  ...SERVICES.map((service) => `${service}CustomDruidProperties`),
]); // prettier-ignore

export interface ClusterDefaults {
  values: Readonly<Record<string, string>>;
  /** Druid properties by service; the variable joins them with a backslash and an n, not with a line end. */
  properties: Readonly<Record<string, readonly string[]>>;
  unknown: readonly string[];
}

/** Pure. */
export function readDefaults(env: Environment): ClusterDefaults {
  const given = Object.entries(env).flatMap(([name, value]) =>
    name.toLowerCase().startsWith(PREFIX) && value ? [[name, value] as const] : [],
  );
  const known = given.filter(([name]) => name.startsWith(PREFIX) && KNOWN.has(name.slice(PREFIX.length)));
  const values = Object.fromEntries(known.map(([name, value]) => [name.slice(PREFIX.length), value]));
  const lists = Object.entries(values).filter(([name]) => name.endsWith('CustomDruidProperties'));
  return {
    values,
    properties: Object.fromEntries(
      lists.map(([name, value]) => [
        name.replace('CustomDruidProperties', ''),
        value.split('\\n').filter((line) => line !== ''),
      ]),
    ),
    unknown: given.map(([name]) => name).filter((name) => !known.some(([other]) => other === name)),
  };
}

/** What a new cluster would be given, for the log: names of properties, never a value, and whether there is a key. */
export function describeDefaults({ values, properties }: ClusterDefaults): string {
  const { deepStorageType = 'not given', deepStorageUser, deepStoragePassword } = values;
  const login = [
    ...(deepStorageUser === undefined ? [] : ['a user']),
    ...(deepStoragePassword === undefined ? [] : ['a key']),
  ].join(' and ');
  const lists = Object.entries(properties).map(
    ([service, lines]) => `${service} ${lines.map((line) => /^[^=:\s]*/.exec(line)?.[0]).join(' ')}`,
  );
  return [
    `deep storage ${deepStorageType}${login === '' ? '' : ` with ${login}`}`,
    ...lists.map((list) => `properties of ${list}`),
  ].join('; ');
}
