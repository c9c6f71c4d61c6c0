import type { PROPERTY_SERVICES } from './answers/cluster-defaults.ts';
import { s3Properties } from './answers/deep-storage.ts';
import type { ImplyAnswers } from './answers.ts';
import { storeAddress, zookeeperHosts } from './addresses.ts';

/**
 * The manager reads several properties from one variable, joined by a backslash and an n: not by a line end
 * [H2102..H2303].
 */
const SEPARATOR = '\\n';

/**
 * What the manager gives to new clusters: `imply_defaults_*`, names case-sensitive. Passwords are not among them
 * (secrets.ts).
 */
export function defaultsEnvironment(answers: ImplyAnswers): Record<string, string> {
  const { type, host, port, user } = storeAddress(answers);
  const {
    deepStorage,
    clusterDefaults: { update, implyVersion, customFiles, userExtensions },
  } = answers;
  const values: Record<string, string | undefined> = {
    zkType: 'external',
    zkHosts: zookeeperHosts(answers).join(','),
    zkBasePath: answers.zookeeper.basePath,
    metadataStorageType: type,
    metadataStorageHost: host,
    metadataStoragePort: String(port),
    metadataStorageUser: user,
    deepStorageType: deepStorage.type,
    deepStoragePath: deepStorage.path,
    deepStorageUser: deepStorage.user,
    implyVersion,
    customFiles,
    userExtensions,
  };
  for (const [service, lines] of Object.entries(propertiesOf(answers)))
    if (lines.length > 0) values[`${service}CustomDruidProperties`] = lines.join(SEPARATOR);
  return {
    ...(update === 'disabled' ? {} : { IMPLY_MANAGER_DEFAULTS_UPDATE_TYPE: update }),
    ...Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) =>
        value === undefined ? [] : [[`imply_defaults_${name}`, value]],
      ),
    ),
  };
}

/** Lines by service: those that follow from the deep storage, then the user's own. */
export function propertiesOf({
  deepStorage,
  clusterDefaults: { properties },
}: ImplyAnswers): Record<(typeof PROPERTY_SERVICES)[number], string[]> {
  return { ...properties, common: [...s3Properties(deepStorage), ...properties.common] };
}
