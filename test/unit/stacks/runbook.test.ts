import { describe, expect, it } from 'vitest';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { bundleReadme } from '../../../src/bundle/readme.ts';
import { runCli } from '../../../src/cli.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { containerOf } from '../../../stacks/common/containers.ts';
import { cluster, lockOf, rendered } from './imply.ts';

const SHAPES: Record<string, Record<string, unknown>> = {
  'everything on': {},
  'TLS off': { tls: { enabled: false }, authentication: { allowClearText: true } },
  'nothing on': { tls: { enabled: false }, authentication: { enabled: false }, license: 'file' },
  'external store and ZooKeeper': {
    store: { host: 'db.example.org', user: 'imply' },
    zookeeper: { hosts: ['zk1:2181', 'zk2:2182'] },
  },
  'by ingress, encrypted': {
    manager: { nodes: ['node1'], portMode: 'ingress', port: 443 },
    network: { encrypted: true },
  },
  'query ports closed': {
    agents: {
      master: { nodes: ['node1'] },
      query: { nodes: ['node2'], publish: { enabled: false } },
      data: { nodes: ['node2'] },
    },
  },
};

function runbookOf(over: Record<string, unknown>): { text: string; section: (title: string) => string } {
  const bundle = cluster(over);
  const text = bundleReadme(
    bundle,
    bundle.definition.plan(bundle.name, bundle.answers),
    lockOf(bundle),
    rendered(bundle).document,
  );
  return { text, section: (title) => text.split('\n## ').find((part) => part.startsWith(`${title}\n`)) ?? '' };
}

/** The words that bundle knows: its commands, and the paths that `--set` takes for these answers. */
async function vocabulary(over: Record<string, unknown>): Promise<{ commands: string[]; answers: string[] }> {
  let help = '';
  await runCli(
    ['--help'],
    {
      stacks: [],
      program: 'bundle',
      stdout: (text: string) => {
        help += text;
      },
    } as Partial<CommandIo> as CommandIo,
    '0',
  ).catch(() => undefined);
  const { definition } = cluster(over);
  return {
    commands: [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, command]) => command ?? ''),
    answers: [...bundleKeys(definition).map(({ path }) => path), ...definition.questions.map(({ path }) => path)],
  };
}

describe.each(Object.entries(SHAPES))('the runbook, %s', (_name, over) => {
  const { text, section } = runbookOf(over);

  it('has every section', () => {
    for (const title of [
      'After the first start',
      'When something is wrong',
      'Firewall',
      'Add or take away a node',
      'A node is to be restarted',
      'Rotate secrets',
      'Back up',
      'Two data centres',
    ])
      expect(section(title).length).toBeGreaterThan(100);
  });

  it('has tables whose rows all have as many cells as their head', () => {
    for (const block of text.split('\n\n').filter((each) => each.startsWith('|'))) {
      const cells = block
        .trimEnd()
        .split('\n')
        .map((line) => line.split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it('names no command that bundle does not have, and no answer that bundle.yaml does not take', async () => {
    const { commands, answers } = await vocabulary(over);
    const named = [...text.matchAll(/(?:`|^ *|\| |&& )bundle ([a-z]+)\b/gm)].map(([, command]) => command);
    expect(named.length).toBeGreaterThan(15);
    for (const command of named) expect(commands).toContain(command);
    for (const [, path] of text.matchAll(
      /`((?:agents|network|verify|manager|store|zookeeper|tls|license)\.[A-Za-z.]+)`/g,
    ))
      expect(answers).toContain(path);
    for (const [, input] of text.matchAll(/secretFiles\.(\w+)=/g)) expect(answers).toContain(`secretFiles.${input}`);
  });

  it('gives no password as an argument', () => expect(text).not.toMatch(/mysql(dump)? [^\n']*\s(-p|--password)/));

  it('closes every fence', () => expect((text.match(/^ *```/gm) ?? []).length % 2).toBe(0));
});

describe('the firewall table', () => {
  const rows = (over: Record<string, unknown>) =>
    runbookOf(over)
      .section('Firewall')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
  const open = (over: Record<string, unknown>) =>
    rows(over)
      .filter((cells) => cells.length === 4)
      .slice(2)
      .map(([from, to, port]) => `${from} → ${to}: ${port}`);

  it('has swarm’s own ports and those that are published', () => {
    expect(open({})).toEqual([
      'all nodes → manager nodes of the swarm: 2377/tcp',
      'all nodes → all nodes: 7946/tcp and 7946/udp',
      'all nodes → all nodes: 4789/udp',
      'users → node1: 9097/tcp',
      'users → node2: 9088/tcp',
      'users → node2: 9095/tcp',
      'nodes of manager and agents → s3 storage: its own',
    ]);
  });

  it('follows the answers: encryption, ingress, TLS, servers elsewhere', () => {
    expect(open(SHAPES['by ingress, encrypted'] ?? {})).toEqual(
      expect.arrayContaining(['all nodes → all nodes: IP protocol 50 (ESP)', 'users → every node: 443/tcp']),
    );
    expect(open(SHAPES['TLS off'] ?? {})).toContain('users → node2: 8888/tcp');
    expect(open(SHAPES['query ports closed'] ?? {}).filter((row) => row.startsWith('users'))).toEqual([
      'users → node1: 9097/tcp',
    ]);
    expect(open(SHAPES['external store and ZooKeeper'] ?? {})).toEqual(
      expect.arrayContaining([
        'nodes of manager and agents → db.example.org: 3306/tcp',
        'nodes of manager and agents → zk2: 2182/tcp',
      ]),
    );
  });

  it('has 9989 and both numbers of every Druid service inside', () => {
    const inside = (over: Record<string, unknown>) =>
      rows(over)
        .filter((cells) => cells.length === 5)
        .slice(2)
        .map(([now, other]) => `${now}/${other}`);
    expect(inside({})).toEqual(
      expect.arrayContaining(['9989/9989', '8281/8081', '9088/8888', '8100–8199/8100–8199', '3306/3306', '2181/2181']),
    );
    expect(inside(SHAPES['TLS off'] ?? {})).toEqual(expect.arrayContaining(['8081/8281', '8888/9088']));
    expect(inside(SHAPES['external store and ZooKeeper'] ?? {}).filter((row) => /3306|2181/.test(row))).toEqual([]);
  });
});

describe('what follows from the answers', () => {
  it('rotation and backup are of what there is', () => {
    expect(runbookOf(SHAPES['nothing on'] ?? {}).section('Rotate secrets')).not.toMatch(/The CA|The token/);
    expect(runbookOf({}).section('Back up')).toContain(`docker exec ${containerOf('prod', 'mysql')} `);
  });

  it('the store comes outside by a dump without MySQL’s own tables, if it is MySQL there, before the deployment', () => {
    const backup = (store: object) =>
      runbookOf({ store: { host: 'db.example.org', user: 'imply', ...store } }).section('Back up');
    const [dump, ...more] = [...backup({}).matchAll(/mysqldump [^\n]*/g)].map(([command]) => command);
    expect(more).toEqual([]);
    expect(dump).toContain(' --databases $(');
    expect(dump).toContain('not in (\\"mysql\\",');
    expect(backup({})).toMatch(/before it[^]*agents stopped[^]*db\.example\.org read it[^]*deploy --ignore left-data/);
    const other = backup({ type: 'postgresql' });
    expect(other).not.toContain('mysqldump');
    expect(other).toMatch(/bundle has no way for it[^]*becomes its super user/);
  });

  it('the store comes from outside after the deployment that starts the manager on an empty one, with its port closed', () => {
    const ingress = { manager: { nodes: ['node1'], portMode: 'ingress', port: 443 } };
    for (const [over, port] of [
      [{}, 'port 9097 of node1'],
      [ingress, 'port 443 of every node'],
    ] as const) {
      const text = runbookOf(over).section('Back up');
      const order = [
        'becomes its super user',
        port,
        'deploy --ignore left-data',
        '< secrets/dumps/imply-store-data.sql',
      ];
      const places = order.map((each) => text.indexOf(each));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((one, two) => one - two));
    }
  });

  it('a lost store comes back before the manager starts: until then nobody else may open that', () => {
    for (const [over, port] of [
      [{}, 'Close port 9097 of node1, and of the node that comes in its place,'],
      [{ manager: { nodes: ['node1'], portMode: 'ingress', port: 443 } }, 'Close port 443 of every node'],
    ] as const) {
      const { section } = runbookOf(over);
      const text = section('The store is lost');
      const order = [
        'whoever opens it first becomes its super user',
        port,
        'docker node rm --force OLD',
        'docker service scale --detach prod_imply-manager=0 ',
        'docker node update --label-add bundle.prod.store=true NEW',
        'docker service scale prod_mysql=1',
        '< secrets/dumps/imply-store.sql',
        'Name NEW in the place of OLD',
        'Open the port again',
      ];
      const places = order.map((each) => text.indexOf(each));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((one, two) => one - two));
      expect(section('Back up')).toContain('“The store is lost” brings it back');
      expect(section('When something is wrong')).toContain('if it is MySQL’s, first “The store is lost”');
    }
    const outside = runbookOf(SHAPES['external store and ZooKeeper'] ?? {});
    expect(outside.text).not.toContain('The store is lost');
    expect(outside.section('Back up')).toMatch(/stop the manager \(`docker .*=0`\).*becomes its super user/);
  });

  it('all that writes to the store has ended before a dump of it is made for good, or read', () => {
    const mysqlOutside = { store: { host: 'db.example.org', user: 'imply' } };
    for (const [over, title, ...dumps] of [
      [{}, 'Back up', '< secrets/dumps/imply-store-data.sql'],
      [{}, 'The store is lost', '< secrets/dumps/imply-store.sql'],
      [{}, 'Another version of MySQL', '> secrets/dumps/imply-store-data.sql', '< secrets/dumps/imply-store-data.sql'],
      [mysqlOutside, 'Back up', '> secrets/dumps/imply-store-data.sql'],
    ] as const) {
      const text = runbookOf(over).section(title);
      const wait = text.indexOf("until states=$(docker service ps --format '{{.CurrentState}}' prod_imply-manager ");
      expect(wait, title).toBeGreaterThan(0);
      for (const dump of dumps) expect(text.indexOf(dump), title).toBeGreaterThan(wait);
    }
  });

  it('a data agent more is appended to a list that has one for each; the last one goes, unless it is the only one', () => {
    const nodes = (data: object) =>
      runbookOf({
        agents: { master: { nodes: ['node1'] }, query: { nodes: ['node1'] }, data },
        deepStorage: { type: 's3', path: 's3://b/p' },
      }).section('Add or take away a node');
    const wrapped = nodes({ replicas: 3, nodes: ['node2', 'node3'] });
    expect(wrapped).toContain('`agents.data.replicas: 4`, and `agents.data.nodes: [node2, node3, node2, NEW]`');
    expect(wrapped).toContain('`agents.data.replicas: 2`, `agents.data.nodes: [node2, node3]`');
    const alone = nodes({ nodes: ['node2'] });
    expect(alone).toContain('`agents.data.nodes: [node2, NEW]`');
    expect(alone).not.toMatch(/remove-node|take one away/);
  });

  it('a task that was killed is not said to have been out of memory', () =>
    expect(runbookOf({}).section('When something is wrong')).toMatch(
      /137 \|.*or it did not end in its time.*OOMKilled/,
    ));

  it('the first visit is to the manager’s own scheme, node and port', () => {
    expect(runbookOf({}).section('After the first start')).toContain('https://node1:9097');
    expect(runbookOf(SHAPES['TLS off'] ?? {}).section('After the first start')).toContain('http://node1:9097');
    expect(runbookOf(SHAPES['by ingress, encrypted'] ?? {}).section('After the first start')).toMatch(
      /https:\/\/node1:443.*any other node[^]*names `tasks\.imply-manager`/,
    );
  });

  it('a second node comes after the segments are where both have them, if they are in the volume of one', () => {
    const one = { master: { nodes: ['node1'] }, query: { nodes: ['node1'] }, data: { nodes: ['node1'] } };
    const nodes = (deepStorage: object) =>
      runbookOf({ agents: one, deepStorage }).section('Add or take away a node').replaceAll('\n', ' ');
    const copy =
      /suspend all ingestion.*prod_deep-storage\) && cp -a "\S+\/\."( \S+)\/ .*--ignore left-data.*All agents restart/;
    const volume = nodes({});
    expect(volume).toMatch(/First, deep storage must be where the new node has it/);
    expect(volume).toMatch(/the volume `prod_deep-storage` of node1: all segments are there/);
    expect(copy.exec(volume)?.[1]).toBe(' /srv/deep-storage');
    expect(volume).not.toContain('No other service restarts');
    // `bundle render` has written this page by the time `bundle deploy` refuses.
    const shared = nodes({ sharedMount: '/srv/nfs' });
    expect(shared).toContain('No other service restarts');
    expect(copy.exec(shared)?.[1]).toBe(' /srv/nfs');
    expect(nodes({ type: 's3', path: 's3://b/p' })).not.toContain('deep-storage');
  });
});
