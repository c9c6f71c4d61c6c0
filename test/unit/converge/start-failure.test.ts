import { describe, expect, test } from 'vitest';
import type { SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { blanked, sameError, startFailure } from '../../../src/converge/start-failure.ts';
import type { StartFailure } from '../../../src/converge/start-patterns.ts';
import { FakeSwarm } from './fake-swarm.ts';
import { VirtualClock } from './virtual-clock.ts';

const swarm = new FakeSwarm(new VirtualClock());
const WITH_PORT = swarm.service('web', { ports: [{ protocol: 'tcp', target: 7777, published: 2377, mode: 'host' }] });
const WITHOUT = swarm.service('app');
const failing = (error: string, state: SwarmTask['state'] = 'failed'): SwarmTask =>
  swarm.task(WITHOUT, { state, error });
const told = (error: string, service: SwarmService = WITHOUT): StartFailure | undefined =>
  startFailure(failing(error), 'node1', service);

const TASK = ['k3x1q0v7m2z8c5n4b6l9j1h3g', '0wsz5q8jx3y7r2e1t6u9i4o5p'] as const;
const CONTAINER = [
  'ba6f0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
  '1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d',
] as const;
/** As engines 20.10.24 and 28.5.2 say it of a host port that another program holds. */
const TAKEN_20 = (n: 0 | 1): string =>
  `starting container failed: container ${CONTAINER[n]}: endpoint join on GW Network failed: driver failed ` +
  `programming external connectivity on endpoint gateway_${CONTAINER[n].slice(0, 12)} (${CONTAINER[n]}): Error ` +
  'starting userland proxy: listen tcp4 0.0.0.0:2377: bind: address already in use';
const TAKEN_28 = (n: 0 | 1): string =>
  'starting container failed: failed to set up container networking: driver failed programming external ' +
  `connectivity on endpoint prod_app.1.${TASK[n]} (${CONTAINER[n]}): failed to bind host port for ` +
  `0.0.0.0:2377:172.18.0.${String(n + 2)}:7777/tcp: address already in use`;

test.each([
  'No such image: registry.example:5000/app:1',
  'toomanyrequests: You have reached your unauthenticated pull rate limit.',
  'denied: Your authorization token has expired. Reauthenticate and try again.',
])('a log-in that is lacking is not said to come with the next deploy: %s', (error) => {
  const hints = told(error)?.hints.join('\n');
  expect(hints).toContain('`docker service update --with-registry-auth prod_app`');
  expect(hints).not.toMatch(/deploy again|next deploy/);
});

test('a job is run again by a new log-in', () => {
  const job = swarm.service('once', { mode: { kind: 'replicated-job', replicas: 1 } });
  const hints = startFailure(failing('No such image: app:1'), 'node1', job)?.hints ?? [];
  expect(hints).toEqual([expect.stringMatching(/`docker service update .* prod_once`, which runs the job again$/)]);
});

describe('the kind of a failed start', () => {
  test.each<[StartFailure['kind'], string, RegExp]>([
    ['image', 'No such image: registry.example:5000/app:1', /image name/],
    [
      'image',
      'toomanyrequests: You have reached your unauthenticated pull rate limit. ' +
        'https://www.docker.com/increase-rate-limit',
      /docker login/,
    ],
    [
      'image',
      'failed to copy: httpReadSeeker: failed open: unexpected status code ' +
        'https://registry-1.docker.io/v2/library/debian/manifests/sha256:53: 429 Too Many Requests - Server ' +
        'message: toomanyrequests',
      /counts pulls/,
    ],
    [
      'image',
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host',
      /getent hosts/,
    ],
    [
      'image',
      'failed to resolve reference "docker.io/a/b:1": failed to do request: Head ' +
        '"https://registry-1.docker.io/v2/a/b/manifests/1": dial tcp: lookup registry-1.docker.io: Temporary ' +
        'failure in name resolution',
      /getent hosts/,
    ],
    [
      'image',
      'Get "https://r.example:5000/v2/": tls: failed to verify certificate: x509: certificate signed by unknown ' +
        'authority',
      /certs\.d/,
    ],
    [
      'image',
      'Get "https://r.example:5000/v2/": http: server gave HTTP response to HTTPS client',
      /insecure-registries/,
    ],
    [
      'image',
      'Get "https://r.example:5000/v2/": dial tcp 192.0.2.1:5000: connect: connection refused',
      /does not reach/,
    ],
    [
      'image',
      'Get "https://r.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout ' +
        'exceeded while awaiting headers)',
      /does not reach/,
    ],
    ['image', 'no matching manifest for linux/arm64/v8 in the manifest list entries', /platform/],
    ['image', 'image operating system "windows" cannot be used on this platform', /platform/],
    [
      'image',
      "pull access denied for app, repository does not exist or may require 'docker login': denied: requested " +
        'access to the resource is denied',
      /docker login/,
    ],
    // Neighbours: other registries, other ends of a pull (distribution, containerd: remotes/docker).
    ['image', 'Get "https://r.example/v2/": EOF', /does not reach/],
    [
      'image',
      'Get "https://r.example/v2/": read tcp 10.0.0.1:4->10.0.0.2:443: read: connection reset by peer',
      /does not reach/,
    ],
    ['image', 'Get "https://r.example/v2/": dial tcp 192.0.2.1:443: connect: network is unreachable', /does not reach/],
    ['image', 'Get "https://r.example/v2/": context deadline exceeded', /does not reach/],
    [
      'image',
      'Head "https://r.example/v2/a/manifests/1": received unexpected HTTP status: 503 Service Unavailable',
      /does not reach/,
    ],
    ['image', 'Get "https://r.example/v2/": Proxy Authentication Required', /docker info there/],
    ['image', 'Head "https://ghcr.io/v2/a/b/manifests/1": denied: denied', /docker login/],
    ['image', 'Head "https://gitlab.example/v2/a/manifests/1": denied: access forbidden', /docker login/],
    ['image', 'Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password', /docker login/],
    [
      'image',
      'failed to authorize: failed to fetch oauth token: unexpected status from GET request: 401 Unauthorized',
      /docker login/,
    ],
    ['image', 'denied: Your authorization token has expired. Reauthenticate and try again.', /docker login/],
    ['image', 'filesystem layer verification failed for digest sha256:53', /damaged/],
    ['image', 'failed to register layer: archive/tar: invalid tar header', /damaged/],
    [
      'image',
      'Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is disabled by default',
      /format/,
    ],
    ['disk', 'mkdir /var/lib/docker/overlay2/9f-init: read-only file system', /dmesg/],
    ['disk', 'open /var/lib/docker/containers/1/hostname: input/output error', /dmesg/],
    ['disk', 'devmapper: Thin Pool has 0 free data blocks which is less than minimum required 163840', /df -h/],
    ['network', 'node is missing network attachments, ip addresses may be exhausted', /no free address/],
    ['network', 'starting container failed: all predefined address pools have been fully subnetted', /no free address/],
    ['network', 'invalid pool request: Pool overlaps with other one on this address space', /vxlan/],
    [
      'network',
      'starting container failed: driver failed programming external connectivity on endpoint x (1): (iptables failed: ' +
        'iptables --wait -t nat -A DOCKER: iptables: No chain/target/match by that name. (exit status 1))',
      /firewalld/,
    ],
    [
      'network',
      'starting container failed: failed to create endpoint x on network prod_app: failed to add the host (veth1) <=> ' +
        'sandbox (veth2) pair interfaces: operation not supported',
      /restart that host/,
    ],
    ['network', 'Unable to complete atomic operation, key modified', /restarting/],
    ['network', 'invalid cluster node while attaching to network', /docker network inspect/],
    ['start-error', 'invalid mount config for type "bind": stat /srv/nfs: stale NFS file handle', /umount/],
    [
      'start-error',
      "error while creating mount source path '/mnt/s3': mkdir /mnt/s3: transport endpoint is not connected",
      /umount/,
    ],
    ['start-error', 'starting container failed: unknown or invalid runtime name: nvidia', /journalctl/],
    [
      'start-error',
      'starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to ' +
        'start container process: exec /docker-entrypoint.sh: exec format error: unknown',
      /made for another processor than that of node1/,
    ],
    ['start-error', 'could not select device driver "" with capabilities: [[gpu]]', /journalctl/],
    [
      'start-error',
      'starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to ' +
        'apply cgroup configuration: mkdir: permission denied',
      /journalctl/,
    ],
    [
      'start-error',
      'starting container failed: fork/exec /usr/bin/containerd-shim-runc-v2: resource temporarily unavailable',
      /free -m/,
    ],
    [
      'disk',
      'failed to register layer: Error processing tar file(exit status 1): write /usr/lib/jvm/modules: no space ' +
        'left on device',
      /df -h/,
    ],
    ['disk', 'mkdir /var/lib/docker/overlay2/abc-init: no space left on device', /df -i/],
    ['disk', 'error creating overlay mount to /var/lib/docker/overlay2/x/merged: disk quota exceeded', /df -h/],
    ['network', 'starting container failed: Address already in use', /docker network inspect/],
    ['network', 'failed to allocate gateway (10.0.3.1): Address already in use', /docker network inspect/],
    [
      'network',
      "starting container failed: no available IPv4 addresses on this network's address pools: prod_app (x1y2)",
      /no free address/,
    ],
    [
      'network',
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
      /no free address/,
    ],
    [
      'network',
      'starting container failed: network sandbox join failed: subnet sandbox join failed for "10.0.9.0/24": ' +
        'error creating vxlan interface: file exists',
      /vxlan/,
    ],
    [
      'network',
      'subnet sandbox join failed for "10.0.0.0/24": overlay subnet 10.0.0.0/24 has conflicts in the host while ' +
        'running in host mode',
      /vxlan/,
    ],
    ['network', 'starting container failed: network prod_app not found', /docker network inspect/],
    [
      'network',
      'attaching to network failed, make sure your network options are correct and check manager logs: context ' +
        'deadline exceeded',
      /docker network inspect/,
    ],
    [
      'start-error',
      'failed to listen to abstract unix socket "/containerd-shim/moby/1/shim.sock": listen unix ' +
        '/containerd-shim/moby/1/shim.sock: bind: address already in use: unknown',
      /containerd-shim/,
    ],
    [
      'start-error',
      'starting container failed: failed to create shim task: failed to start shim: start failed: ' +
        'unix:///run/containerd/s/1: address already in use',
      /containerd-shim/,
    ],
    [
      'start-error',
      'starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: ' +
        'unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
      /command/,
    ],
    [
      'start-error',
      'starting container failed: failed to create task for container: failed to create shim task: OCI runtime ' +
        'create failed: runc create failed: unable to start container process: error during container init: exec: ' +
        '"/nope": stat /nope: no such file or directory: unknown',
      /command/,
    ],
    [
      'start-error',
      'OCI runtime create failed: mkdir /sys/fs/cgroup/memory/docker/1: no space left on device',
      /journalctl/,
    ],
    [
      'start-error',
      'unable to start container process: unable to join session keyring: unable to create session key: disk ' +
        'quota exceeded',
      /journalctl/,
    ],
    [
      'start-error',
      'failed to initialize logging driver: dial tcp: lookup registry.logs.example on 127.0.0.11:53: no such host',
      /journalctl/,
    ],
    [
      'start-error',
      'error while mounting volume \'/var/lib/docker/volumes/x/_data\': failed to resolve address "nfs": lookup ' +
        'nfs: no such host',
      /journalctl/,
    ],
  ])('%s: %s', (kind, error, hint) => {
    for (const service of [WITHOUT, WITH_PORT]) {
      const failure = told(error, service);
      expect(failure).toMatchObject({ kind, hints: [expect.stringMatching(hint)] });
      expect(failure?.text).toContain('node1');
      expect(`${failure?.text ?? ''} ${failure?.hints.join(' ') ?? ''}`).not.toMatch(/ss -ltnp|outside the swarm/);
    }
  });

  test.each([
    TAKEN_20(0),
    TAKEN_28(0),
    'driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:2377 failed: port is ' +
      'already allocated',
  ])('a taken port is one only of a service that publishes: %s', (error) => {
    const failure = told(error, WITH_PORT);
    expect(failure).toMatchObject({ kind: 'port-taken', hints: [expect.stringContaining('ss -ltnp')] });
    expect(failure?.text).toContain('2377');
    expect(told(error)?.kind).not.toBe('port-taken');
    expect(JSON.stringify(told(error) ?? '')).not.toContain('ss -ltnp');
  });

  test.each([
    'task: non-zero exit (1)',
    '',
    'task: non-zero exit (137): dockerexec: unhealthy container',
    'assigned node no longer meets constraints',
    'task: non-zero exit (1): read-only file system',
  ])('what ran is none: "%s"', (error) => {
    expect(told(error, WITH_PORT)).toBeUndefined();
  });
});

describe('the same trouble in two tasks', () => {
  test.each<[string, string, string, boolean]>([
    ['a taken port, engine 20.10', TAKEN_20(0), TAKEN_20(1), true],
    ['a taken port, engine 28', TAKEN_28(0), TAKEN_28(1), true],
    ['a taken port, the engine upgraded in between', TAKEN_20(0), TAKEN_28(1), true],
    [
      'a taken port and a missing directory',
      TAKEN_28(0),
      'invalid mount config for type "bind": bind source path does not exist: /data',
      false,
    ],
    [
      'unknown words with ids of tasks',
      `cannot do it for prod_app.1.${TASK[0]}`,
      `cannot do it for prod_app.1.${TASK[1]}`,
      true,
    ],
    [
      'unknown words with addresses',
      'peer 10.0.1.5:7946 of 02:42:0a:00:01:05 at [fd00::5]:1 is lost',
      'peer 10.0.1.17:7946 of 02:42:0a:00:01:11 at [fd00::11]:1 is lost',
      true,
    ],
    [
      'unknown words with a process',
      'open /proc/4242/ns/net: no such thing, pid 4242',
      'open /proc/517/ns/net: no such thing, pid 517',
      true,
    ],
    ['other exit codes', 'task: non-zero exit (1)', 'task: non-zero exit (2)', false],
    ['the same exit code', 'task: non-zero exit (1)', 'task: non-zero exit (1)', true],
    ['other unknown words', 'one thing', 'another thing', false],
  ])('%s', (_name, one, other, same) => {
    expect(sameError(failing(one), failing(other), WITH_PORT)).toBe(same);
    expect(sameError(failing(other), failing(one), WITH_PORT)).toBe(same);
  });

  test('what is no id stays', () => {
    for (const text of [
      'bind source path does not exist: /srv/data',
      'exit (137)',
      'exec: "/nope": stat /nope: no such file',
      'counterrevolutionarieswords',
      'volume data-1 of 64 MiB',
    ])
      expect(blanked(text)).toBe(text);
  });

  test.each([
    ['20.10', TAKEN_20],
    ['28', TAKEN_28],
  ] as const)('both texts of a taken port are blanked to one, engine %s', (_engine, text) => {
    expect(blanked(text(0))).toBe(blanked(text(1)));
  });
});

describe('a script of ours that could not run the program', () => {
  const ended = (exitCode: number, Command: string[] | undefined, error = `task: non-zero exit (${exitCode})`) =>
    startFailure(
      {
        ...failing(''),
        exitCode,
        error,
        spec: { ContainerSpec: Command === undefined ? {} : { Command } },
      },
      'node1',
      WITHOUT,
    );
  const wrapper = ['/bin/sh', '-c', 'exec "$@"', 'export-secrets'];

  test.each([
    [126, /could not run it \(exit 126\)/, /Argument list too long/],
    [127, /does not find it \(exit 127\)/, /bundle init/],
  ])('exit %i is a start error', (code, text, hint) => {
    const failure = ended(code, wrapper);
    expect(failure).toMatchObject({ kind: 'start-error', text: expect.stringMatching(text) as string });
    expect(failure?.hints.join()).toMatch(hint);
  });

  test.each<[string, number, string[] | undefined]>([
    ['another code', 1, wrapper],
    ['the image’s own entrypoint', 127, undefined],
    ['another entrypoint', 126, ['/usr/bin/java', '-c', 'x']],
    ['a shell with a file', 127, ['/bin/sh', '/start.sh']],
  ])('%s is none', (_what, code, command) => {
    expect(ended(code, command)).toBeUndefined();
  });
});
