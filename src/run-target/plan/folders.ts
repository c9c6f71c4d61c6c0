import type { EnvironmentValue } from '../../compose/types.ts';
import { envFile, secretPath } from './command.ts';
import { hostsOf, placedServices } from './hosts.ts';
import { requireAddresses, refuseClashes } from './reach.ts';
import { hostReadme } from './readme.ts';
import { refuseUnrunnable } from './refuse.ts';
import { runScript } from './script.ts';
import type { HostFolder, Placed, RunInput } from './types.ts';

const PRIVATE = 0o600;
const PROGRAM = 0o700;
/** Where a mount names none, as in a swarm. */
const SECRET = 0o444;

/**
 * One folder for each host: the `docker run` commands of its services and the files that those name. Pure; the secrets'
 * contents are put in by who writes them.
 * @throws BundleError (exit 2) for what cannot be run without a swarm
 */
export function runFolders(input: RunInput): HostFolder[] {
  const placed = placedServices(input);
  refuseUnrunnable(input, placed);
  refuseClashes(placed, input);
  requireAddresses(placed, input);
  return hostsOf(placed).map((host) => {
    const own = placed.filter((one) => one.host === host);
    return {
      host,
      files: [
        { path: 'run.sh', content: runScript(own, placed, input), mode: PROGRAM },
        { path: 'README.md', content: hostReadme(host, own, placed, input), mode: PRIVATE },
        ...own.flatMap(({ name, service: { environment = {} } }) =>
          Object.keys(environment).length === 0
            ? []
            : [{ path: envFile(name), content: envText(environment), mode: PRIVATE }],
        ),
      ],
      secrets: secretFiles(own, input),
    };
  });
}

/** NAME=value, as `--env-file` reads it: nothing is quoted or expanded. */
function envText(environment: Readonly<Record<string, EnvironmentValue>>): string {
  return Object.entries(environment)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value as string}\n`)
    .join('');
}

/** The mode is for the readers in the container: on the host the folder around it lets nobody in. */
function secretFiles(own: readonly Placed[], { document }: RunInput): HostFolder['secrets'] {
  const files = new Map<string, HostFolder['secrets'][number]>();
  for (const { source, mode = SECRET } of own.flatMap(({ service }) => service.secrets ?? [])) {
    const name = document.secrets[source]?.name ?? source;
    files.set(name, { path: secretPath(name), name, mode: (files.get(name)?.mode ?? 0) | mode });
  }
  return [...files.values()];
}
