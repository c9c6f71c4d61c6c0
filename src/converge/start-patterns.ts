import type { SwarmService, SwarmTask } from '../engine/port.ts';
import { isJobService } from '../swarm/current-tasks.ts';
import type { OutcomeKind } from './outcome.ts';

export interface StartFailure {
  kind: OutcomeKind & ('image' | 'network' | 'disk' | 'port-taken' | 'bind-source' | 'secret-missing' | 'start-error');
  text: string;
  hints: string[];
  /** As of its pattern. */
  mayPassMs?: number;
}

type Named = Pick<SwarmService, 'name' | 'mode'>;

/** How the engines say one kind of trouble, and what is told of it. */
export interface Pattern {
  kind: StartFailure['kind'];
  error: RegExp;
  /** Texts that match `error` and are something else. */
  unless?: RegExp;
  /** Only of a service that publishes ports. */
  ports?: true;
  /** For so long it may be a delay of the swarm's that passes, however many tasks it ends. */
  mayPassMs?: number;
  /** @param where the node's name */
  explain(task: SwarmTask, where: string, service: Named): Pick<StartFailure, 'text' | 'hints'>;
}

/** What a pull, and nothing else, says: the registry's API, or that a reference is looked up. */
const PULL = String.raw`(/v2/|registry|manifest|pull|failed to resolve reference)`;

/**
 * The engine has not yet been told the node's own address in an overlay, because none is left, or because the managers
 * have many networks to make at once (seen on a busy lab: three tasks of one slot within 4 s, and then it went on).
 */
const MISSING_ATTACHMENTS = /missing network attachments/i;

/**
 * Errors that say the program was never started, and that waiting for a store or a peer cannot cure; the first that
 * fits counts. Texts: engines 20.10 to 28 on the lab, and reports (moby/moby#24486 and #34581 address on an overlay,
 * #38726 a shim's socket, moby/libnetwork#945 and #1765 vxlan, docker/hub-feedback#2429 rate limit).
 */
export const PATTERNS: readonly Pattern[] = [
  {
    kind: 'image',
    error: new RegExp(
      [
        'no such image',
        'pull access denied',
        'manifest .*(unknown|not found)',
        'failed to resolve reference',
        String.raw`toomanyrequests|429 too many requests|pull rate limit`,
        'no matching manifest for|no match for platform in manifest|image operating system .* cannot be used on ' +
          'this platform',
        'no basic auth credentials|requested access to the resource is denied|failed to fetch oauth token|' +
          'error parsing HTTP 40[13] response body|authorization token has expired',
        String.raw`unauthorized: (authentication|authorization|incorrect|access|not authorized)|\bdenied: (denied|access|.*permission)`,
        'filesystem layer verification failed|unexpected commit digest|invalid tar header|content digest .*not found|' +
          'schema 1 .*(disabled|not supported)|unsupported media ?type',
        `${PULL}.*(x509: |no such host|server misbehaving|temporary failure in name resolution|gave HTTP ` +
          'response to HTTPS client)',
        `${PULL}.*(connection refused|i/o timeout|no route to host|client\\.timeout exceeded|tls handshake timeout|` +
          'connection reset|network is unreachable|context deadline exceeded|EOF$|unexpected EOF|' +
          'unexpected http status|unexpected status code|bad gateway|proxy authentication required)',
      ].join('|'),
      'i',
    ),
    // Log drivers and volumes have servers, too.
    unless: /logging driver|mounting volume|VolumeDriver/i,
    explain: (task, where, service) => ({
      text: `${where} cannot pull the image ${image(task)}: ${task.error}`,
      hints: [pullHint(task.error, where, service)],
    }),
  },
  {
    kind: 'disk',
    error: new RegExp(
      [
        'no space left on device|disk quota exceeded',
        'thin pool has .* free (data|metadata) blocks',
        String.raw`/var/lib/(docker|containerd)\S*: (read-only file system|input/output error|structure needs cleaning)`,
      ].join('|'),
      'i',
    ),
    // The kernel says so of its tables as well: control groups, key rings, watches.
    unless: /\/sys\/fs\/cgroup|keyring|session key|inotify|mqueue|\/dev\/shm/i,
    explain: (task, where) =>
      /read-only|input\/output|needs cleaning/i.test(task.error)
        ? {
            text: `a disk of ${where} cannot be written: ${task.error}`,
            hints: [`on ${where}: dmesg -T shows why; a file system with errors is mounted for reading only`],
          }
        : {
            text: `a disk of ${where} is full: ${task.error}`,
            hints: [`on ${where}: df -h and df -i show which one, docker system df what Docker keeps there`],
          },
  },
  {
    kind: 'start-error',
    // Before the ports: the address is a file of containerd.
    error: /shim\b.*address already in use|listen unix .*address already in use/i,
    explain: (task, where) => ({
      text:
        `containerd on ${where} cannot start a container, since the socket of a former one is still there: ` +
        `${task.error}`,
      hints: [
        `on ${where}: ps -ef | grep containerd-shim shows what is left of former containers; restarting its ` +
          'engine clears them',
      ],
    }),
  },
  {
    kind: 'port-taken',
    error:
      /(listen (tcp|udp|sctp)|bind for|bind host port|userland proxy|external connectivity).*(address already in use|port is already allocated)|port is already allocated/i,
    ports: true,
    explain: (task, where) => ({
      text:
        `a port that the service publishes is taken on ${where} by something outside the swarm: ` +
        `${lastWords(task.error)}`,
      hints: [`on ${where}: ss -ltnp shows which process holds it`],
    }),
  },
  {
    kind: 'network',
    error: MISSING_ATTACHMENTS,
    mayPassMs: 45_000,
    explain: networkTrouble,
  },
  {
    kind: 'network',
    error: new RegExp(
      [
        'address already in use',
        String.raw`no available ipv[46] addresses`,
        'could not find an available.*(ip|address)',
        'pool overlaps with|networks have overlapping',
        'all predefined address pools have been fully subnetted',
        'no chain/target/match by that name|unable to complete atomic operation',
        'sandbox join failed',
        'error creating vxlan',
        'overlay subnet .* has conflicts',
        'attaching to network',
        'failed to allocate (gateway|network|address)',
        String.raw`network \S+ not found|no such network`,
        'failed to create endpoint|endpoint with name .* already exists',
        'failed to set up container networking',
        'failed programming external connectivity',
      ].join('|'),
      'i',
    ),
    explain: networkTrouble,
  },
  {
    kind: 'start-error',
    error: /stale (NFS )?file handle|transport endpoint is not connected/i,
    explain: (task, where) => ({
      text: `a directory that the service mounts is of a server that ${where} has lost: ${task.error}`,
      hints: [`on ${where}: umount -l it and mount it anew, once its server answers`],
    }),
  },
  {
    kind: 'bind-source',
    error: /bind source path does not exist/i,
    explain: (task, where) => ({
      text: `${where} lacks a directory that the service mounts: ${task.error}`,
      hints: [`create the directory on ${where}, or choose nodes that have it`],
    }),
  },
  {
    kind: 'secret-missing',
    error: /(secret|config) reference|unable to get (secret|config) from/i,
    explain: (task, where) => ({
      text: `${where} did not get a secret or config that the task mounts: ${task.error}`,
      hints: ['docker secret ls shows what the swarm holds; `bundle prepare` makes what stack.yml names'],
    }),
  },
  {
    kind: 'start-error',
    error:
      /failed to initialize logging driver|error while mounting volume|VolumeDriver\.|\/sys\/fs\/cgroup.*no space left|session key/i,
    explain: (task, where) => ({
      text: `${where} cannot make the container: ${task.error}`,
      hints: [`journalctl -u docker on ${where} shows more`],
    }),
  },
  {
    kind: 'start-error',
    error:
      /executable file not found|invalid mount config|exec format error|unable to find user|no matching entries in passwd|cannot mkdir|exec: .*(permission denied|no such file)/i,
    explain: (task, where) => ({
      text:
        `the program cannot be started on ${where}: ` +
        `${task.error.replace(/^.*unable to start container process: /, '')}`,
      hints: [
        /exec format error/i.test(task.error)
          ? `the image, or a program in it, is made for another processor than that of ${where}; or it is a script ` +
            'without #!'
          : 'check the image, and the command, user and working directory that the service sets',
      ],
    }),
  },
  {
    kind: 'start-error',
    // Whatever it is: the engine, or its runtime, says that no program was started.
    error:
      /^starting container failed: |OCI runtime create failed|runc (create|run) failed|failed to (create|start) (shim|task)|unable to start container process|unknown or invalid runtime|could not select device driver/i,
    explain: (task, where) => ({
      text: `${where} cannot start the container: ${task.error}`,
      hints: [
        /cannot allocate memory|resource temporarily unavailable|too many open files/i.test(task.error)
          ? `${where} has no more of something: free -m, ps -e | wc -l and ulimit -a there`
          : `journalctl -u docker on ${where} shows more; docker run of the same image there should say the same`,
      ],
    }),
  },
];

/** How a shell ends that could not run what it was told to (POSIX: Exit Status for Commands). */
export const NOT_RUN: Readonly<Record<number, Pattern>> = {
  126: {
    kind: 'start-error',
    error: /./,
    explain: (_task, where) => ({
      text: `the script that starts the program on ${where} found it and could not run it (exit 126)`,
      hints: [
        'its last lines say why: "Argument list too long" is a variable of more than 128 KiB, "Permission denied" a ' +
          'file that this user may not run',
      ],
    }),
  },
  127: {
    kind: 'start-error',
    error: /./,
    explain: (_task, where) => ({
      text: `the script that starts the program on ${where} does not find it (exit 127)`,
      hints: [
        'check what the image runs by itself: `bundle init` on this directory reads it anew into bundle.lock.json',
      ],
    }),
  },
};

/**
 * How nodes get a new log-in for a service that is deployed: `deploy` leaves one alone that did not change. A task that
 * runs is not replaced by it (moby/swarmkit: manager/orchestrator/task.go, IsTaskDirty), but every update of a job runs
 * it again (manager/controlapi/service.go).
 */
export function renewLogin(service: Named): string {
  const effect = isJobService(service) ? 'runs the job again' : 'restarts nothing that runs';
  return `\`docker service update --with-registry-auth ${service.name}\`, which ${effect}`;
}

function pullHint(error: string, where: string, service: Named): string {
  if (/toomanyrequests|429|rate limit/i.test(error))
    return (
      `the registry counts pulls: log in on this machine (docker login), then ${renewLogin(service)}; or wait, or use ` +
      'a registry of your own'
    );
  if (/x509/.test(error))
    return (
      `${where} does not trust the registry’s certificate: put its CA into /etc/docker/certs.d/REGISTRY/ca.crt ` +
      'there'
    );
  if (/no such host|misbehaving|name resolution/i.test(error))
    return `on ${where}: getent hosts REGISTRY; its name does not resolve there`;
  if (/no matching manifest|no match for platform|cannot be used on this platform/i.test(error))
    return `the image is not made for the platform of ${where}: docker manifest inspect shows for which it is`;
  if (/verification failed|commit digest|tar header|content digest|unexpected EOF/i.test(error))
    return `what ${where} got of the image is damaged: docker pull there; if it ends alike, push the image anew under another tag`;
  if (/schema 1|media ?type/i.test(error))
    return 'the image is in a format that this engine does not take: push it anew under another tag';
  if (/proxy/i.test(error)) return `see the proxy that the engine of ${where} is set to: docker info there names it`;
  if (
    /connection (refused|reset)|timeout|no route to host|unreachable|deadline|EOF$|bad gateway|unexpected (http status|status code)/i.test(
      error,
    )
  )
    return `${where} does not reach the registry: try docker pull there`;
  if (/HTTP response to HTTPS/i.test(error))
    return `the registry speaks plain HTTP: name it under insecure-registries in /etc/docker/daemon.json on ${where}`;
  return (
    'check the image name; if it is right, log in to its registry on this machine (docker login), then ' +
    renewLogin(service)
  );
}

function networkTrouble(task: SwarmTask, where: string): Pick<StartFailure, 'text' | 'hints'> {
  return {
    text: `${where} cannot join the task to its network: ${task.error}`,
    hints: [networkHint(task.error, where)],
  };
}

function networkHint(error: string, where: string): string {
  if (/operation not supported|not supported by protocol|modprobe/i.test(error))
    return `the kernel of ${where} lacks a module, as after an update without a restart: restart that host`;
  if (/no chain\/target\/match/i.test(error))
    return `something on ${where} took Docker’s firewall rules away, such as a restart of firewalld: restart its engine`;
  if (/no available ipv|could not find an available|fully subnetted|missing network attachments/i.test(error))
    return 'the network has no free address: set network.subnet to a larger one, or remove services that use it';
  if (/vxlan|conflicts|overlaps/i.test(error))
    return (
      `on ${where}: ip -d link show type vxlan and ip route show what has the same id or addresses; restarting ` +
      'its engine clears what is left over'
    );
  return (
    `on ${where}: docker network inspect shows which addresses it holds for the network; restarting its engine ` +
    'clears what is left over'
  );
}

/** Of an error that the engine wrapped many times, what it is about. */
function lastWords(error: string): string {
  return /(listen \S+ .*|Bind for .*|failed to bind host port .*)$/i.exec(error)?.[1] ?? error;
}

function image(task: SwarmTask): string {
  return task.image.replace(/@sha256:[0-9a-f]{64}$/, '');
}
