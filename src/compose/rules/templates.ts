import { eachService, type Problem } from '../problem.ts';
import type { ComposeService } from '../types.ts';

// moby/swarmkit, template/expand.go: environment values, host name, mount source and target, volume labels. Nothing
// else.
const ACTION = /\{\{([\s\S]*?)(\}\}|$)/g;
const FIELD = /\.(Service\.(ID|Name|Labels)|Node\.(ID|Hostname|Platform)|Task\.(ID|Name|Slot))\b/;

/** Templates where swarm does not expand them, and double braces where it would though no template is meant. */
export const templateRules = eachService((service, path) => [
  ...elsewhere(service).flatMap(([key, text]): Problem[] =>
    actions(text).some((action) => FIELD.test(action))
      ? [
          {
            id: 'template-place',
            path: `${path}.${key}`,
            message: 'swarm does not expand templates here: the text would stay as it is',
            fix: 'Pass it through an environment value.',
          },
        ]
      : [],
  ),
  ...expanded(service).flatMap(([key, text]): Problem[] =>
    actions(text).some((action) => !FIELD.test(action) && !/^-?\s*(end|else)\b/.test(action))
      ? [
          {
            id: 'template-foreign',
            path: `${path}.${key}`,
            message: 'swarm reads {{ as the start of a template of its own, and would refuse or change the value',
            fix: 'Keep {{ out of the value, or give it in a file.',
          },
        ]
      : [],
  ),
]);

function elsewhere(service: ComposeService): [string, string][] {
  return [
    ['image', service.image],
    ...(service.entrypoint ?? []).map((word): [string, string] => ['entrypoint', word]),
    ...(service.command ?? []).map((word): [string, string] => ['command', word]),
    ...(service.healthcheck?.test ?? []).map((word): [string, string] => ['healthcheck.test', word]),
    ...Object.entries(service.networks).flatMap(([network, { aliases }]) =>
      aliases.map((alias): [string, string] => [`networks.${network}.aliases`, alias]),
    ),
    ...service.deploy.constraints.map((constraint): [string, string] => ['deploy.placement.constraints', constraint]),
    ...(service.secrets ?? []).map((mount): [string, string] => ['secrets', mount.target]),
  ];
}

function expanded(service: ComposeService): [string, string][] {
  return [
    ...Object.entries(service.environment ?? {}).map(([name, value]): [string, string] => [
      `environment.${name}`,
      typeof value === 'string' ? value : '',
    ]),
    ['hostname', service.hostname ?? ''],
    ...(service.volumes ?? []).map((mount): [string, string] => ['volumes', `${mount.source} ${mount.target}`]),
  ];
}

function actions(text: string): string[] {
  return [...text.matchAll(ACTION)].map((match) => match[1] ?? '');
}
