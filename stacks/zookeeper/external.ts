import type { AskTools, External, Finding } from '../../src/sdk/definition.ts';
import { messageOf } from '../../src/sdk/errors.ts';
import { compareVersions } from '../../src/sdk/helpers.ts';
import { unreachable } from '../../src/sdk/tcp-server.ts';

/** One server's answer to `srvr`: what it is, or why that is not known. */
interface ServerReading {
  where: string;
  state: 'serving' | 'waiting' | 'restricted' | 'foreign' | 'unreachable';
  version?: string;
  /** leader, follower, observer, standalone, read-only. */
  mode?: string;
  why?: string;
}

/** The servers of one ensemble, and what is known to do. */
export interface OutsideEnsemble extends Pick<External, 'what' | 'clients' | 'servers'> {
  /** First and last line of versions that are known to do: 3.5, 3.8. */
  versions: { first: string; last: string };
}

interface EnsembleReading {
  servers: ServerReading[];
  /** How many followers the leader counts, if it tells. */
  synced: number | undefined;
}

/**
 * An ensemble to ask: every server by `srvr` (ZooKeeper administrator's guide, "The Four Letter Words"); whether they
 * are one is judged.
 */
export function zookeeperExternal({ what, clients, servers, versions }: OutsideEnsemble): External<EnsembleReading> {
  return {
    what,
    clients,
    servers,
    async ask(tools) {
      const readings = await Promise.all(
        servers.map(({ host, port }) => ask(`${what} ${host}:${port}`, host, port, tools)),
      );
      return { servers: readings, synced: await synced(servers, readings, tools) };
    },
    judge: ({ servers: readings, synced: followers }) => [
      ...readings.flatMap((reading) => serverFindings(reading, versions)),
      ...ensembleFindings(what, readings, followers),
    ],
  };
}

async function ask(where: string, host: string, port: number, tools: AskTools): Promise<ServerReading> {
  let text: string;
  try {
    text = (await tools.probe(host, port, 'srvr')).toString('latin1');
  } catch (error) {
    return { where, state: 'unreachable', why: messageOf(error) };
  }
  // Where the word is switched off, the refusal itself proves life (FourLetterCommands).
  if (/srvr is not executed because it is not in the whitelist/.test(text)) return { where, state: 'restricted' };
  if (/not currently serving/.test(text)) return { where, state: 'waiting' };
  const version = /^Zookeeper version: (\d+\.\d+\.\d+)/m.exec(text)?.[1];
  const mode = /^Mode: (\S+)/m.exec(text)?.[1];
  return version === undefined || mode === undefined
    ? { where, state: 'foreign' }
    : { where, state: 'serving', version, mode };
}

function serverFindings(
  { where, state, version, why }: ServerReading,
  versions: OutsideEnsemble['versions'],
): Finding[] {
  switch (state) {
    case 'unreachable':
      return [unreachable(where, why ?? '')];
    case 'foreign':
      return [
        {
          level: 'error',
          text: `${where} answers, but not as a ZooKeeper`,
          hint: 'name the port for clients; one that wants TLS is not supported',
        },
      ];
    case 'waiting':
      return [{ level: 'warning', text: `${where} runs, but serves nobody: it has no quorum at the moment` }];
    case 'restricted':
      return [
        {
          level: 'info',
          text: `${where} answers, but does not tell its version and role`,
          hint: 'it allows them with `srvr` in its 4lw.commands.whitelist',
        },
      ];
    case 'serving':
      return compareVersions(version ?? '', versions.first) >= 0 && compareVersions(version ?? '', versions.last) <= 0
        ? []
        : [
            {
              level: 'warning',
              text: `${where} is ZooKeeper ${version ?? ''}; ${versions.first} to ${versions.last} are known to do`,
            },
          ];
  }
}

/**
 * How many followers the leader counts, if it tells: only then is it known that the named ones are all, and its own.
 */
async function synced(
  servers: External['servers'],
  readings: readonly ServerReading[],
  tools: AskTools,
): Promise<number | undefined> {
  const leader = servers[readings.findIndex(({ mode }) => mode === 'leader')];
  if (leader === undefined) return undefined;
  const answer = await tools.probe(leader.host, leader.port, 'mntr').catch(() => undefined);
  const count = /^zk_synced_followers\s+(\d+)/m.exec(answer?.toString('latin1') ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}

function ensembleFindings(what: string, readings: readonly ServerReading[], followers: number | undefined): Finding[] {
  const serving = readings.filter(({ state }) => state === 'serving');
  const unknown = readings.filter(({ state }) => state === 'restricted' || state === 'unreachable').length;
  if (serving.length === 0) {
    return readings.some(({ state }) => state === 'waiting') && unknown === 0
      ? [
          {
            level: 'error',
            text: `${what}: none of the servers serves`,
            hint: 'start more than half of the ensemble; `echo srvr | nc HOST PORT` says who leads',
          },
        ]
      : [];
  }
  const modes = (mode: string): string[] =>
    serving.filter((reading) => reading.mode === mode).map(({ where }) => where.slice(what.length + 1));
  const leaders = modes('leader');
  const alone = modes('standalone');
  const others = serving.length - leaders.length - alone.length;
  const apart = 'name the servers of one ensemble only: clients that find two see two different contents';
  if (leaders.length + alone.length > 1 || (alone.length === 1 && others > 0)) {
    return [
      {
        level: 'error',
        text:
          `${what}: not one ensemble: ` +
          `${[...leaders.map((each) => `${each} is a leader`), ...alone.map((each) => `${each} serves alone`)].join(', ')}`,
        hint: apart,
      },
    ];
  }
  if (alone.length === 1)
    return [
      {
        level: 'ok',
        text:
          `${what} ${alone[0] ?? ''} is ZooKeeper ${serving[0]?.version ?? ''}, ` +
          `alone${readings.length === 1 ? ', without failover' : ''}`,
      },
    ];
  const versions = [...new Set(serving.map(({ version }) => version))].join(', ');
  const all = 'name every server, so that clients move on when one restarts';
  if (leaders.length === 0)
    return [
      {
        level: unknown > 0 ? 'info' : 'warning',
        text:
          `${what}: ZooKeeper ${versions}, ${count(others)}; their leader is not among the servers that could be ` +
          'asked',
        hint: all,
      },
    ];
  const summary: Finding = {
    level: 'ok',
    text: `${what}: ZooKeeper ${versions}, leader ${leaders[0] ?? ''}, ${count(others)}`,
  };
  if (followers === undefined || unknown > 0) return [summary];
  const voting = modes('follower').length;
  if (followers === voting) return [summary];
  if (followers < voting)
    return [
      {
        level: 'error',
        text:
          `${what}: not one ensemble, or not in order: the leader counts ${count(followers)} in sync, ${voting} ` +
          'of the named servers say that they follow one',
        hint: apart,
      },
    ];
  return [
    summary,
    {
      level: 'warning',
      text:
        `${what}: the leader counts ${count(followers)} in sync, of which ${voting} ` +
        `${voting === 1 ? 'is' : 'are'} named`,
      hint: all,
    },
  ];
}

const count = (followers: number): string => `${followers} ${followers === 1 ? 'follower' : 'followers'}`;
