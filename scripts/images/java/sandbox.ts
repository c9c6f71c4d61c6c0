/** Programs of an unpacked image, run to build its next layer: as in a container, with no network but loopback. */
import { run, type RunOptions, type RunResult } from '../../lab/exec.ts';
import { PATH } from '../recipes/recipe.ts';

/** In namespaces of its own, which end, with everything in them, when the first process does or is killed. */
const NAMESPACES = ['--mount', '--uts', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private'];

/** The host's name is `localhost`, which an image's own hosts file need not know. */
const ENTER = `
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
hostname localhost
ip link set lo up
tree=$1 user=$2
shift 2
exec chroot --userspec="$user" "$tree" "$@"
`;

export interface InsideOptions extends RunOptions {
  /** Number of user and group (default: root). */
  user?: number;
  /** The whole environment; nothing of this process's own goes in. Its PATH ends with the usual one. */
  env?: Record<string, string>;
}

/**
 * Runs a program of a tree under its root, with `/proc` and `/dev`.
 *
 * @throws CommandError as `run` does.
 */
export function runIn(
  tree: string,
  argv: readonly string[],
  { user = 0, env = {}, ...options }: InsideOptions = {},
): Promise<RunResult> {
  const variables = Object.entries({ ...env, PATH: env['PATH'] === undefined ? PATH : `${env['PATH']}:${PATH}` });
  const clean = ['env', '-i', ...variables.map(([name, value]) => `${name}=${value}`)];
  return run(
    [...clean, 'unshare', ...NAMESPACES, 'sh', '-euc', ENTER, 'sh', tree, `${user}:${user}`, ...argv],
    options,
  );
}
