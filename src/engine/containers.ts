/** Containers of one engine, without its swarm. */
import * as z from 'zod';
import { BundleError } from '../errors.ts';
import type { EngineLocation } from './address.ts';
import { withDefaultTag } from '../image/reference.ts';
import type { Api } from './api.ts';
import { socketError } from './errors.ts';
import { Count, Labels, parse, parseList, Text } from './mapping.ts';
import type { Container, ContainerJobSpec, Engine, PublishedPort } from './port.ts';
import { registryAuth } from './registry-auth.ts';

const Listed = z.object({ Id: z.string() });
const Created = z.object({ Id: z.string() });
const Strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

const Inspected = z.object({
  Id: z.string(),
  Name: Text,
  Created: Text,
  RestartCount: Count,
  State: z.object({
    Status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    StartedAt: Text,
    FinishedAt: Text,
    ExitCode: Count,
    Error: Text,
    Health: z.object({ Status: z.enum(['none', 'starting', 'healthy', 'unhealthy']) }).nullish(),
  }),
  Config: z.object({ Image: Text, Tty: z.boolean().default(false), Env: Strings, Labels }),
  HostConfig: z.object({ NetworkMode: Text, ExtraHosts: Strings, LogConfig: z.object({ Type: Text, Config: Labels }) }),
  Mounts: z.array(z.object({ Type: Text, Source: Text, Destination: Text })).nullish(),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostPort: Text })).nullish()).nullish(),
    Networks: z.record(z.string(), z.object({ IPAddress: Text })).nullish(),
  }),
});
type Inspected = z.output<typeof Inspected>;

/** Go's zero time. */
const NEVER = '0001-01-01';

/** `9097/tcp` to where the host opened it, once for IPv4 and once for IPv6. */
function portsOf({ Ports }: Inspected['NetworkSettings']): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const [key, places] of Object.entries(Ports ?? {})) {
    const [target, protocol] = key.split('/');
    for (const { HostPort } of places ?? [])
      found.set(`${key} ${HostPort}`, {
        protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp',
        target: Number(target),
        published: Number(HostPort),
        mode: 'host',
      });
  }
  return [...found.values()];
}

function toContainer({
  Id,
  Name,
  Created: createdAt,
  RestartCount: restarts,
  State,
  Config,
  HostConfig,
  Mounts,
  NetworkSettings,
}: Inspected): Container {
  const health = State.Health?.Status ?? 'none';
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    labels: Config.Labels,
    image: Config.Image,
    createdAt,
    startedAt: State.StartedAt,
    ...(State.FinishedAt === '' || State.FinishedAt.startsWith(NEVER) ? {} : { finishedAt: State.FinishedAt }),
    restarts,
    status: State.Status,
    ...(health === 'none' ? {} : { health }),
    exitCode: State.ExitCode,
    error: State.Error,
    tty: Config.Tty,
    env: Config.Env,
    logDriver: { name: HostConfig.LogConfig.Type, options: HostConfig.LogConfig.Config },
    network: HostConfig.NetworkMode,
    address: NetworkSettings.Networks?.[HostConfig.NetworkMode]?.IPAddress ?? '',
    extraHosts: HostConfig.ExtraHosts,
    ports: portsOf(NetworkSettings),
    mounts: (Mounts ?? []).map(({ Type, Source, Destination }) => ({
      type: Type,
      source: Source,
      target: Destination,
    })),
  };
}

/** Body of `POST /containers/create`, API 1.41. */
function bodyOf({ labels, image, command, network, extraHosts, files }: ContainerJobSpec): object {
  return {
    Image: image,
    Entrypoint: command,
    Cmd: [],
    Labels: labels,
    HostConfig: {
      NetworkMode: network,
      ExtraHosts: extraHosts,
      Mounts: files.map(({ source, target }) => ({ Type: 'bind', Source: source, Target: target, ReadOnly: true })),
      RestartPolicy: { Name: 'no' },
      // Whatever the engine's default is: some drivers cannot be read.
      LogConfig: { Type: 'json-file', Config: {} },
    },
  };
}

/** The part of the port that is about containers. */
export function containerCalls(
  api: Api,
  location: EngineLocation,
): Pick<Engine, 'containers' | 'startContainerJob' | 'removeContainer'> {
  /** The answer is a stream of progress; an error comes in it. */
  async function pull(image: string): Promise<void> {
    const what = `pull ${image}`;
    const auth = await registryAuth(image, location.configDir, location.child.env);
    const answer = await api.stream({
      what,
      method: 'POST',
      path: '/images/create',
      // Without a tag the engine pulls every one that the repository has; the CLI and swarm add the default.
      query: { fromImage: withDefaultTag(image) },
      ...(auth === undefined ? {} : { headers: { 'X-Registry-Auth': auth } }),
    });
    const progress = await textOf(answer, what);
    const trouble = /"error":"((?:[^"\\]|\\.)*)"/.exec(progress)?.[1];
    if (trouble !== undefined)
      throw new BundleError('engine-error', `cannot ${what}: ${trouble}`, {
        hints: [`docker pull ${image} on that host`],
      });
  }

  /** @throws BundleError `engine-unreachable` if the connection breaks in the middle of it */
  async function textOf(answer: AsyncIterable<Buffer>, what: string): Promise<string> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of answer) chunks.push(chunk);
    } catch (error) {
      throw socketError(what, api.address, error);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async function create(job: ContainerJobSpec): Promise<string> {
    const what = `create container ${job.name}`;
    return parse(
      Created,
      await api.json({
        what,
        method: 'POST',
        path: '/containers/create',
        query: { name: job.name },
        body: bodyOf(job),
      }),
      what,
    ).Id;
  }

  async function remove(id: string): Promise<void> {
    await api.json({
      what: `remove container ${id}`,
      method: 'DELETE',
      path: `/containers/${encodeURIComponent(id)}`,
      query: { force: true, v: true },
    });
  }

  async function inspect(id: string): Promise<Container | undefined> {
    const what = `look at container ${id}`;
    try {
      return toContainer(
        parse(Inspected, await api.json({ what, path: `/containers/${encodeURIComponent(id)}/json` }), what),
      );
    } catch (error) {
      // Removed since it was listed.
      if (error instanceof BundleError && error.code === 'engine-not-found') return undefined;
      throw error;
    }
  }

  return {
    async containers({ stack }) {
      const what = `list the containers of ${stack}`;
      const listed = parseList(
        Listed,
        await api.json({
          what,
          path: '/containers/json',
          query: { all: true, filters: { label: [`bundle.stack=${stack}`] } },
        }),
        what,
      );
      return (await Promise.all(listed.map(({ Id }) => inspect(Id)))).filter((one) => one !== undefined);
    },

    async startContainerJob(job) {
      const id = await create(job).catch(async (error: unknown) => {
        if (!(error instanceof BundleError) || error.code !== 'engine-not-found') throw error;
        await pull(job.image);
        return create(job);
      });
      try {
        await api.json({ what: `start container ${job.name}`, method: 'POST', path: `/containers/${id}/start` });
      } catch (error) {
        await remove(id).catch(() => undefined);
        throw error;
      }
      return id;
    },

    removeContainer: remove,
  };
}
