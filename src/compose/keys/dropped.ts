const REFUSED = '`docker stack deploy` stops with an error';
const IGNORED = '`docker stack deploy` warns and drops it';
const SILENT = '`docker stack deploy` drops it without a word';

/**
 * Keys of the v3.8 schema that no service may use, and why (docker/cli, cli/compose/types/types.go: Forbidden-,
 * Unsupported- and DeprecatedProperties; tried with CLI 28.2). Keys below another key are written with a dot.
 */
export const DROPPED_KEYS: Readonly<Record<string, string>> = {
  ...each(REFUSED, [
    'extends',
    'volume_driver',
    'volumes_from',
    'cpu_quota',
    'cpu_shares',
    'cpuset',
    'mem_limit',
    'memswap_limit',
  ]),
  ...each(IGNORED, [
    'build',
    'cgroupns_mode',
    'cgroup_parent',
    'devices',
    'domainname',
    'external_links',
    'ipc',
    'links',
    'mac_address',
    'network_mode',
    'pid',
    'privileged',
    'security_opt',
    'shm_size',
    'userns_mode',
    'container_name',
    'expose',
  ]),
  restart: `${IGNORED} if deploy.restart_policy is there, which says more`,
  depends_on: `${SILENT}; services wait in their own start`,
  tmpfs: `${SILENT}; a volume of type tmpfs takes its place`,
  'networks.ipv4_address': SILENT,
  'networks.ipv6_address': SILENT,
  env_file: 'the CLI reads it on the machine that deploys and writes its lines into environment, which says the same',
  'volumes.consistency': 'only Docker Desktop looks at it, and no node of a swarm does',
};

function each(why: string, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, why]));
}
