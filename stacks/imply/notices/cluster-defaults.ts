import type { Notice } from '../../../src/sdk/definition.ts';
import { PROPERTY_SERVICES, nameOf } from '../answers/cluster-defaults.ts';
import type { ImplyAnswers } from '../answers.ts';

/** Names whose values are most likely secrets: druid.x.password, druid.s3.secretKey, druid.azure.key. */
const SECRET_NAME = /password|passwd|secret|token|credential|(^|[._-])key$|(access|private|account|api)key$/i;

/** What the further defaults of new clusters risk; names only, never a value. */
export function clusterDefaultsNotices({ clusterDefaults }: ImplyAnswers): Notice[] {
  const list: Notice[] = [];
  const found = PROPERTY_SERVICES.flatMap((service) =>
    clusterDefaults.properties[service]
      .map(propertyName)
      .filter((name) => SECRET_NAME.test(name))
      .map((name) => `${service}: ${name}`),
  );
  if (found.length > 0) {
    list.push({
      name: 'secret-property',
      level: 'warning',
      text:
        `clusterDefaults.properties seems to hold secrets (${found.join(', ')}): bundle.yaml, stack.yml and ` +
        `\`docker service inspect\` show them to anyone who may read those`,
      hint:
        'deepStorage.user with secretFiles.deepStorageKey keeps the key of deep storage a secret; what else is ' +
        'secret, enter in the manager’s UI',
    });
  }
  if (clusterDefaults.update === 'hard')
    list.push({
      name: 'defaults-hard',
      level: 'warning',
      text: 'clusterDefaults.update is hard: changed defaults restart the running cluster',
      hint: 'rolling applies what needs no outage',
    });
  if (clusterDefaults.customFiles !== undefined || clusterDefaults.userExtensions !== undefined) {
    list.push({
      name: 'custom-files',
      level: 'info',
      text:
        'customFiles and userExtensions go to the manager as they are: of their JSON only the outer form is known ' +
        '(a list, a mapping), from the vendor’s chart',
    });
  }
  if (clusterDefaults.properties.pivot.length > 0)
    list.push({
      name: 'pivot-lines',
      level: 'info',
      text:
        'clusterDefaults.properties.pivot goes to the manager as it is: the chart has such a list, its form is ' +
        'not documented',
    });
  return list;
}

/** Pivot's lines may be YAML: `key: value`. */
const propertyName = (text: string): string => nameOf(text.replace(/^([^=:]*):/, '$1='));
