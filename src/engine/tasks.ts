/** Tasks of the swarm. */
import * as z from 'zod';
import { BundleError } from '../errors.ts';
import type { Api } from './api.ts';
import { compareTimes, itemOf, Port, stackFilter, toldByNode, toPort, Version } from './mapping.ts';
import type { Engine, SwarmTask, TaskState } from './port.ts';
import { hasEnded } from './task-states.ts';

const STATES = [
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
] as const satisfies readonly TaskState[];
const State = z.enum(STATES);
/** Desired states of tasks that are to run, or to complete; as a filter, other words are refused. */
const WANTED = ['ready', 'running', 'complete'] satisfies TaskState[];

// Go leaves out empty texts and zeros. `toTask` fills them in: a step of the parser for each of them, for thousands of
// tasks, takes memory that is seen.
const text = z.string().nullish();
const count = z.number().nullish();

const TaskAnswer = z.object({
  ID: z.string(),
  CreatedAt: text,
  UpdatedAt: text,
  ServiceID: text,
  NodeID: text,
  // Zero for the tasks of global services, and then left out.
  Slot: count,
  DesiredState: State,
  JobIteration: Version.nullish(),
  Spec: z.object({
    ContainerSpec: z
      .object({
        Image: text,
        Secrets: z
          .array(z.object({ SecretID: text, SecretName: text, File: z.object({ Name: text }).nullish() }))
          .nullish(),
      })
      .nullish(),
  }),
  Status: z.object({
    State,
    Timestamp: text,
    Message: text,
    Err: text,
    ContainerStatus: z.object({ ContainerID: text, ExitCode: count }).nullish(),
    PortStatus: z.object({ Ports: z.array(Port).nullish() }).nullish(),
  }),
  NetworksAttachments: z
    .array(z.object({ Network: z.object({ ID: text }).nullish(), Addresses: z.array(z.string()).nullish() }))
    .nullish(),
});
type TaskAnswer = z.output<typeof TaskAnswer>;

/** Only ports in host mode: ingress ones are the service's. Each is there once for IPv4 and once for IPv6. */
function hostPortsOf({ PortStatus }: TaskAnswer['Status']): Pick<SwarmTask, 'hostPorts'> {
  const ports = new Map((PortStatus?.Ports ?? []).map((port) => [JSON.stringify(toPort(port)), toPort(port)]));
  return ports.size === 0 ? {} : { hostPorts: [...ports.values()] };
}

function addressesOf({ NetworksAttachments }: TaskAnswer): Pick<SwarmTask, 'addresses'> {
  const pairs = (NetworksAttachments ?? []).flatMap(({ Network, Addresses }) => {
    const [address] = Addresses ?? [];
    return Network && address !== undefined ? [[Network.ID ?? '', address.replace(/\/\d+$/, '')]] : [];
  });
  return pairs.length === 0 ? {} : { addresses: Object.fromEntries(pairs) as Record<string, string> };
}

function toTask(task: TaskAnswer, raw: unknown): SwarmTask {
  const { Status: status } = task;
  const container = task.Spec.ContainerSpec ?? undefined;
  const containerId = status.ContainerStatus?.ContainerID ?? '';
  return {
    id: task.ID,
    serviceId: task.ServiceID ?? '',
    ...(task.Slot ? { slot: task.Slot } : {}),
    nodeId: task.NodeID ?? '',
    desiredState: task.DesiredState,
    ...(task.JobIteration ? { jobIteration: task.JobIteration.Index } : {}),
    state: status.State,
    stateAt: status.Timestamp ?? '',
    createdAt: task.CreatedAt ?? '',
    ...(task.UpdatedAt ? { updatedAt: task.UpdatedAt } : {}),
    message: toldByNode(status.Message),
    error: toldByNode(status.Err),
    ...(containerId === '' ? {} : { containerId }),
    // Before its end, an exit code of 0 means nothing.
    ...(containerId !== '' && hasEnded({ state: status.State })
      ? { exitCode: status.ContainerStatus?.ExitCode ?? 0 }
      : {}),
    image: container?.Image ?? '',
    ...hostPortsOf(status),
    ...addressesOf(task),
    secrets: (container?.Secrets ?? []).map((secret) => ({
      id: secret.SecretID ?? '',
      name: secret.SecretName ?? '',
      target: secret.File?.Name || (secret.SecretName ?? ''),
    })),
    spec: (raw as { Spec: Record<string, unknown> }).Spec,
  };
}

/** The part of the port that is about tasks. */
export function taskCalls(api: Api): Pick<Engine, 'tasks'> {
  const what = 'list the tasks';

  async function list(filters: Record<string, string[]>): Promise<SwarmTask[]> {
    const query = Object.keys(filters).length === 0 ? {} : { filters };
    return api.items({ what, path: '/tasks', query }, itemOf(TaskAnswer, what, toTask));
  }

  return {
    async tasks(filter = {}) {
      const { stack, serviceId, upToDate, wanted } = filter;
      // A task keeps its service's labels from when it was made, and that copy is what the filter looks at
      // (moby/swarmkit: manager/controlapi/task.go): tasks of removed services are found too.
      const filters = {
        ...(stack === undefined ? {} : stackFilter(stack)),
        ...(upToDate === true ? { '_up-to-date': ['true'] } : {}),
        ...(wanted === true ? { 'desired-state': WANTED } : {}),
      };
      const found =
        serviceId === undefined
          ? await list(filters)
          : await list({ ...filters, service: [serviceId] }).catch(async (error: unknown) => {
              // The engine looks the service up; a removed one's tasks are still there.
              if (error instanceof BundleError && error.code === 'engine-not-found') return list(filters);
              throw error;
            });
      return found
        .filter((task) => serviceId === undefined || task.serviceId === serviceId)
        .sort((a, b) => compareTimes(b.createdAt, a.createdAt));
    },
  };
}
