import * as fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ComposeService } from '../../../../src/compose/types.ts';
import { BundleError } from '../../../../src/errors.ts';
import { runFolders } from '../../../../src/run-target/plan/folders.ts';
import { leftBehind, leftText } from '../../../../src/run-target/plan/left.ts';
import type { HostFolder, RunInput } from '../../../../src/run-target/plan/types.ts';
import { AWKWARD } from '../../compose/awkward.ts';
import { validateAnswers } from '../../../support/answers.ts';
import { cluster } from '../../stacks/imply.ts';
import { ADDRESSES, callsOf, foldersOf, inputOf } from '../support.ts';

const ONE = { agents: { master: { nodes: ['node1'] }, query: { nodes: ['node1'] }, data: { nodes: ['node1'] } } };
/** One agent on each host: they all want the same ports. */
const THREE = { agents: { master: { nodes: ['node1'] }, query: { nodes: ['node2'] }, data: { nodes: ['node3'] } } };

/** `npx vitest run --project unit test/unit/run-target -u` writes them anew. */
describe.each([
  ['one-node', ONE, 'bridge'],
  ['three-nodes', THREE, 'bridge'],
  ['three-nodes-host', THREE, 'host'],
] as const)('%s', (name, answers, network) => {
  const folders = foldersOf(cluster(answers), { network });
  it.each(folders)('$host has the commands', async ({ host, files }) => {
    await expect(files.find(({ path }) => path === 'run.sh')?.content).toMatchFileSnapshot(
      join(import.meta.dirname, 'golden', name, `${host}.sh`),
    );
  });
  it.each(folders)('$host has its README.md', async ({ host, files }) => {
    await expect(files.find(({ path }) => path === 'README.md')?.content).toMatchFileSnapshot(
      join(import.meta.dirname, 'golden', name, `${host}.md`),
    );
  });
});

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof BundleError) return error.message;
    throw error;
  }
  return 'not refused';
};

describe('refuses', () => {
  it.each([
    [
      'two agents on one host of several',
      cluster({ agents: { ...THREE.agents, query: { nodes: ['node1'] } } }),
      {},
      /imply-master-1 and imply-query-1 on node1 \(9994, 9997\): services on other hosts dial these/,
    ],
    [
      'several agents with host networking',
      cluster(ONE),
      { network: 'host' },
      /imply-master-1 and imply-query-1 on node1 \(9994, 9997\).*listens on its host itself/,
    ],
    [
      'hosts without an address',
      cluster(THREE),
      { addresses: { node1: '10.0.0.11' } },
      /the address of node2, node3 is not known/,
    ],
    [
      'a secret in the environment',
      cluster({ ...ONE, secretDelivery: 'env' }),
      {},
      /imply-manager takes IMPLY_MANAGER_STORE_PASSWORD from the environment/,
    ],
    [
      'a moved port with host networking',
      cluster({ ...THREE, manager: { nodes: ['node1'], port: 9797 } }),
      { network: 'host' },
      /imply-manager publishes 9797 for its port 9097/,
    ],
    [
      'a port on every node',
      cluster({ ...ONE, manager: { nodes: ['node1'], portMode: 'ingress' } }),
      {},
      /imply-manager publishes 9097 by ingress/,
    ],
    [
      'an encrypted network over several hosts',
      cluster({ ...THREE, network: { encrypted: true } }),
      {},
      /network imply is to be encrypted between hosts/,
    ],
    ['a service without a node', cluster(ONE), { placements: [] }, /mysql is pinned to no node/],
    [
      'a service of several nodes',
      cluster(ONE),
      { placements: [{ role: 'x', nodes: ['node1', 'node2'], services: ['mysql'] }] },
      /mysql may run on any of node1, node2/,
    ],
  ] as const)('%s', (_name, bundle, over, message) => {
    expect(refusal(() => foldersOf(bundle, over as Partial<RunInput>))).toMatch(message);
  });

  const changed = (change: Partial<ComposeService>): string =>
    refusal(() => {
      const input = inputOf(cluster(ONE));
      const { mysql } = input.document.services;
      return runFolders({
        ...input,
        document: {
          ...input.document,
          services: { ...input.document.services, mysql: { ...(mysql as ComposeService), ...change } },
        },
      });
    });
  it.each([
    ['a value of several lines', { environment: { A: 'a\nb' } }, /value of A has several lines/],
    ['a template of the swarm', { environment: { A: '{{.Task.Slot}}' } }, /A has a template of the swarm/],
    ['a secret with an owner', { secrets: [{ source: 'store-password', target: 'x', uid: '999' }] }, /belong to 999:/],
    [
      'a path that --mount cannot hold',
      { volumes: [{ type: 'bind', source: '/a,b', target: '/c' }] },
      /"\/a,b" cannot be mounted/,
    ],
    ['a second network', { networks: { imply: { aliases: [] }, other: { aliases: [] } } }, /attached to 2 networks/],
  ] as const)('%s', (_name, change, message) => expect(changed(change as Partial<ComposeService>)).toMatch(message));

  it('a network of another stack, and says how its servers are named instead', () => {
    const input = inputOf(cluster(ONE));
    const networks = { ...input.document.networks, theirs: { joined: 'store_backend' } };
    expect(() => runFolders({ ...input, document: { ...input.document, networks } })).toThrow(
      expect.objectContaining({
        code: 'run-target',
        message: 'store_backend is a network of another stack of a swarm, and hosts without a swarm have none',
        hints: ['name the servers that are dialled there by their hosts'],
      }) as Error,
    );
  });

  it('says of a stack whose secrets have an owner that it runs in a swarm alone', () =>
    expect(() =>
      foldersOf(validateAnswers({ version: 1, stack: 'kafka', name: 'events', nodes: ['node1'] }, 'bundle.yaml')),
    ).toThrow(expect.objectContaining({ hints: [expect.stringMatching(/runs in a swarm alone/)] }) as Error));

  it('says how agents that clash may be placed', () => {
    expect(() => foldersOf(cluster({ agents: { ...THREE.agents, query: { nodes: ['node1'] } } }))).toThrow(
      expect.objectContaining({
        hints: ['one of these a host, or all services on one host with --network bridge'],
      }) as Error,
    );
  });

  it('takes an encrypted network on one host: nothing leaves it', () =>
    expect(foldersOf(cluster({ ...ONE, network: { encrypted: true } }))).toHaveLength(1));
});

it('README.md copies the folder as root’s own, and deletes nothing there but secrets that went', () => {
  const [folder] = foldersOf(cluster(ONE));
  const readme = folder?.files.find(({ path }) => path === 'README.md')?.content ?? '';
  expect(readme).toContain(
    '\nrsync -a --chown=root:root ./ root@node1:/opt/prod/\n' +
      'rsync -a --chown=root:root --delete ./secrets/ root@node1:/opt/prod/secrets/\n',
  );
  // Answers may have data below the folder.
  expect(readme.match(/--delete .*/g)).toEqual([expect.stringMatching(/secrets\/$/)]);
});

it('README.md names the services with a health check, which docker does not restart', () => {
  const readmes = foldersOf(cluster(THREE)).map(
    ({ files }) => files.find(({ path }) => path === 'README.md')?.content ?? '',
  );
  expect(readmes[0]).toContain('docker restart prod_mysql\n');
  expect(readmes[0]).toContain('docker restart prod_zookeeper-1\n');
  // Agents have none.
  expect(readmes[1]).not.toContain('health');
});

describe('what a rendering before had on a host', () => {
  const scripts = (folders: readonly HostFolder[]) =>
    folders.map(({ host, files }) => ({ host, script: files.find(({ path }) => path === 'run.sh')?.content ?? '' }));
  const before = scripts(foldersOf(cluster(THREE)));

  it('is nothing to stop if it is there still', () => expect(leftBehind('prod', before, before)).toEqual([]));

  it('and another host has now is to be stopped there first; a host without a service is to be cleared', () => {
    const now = scripts(
      foldersOf(cluster({ agents: { ...THREE.agents, data: { nodes: ['node4'] } } }), {
        addresses: { ...ADDRESSES, node4: '10.0.0.14' },
      }),
    );
    const left = leftBehind('prod', before, now);
    expect(left).toEqual([
      { host: 'node3', service: 'imply-data-1', container: 'prod_imply-data-1', now: 'node4', wholeHost: true },
    ]);
    expect(leftText('prod', left)).toEqual([
      'node3 no longer has imply-data-1 (now on node4): no run.sh stops what runs there. Before run.sh on node4, on ' +
        'node3: docker stop prod_imply-data-1 && docker rm prod_imply-data-1 (volumes stay on node3); nothing else of ' +
        'prod is on node3: remove /opt/prod/secrets there',
    ]);
  });

  it('and no host has now is to be stopped', () => {
    const old = before.map(({ host, script }) => ({
      host,
      script: host === 'node1' ? `${script}\n# old\nthere prod_old || docker run old\n` : script,
    }));
    expect(leftText('prod', leftBehind('prod', old, before))).toEqual([
      'node1 no longer has old (no longer in bundle.yaml): no run.sh stops what runs there. On node1: docker stop ' +
        'prod_old && docker rm prod_old (volumes stay on node1)',
    ]);
  });
});

it.each([
  [
    'one host',
    ONE,
    { network: { subnet: '10.20.0.0/24', mtu: 1400 } },
    ['--opt', 'com.docker.network.driver.mtu=1400', '--subnet', '10.20.0.0/24', 'prod_imply'],
  ],
  [
    'each of several hosts',
    THREE,
    { network: { subnet: '10.20.0.0/24', mtu: 9000, encrypted: false } },
    ['--opt', 'com.docker.network.driver.mtu=9000', '--subnet', '10.20.0.0/24', 'prod_imply'],
  ],
  ['one host, of an encrypted network', ONE, { network: { encrypted: true } }, ['prod_imply']],
] as const)('the network has its subnet and MTU on %s', (_name, answers, network, words) => {
  for (const { files } of foldersOf(cluster({ ...answers, ...network }))) {
    expect(callsOf(files.find(({ path }) => path === 'run.sh')?.content ?? '')[0]).toEqual([
      'network',
      'create',
      ...words,
    ]);
  }
});

it.each([
  [
    'is not there',
    '',
    [
      ['network', 'create'],
      ['run', '--detach'],
    ],
  ],
  [
    'was made and never started',
    'created',
    [
      ['network', 'create'],
      ['rm', 'prod_mysql'],
      ['run', '--detach'],
    ],
  ],
  ['runs', 'running', [['network', 'create']]],
  ['has ended', 'exited', [['network', 'create']]],
] as const)('a container that %s', (_name, status, expected) => {
  const [folder] = foldersOf(cluster(ONE));
  const calls = callsOf(folder?.files.find(({ path }) => path === 'run.sh')?.content ?? '', undefined, status);
  expect(calls.slice(0, expected.length).map((words) => words.slice(0, 2))).toEqual(expected);
  expect(calls.some(([verb]) => verb === 'run')).toBe(expected.some(([verb]) => verb === 'run'));
});

it('every word reaches docker as it is', () => {
  const input = inputOf(cluster(ONE));
  const line = fc.constantFrom(...AWKWARD.filter((text) => !/[\0\x1d\x1e]/.test(text)));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 3 }),
      fc.array(line, { maxLength: 4 }),
      line,
      line,
      (entrypoint, command, probe, option) => {
        const mysql = {
          ...(input.document.services['mysql'] as ComposeService),
          entrypoint,
          command,
          logging: { driver: 'json-file', options: { tag: option } },
        };
        const healthcheck = {
          ...(mysql.healthcheck as NonNullable<ComposeService['healthcheck']>),
          test: ['CMD-SHELL', probe],
        };
        const [folder] = runFolders({
          ...input,
          document: { ...input.document, services: { ...input.document.services, mysql: { ...mysql, healthcheck } } },
        });
        const call =
          callsOf(folder?.files.find(({ path }) => path === 'run.sh')?.content ?? '').find((words) =>
            words.includes('prod_mysql'),
          ) ?? [];
        expect(call[call.indexOf('--log-opt') + 1]).toBe(`tag=${option}`);
        expect(call[call.indexOf('--health-cmd') + 1]).toBe(probe);
        const [program, ...before] = entrypoint;
        expect(call.includes('--entrypoint') ? call[call.indexOf('--entrypoint') + 1] : undefined).toBe(program);
        expect(call.slice(call.lastIndexOf(mysql.image) + 1)).toEqual([...before, ...command]);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

it('a folder holds the secrets that its own services mount, and an agent’s never the CA’s key', () => {
  const node = fc.constantFrom('node1', 'node2', 'node3', 'node4', 'node5');
  fc.assert(
    fc.property(
      fc.uniqueArray(node, { minLength: 3, maxLength: 3 }),
      node,
      node,
      fc.boolean(),
      ([master = '', query = '', data = ''], manager, store, tls) => {
        const bundle = cluster({
          manager: { nodes: [manager] },
          store: { nodes: [store] },
          agents: { master: { nodes: [master] }, query: { nodes: [query] }, data: { nodes: [data] } },
          ...(tls ? {} : { tls: { enabled: false }, authentication: { allowClearText: true } }),
        });
        const { document } = inputOf(bundle);
        for (const { host, secrets, files } of foldersOf(bundle, {
          addresses: Object.fromEntries(
            ['node1', 'node2', 'node3', 'node4', 'node5'].map((name, index) => [name, `10.0.0.${index + 1}`]),
          ),
        })) {
          const script = files.find(({ path }) => path === 'run.sh')?.content ?? '';
          const own = Object.entries(document.services).filter(([name]) => script.includes(`\n# ${name}\n`));
          const mounted = new Set(
            own.flatMap(([, service]) => (service.secrets ?? []).map(({ source }) => document.secrets[source]?.name)),
          );
          expect(new Set(secrets.map(({ name }) => name))).toEqual(mounted);
          expect(secrets.some(({ name }) => name.includes('ca.key'))).toBe(tls && host === manager);
          expect(files.map(({ path }) => path).filter((path) => path.endsWith('.env')).length).toBe(own.length);
        }
      },
    ),
    { numRuns: 60 },
  );
});
