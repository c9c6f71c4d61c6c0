import { shellWord } from '../../shell-word.ts';
import { ownNetworks } from '../../compose/networks.ts';
import type { OverlayNetwork } from '../../compose/types.ts';
import { bridgeName, containerName, runLines } from './command.ts';
import type { Placed, RunInput } from './types.ts';
import { commandText } from './word.ts';

/**
 * run.sh of one host: plain `docker run` commands, which also may be run one by one. Containers that were started
 * already are left alone.
 */
export function runScript(own: readonly Placed[], all: readonly Placed[], input: RunInput): string {
  const networks =
    input.network === 'host' ? [] : [...new Set(own.flatMap(({ service }) => Object.keys(service.networks)))];
  const blocks = [
    networks.map((key) => networkLine(bridgeName(input.stack, key), ownNetworks(input.document)[key])).join('\n'),
    ...own.map((placed) => {
      const name = shellWord(containerName(input.stack, placed.name));
      return `# ${placed.name}\nthere ${name} || ${commandText('docker run', runLines(placed, all, input))}`;
    }),
  ];
  return `${HEAD}\n${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The services whose containers a run.sh makes, as `runScript` wrote it. */
export function servicesIn(script: string): string[] {
  return [...script.matchAll(/^# (\S+)\nthere /gm)].map(([, service = '']) => service);
}

/**
 * Each host's bridge is a network of its own behind the host's address, so that one subnet does for all of them. A
 * bridge takes nothing off the MTU, as an overlay does: it is the hosts' own.
 */
function networkLine(name: string, { driverOpts, internal, subnet }: Partial<OverlayNetwork> = {}): string {
  const mtu = driverOpts?.[MTU];
  const options = [
    ...(mtu === undefined ? [] : [`--opt ${shellWord(`${MTU}=${mtu}`)}`]),
    ...(internal === true ? ['--internal'] : []),
    ...(subnet === undefined ? [] : [`--subnet ${shellWord(subnet)}`]),
  ];
  return `docker network inspect ${name} >/dev/null 2>&1 || ${['docker network create', ...options, name].join(' ')}`;
}

/** The overlay driver's option and the bridge driver's. */
const MTU = 'com.docker.network.driver.mtu';

const HEAD = `#!/bin/sh
# Rendered by \`bundle render --target run\`: README.md beside this file says how to use it.
set -eu
cd -- "$(dirname -- "$0")" >/dev/null
here=$(pwd -P)
case $here in
  *[,\\"]*) echo "$here: a path with a comma or a quote cannot be mounted; move this folder" >&2; exit 1 ;;
esac
# One that docker made and could not start, say for a port that was taken, is made anew.
there() {
  case $(docker container inspect --format '{{.State.Status}}' "$1" 2>/dev/null) in
    '') return 1 ;;
    created) docker rm "$1" >/dev/null; return 1 ;;
  esac
  echo "$1 is there already; it is left as it is"
}
`;
