/** What the engine says of itself. */
import { compareVersions } from '../compare-versions.ts';
import * as z from 'zod';
import { BundleError } from '../errors.ts';
import type { Api } from './api.ts';
import { firstAnswerError, withoutGrpc } from './errors.ts';
import { Count, parse, Text } from './mapping.ts';
import type { EngineInfo } from './port.ts';
import { isEngineTrouble } from './trouble.ts';

/** Oldest API we can use: Engine 20.10. */
const OLDEST_API = '1.41';
/** Newest API whose answers we know (Engine 28.5); a newer engine is asked in this version. */
const NEWEST_API = '1.51';

const ApiVersion = z.string().regex(/^\d+\.\d+$/);
const VersionAnswer = z.object({ Version: Text, ApiVersion, MinAPIVersion: Text });

const InfoAnswer = z.object({
  Name: Text,
  ServerVersion: Text,
  SystemTime: Text,
  Swarm: z
    .object({
      NodeID: Text,
      LocalNodeState: z.enum(['', 'inactive', 'pending', 'active', 'locked', 'error']).default(''),
      ControlAvailable: z.boolean().default(false),
      Error: Text,
      Managers: z.number().optional(),
      Cluster: z
        .object({
          ID: Text,
          DefaultAddrPool: z.array(z.string()).nullish(),
          SubnetSize: Count,
          Spec: z
            .object({
              EncryptionConfig: z.object({ AutoLockManagers: z.boolean().default(false) }).optional(),
              Orchestration: z.object({ TaskHistoryRetentionLimit: z.number().nullish() }).nullish(),
            })
            .optional(),
        })
        .nullish(),
    })
    .optional(),
});

/**
 * The API version to speak: the engine's newest, but none newer than we know unless the engine insists.
 * @param api one that sends no version
 * @returns `version` to use, `newest` that the engine speaks
 * @throws BundleError `engine-too-old` below 1.41; the signal's reason if it ends the question
 */
export async function negotiate(api: Api, signal?: AbortSignal): Promise<{ version: string; newest: string }> {
  const what = 'ask the engine for its version';
  let asked: z.infer<typeof VersionAnswer>;
  try {
    const pinged = await pingedVersion(api, what, signal);
    if (pinged !== undefined && isKnown(pinged)) return { version: pinged, newest: pinged };
    asked = parse(VersionAnswer, await api.json({ what, path: '/version' }, signal), what);
  } catch (error) {
    // Whoever leaves says nothing of what answers.
    throw signal?.aborted === true ? error : firstAnswerError(error, api.address);
  }
  const { Version, ApiVersion: newest, MinAPIVersion } = asked;
  if (compareVersions(newest, OLDEST_API) < 0) {
    throw new BundleError(
      'engine-too-old',
      `the engine at ${api.address.url} (from ${api.address.source}) is ${Version || 'of unknown version'} and ` +
        `speaks API ${newest}; bundle needs ${OLDEST_API}`,
      {
        hints: ['Docker Engine 20.10 or newer speaks it'],
      },
    );
  }
  const known = compareVersions(newest, NEWEST_API) <= 0 ? newest : NEWEST_API;
  const version = MinAPIVersion !== '' && compareVersions(MinAPIVersion, known) > 0 ? MinAPIVersion : known;
  return { version, newest };
}

const isKnown = (version: string): boolean =>
  compareVersions(version, OLDEST_API) >= 0 && compareVersions(version, NEWEST_API) <= 0;

/**
 * The newest API that the engine speaks, by the header of a ping: `/version` runs a program of each part of the engine
 * for its answer, some 25 ms (moby: daemon/info_unix.go, fillPlatformVersion).
 * @returns undefined if what answers does not say so, or is no engine: `/version` tells what it is
 */
async function pingedVersion(api: Api, what: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const headers = await api.headers({ what, path: '/_ping' }, signal);
    return ApiVersion.safeParse(headers['api-version']).data;
  } catch (error) {
    if (!isEngineTrouble(error) || error.code === 'engine-unreachable') throw error;
    return undefined;
  }
}

/**
 * Whether it comes from a manager whose swarm has no leader, which answers with status 200 and a cluster without an id
 * (moby: daemon/cluster/swarm.go, Info), or from a node that has not joined its swarm again since its engine started:
 * `pending` (noderunner.go, State).
 */
function isUnled(answer: unknown): boolean {
  const swarm = InfoAnswer.safeParse(answer).data?.Swarm;
  return (
    swarm?.LocalNodeState === 'pending' ||
    (swarm?.LocalNodeState === 'active' && swarm.ControlAvailable && swarm.Cluster?.ID === '')
  );
}

/** The port's `info()`; `newest` is what `negotiate` found. */
export async function readInfo(
  api: Api,
  newest: string,
  { ofSwarm = false }: { ofSwarm?: boolean } = {},
): Promise<EngineInfo> {
  const what = 'ask the engine about itself';
  const answer = await api.json({ what, path: '/info', ...(ofSwarm && { isUnled }) });
  const { Name, ServerVersion, SystemTime, Swarm } = parse(InfoAnswer, answer, what);
  const cluster = Swarm?.Cluster ?? undefined;
  const taskHistory = cluster?.Spec?.Orchestration?.TaskHistoryRetentionLimit ?? undefined;
  return {
    version: ServerVersion,
    apiVersion: newest,
    hostname: Name,
    systemTime: SystemTime,
    swarm: {
      state: Swarm?.LocalNodeState || 'inactive',
      manager: Swarm?.ControlAvailable ?? false,
      nodeId: Swarm?.NodeID ?? '',
      ...(cluster === undefined || cluster.ID === ''
        ? {}
        : {
            clusterId: cluster.ID,
            autolock: cluster.Spec?.EncryptionConfig?.AutoLockManagers ?? false,
            ...(taskHistory !== undefined && { taskHistory }),
          }),
      ...(cluster?.DefaultAddrPool && cluster.SubnetSize > 0
        ? { addressPool: { ranges: cluster.DefaultAddrPool, prefix: cluster.SubnetSize } }
        : {}),
      ...(Swarm?.ControlAvailable === true && Swarm.Managers !== undefined ? { managers: Swarm.Managers } : {}),
      ...(Swarm === undefined || Swarm.Error === '' ? {} : { error: withoutGrpc(Swarm.Error) }),
    },
  };
}
