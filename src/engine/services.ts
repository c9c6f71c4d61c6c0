/** Services of the swarm. */
import * as z from 'zod';
import { retryOutOfSequence, type Api } from './api.ts';
import { Count, itemOf, Labels, parse, Port, seconds, stackFilter, Text, toPort, Version } from './mapping.ts';
import type { Engine, SwarmService } from './port.ts';

/** Defaults of swarmkit if the spec says nothing (or zero): api/defaults/service.go. */
const STOP_GRACE_SECONDS = 10;
const MONITOR_SECONDS = 5;

const Replicas = z.object({ Replicas: Count });
const Job = z.object({ MaxConcurrent: z.number().optional(), TotalCompletions: z.number().optional() });

const ServiceAnswer = z.object({
  ID: z.string(),
  Version,
  CreatedAt: Text,
  UpdatedAt: Text,
  Spec: z.object({
    Name: z.string(),
    Labels,
    Mode: z
      .object({
        Replicated: Replicas.nullish(),
        Global: z.looseObject({}).nullish(),
        ReplicatedJob: Job.nullish(),
        GlobalJob: z.looseObject({}).nullish(),
      })
      .default({}),
    TaskTemplate: z.object({
      ContainerSpec: z.object({ TTY: z.boolean().optional(), StopGracePeriod: z.number().nullish() }).nullish(),
    }),
    UpdateConfig: z.object({ Monitor: Count }).nullish(),
    EndpointSpec: z
      .object({
        Ports: z.array(Port).nullish(),
      })
      .nullish(),
  }),
  JobStatus: z.object({ JobIteration: Version.nullish() }).nullish(),
  UpdateStatus: z
    .object({ State: Text, Message: Text, StartedAt: z.string().nullish(), CompletedAt: z.string().nullish() })
    .nullish(),
});
type ServiceAnswer = z.output<typeof ServiceAnswer>;

function modeOf({ Mode }: ServiceAnswer['Spec']): SwarmService['mode'] {
  if (Mode.Global) return { kind: 'global', replicas: 0 };
  if (Mode.GlobalJob) return { kind: 'global-job', replicas: 0 };
  if (Mode.ReplicatedJob)
    return {
      kind: 'replicated-job',
      replicas: Mode.ReplicatedJob.TotalCompletions ?? Mode.ReplicatedJob.MaxConcurrent ?? 1,
    };
  // Replicas is a pointer: zero is written, and absence means one.
  return { kind: 'replicated', replicas: Mode.Replicated ? Mode.Replicated.Replicas : 1 };
}

function updateStatusOf(status: ServiceAnswer['UpdateStatus']): Pick<SwarmService, 'updateStatus'> {
  // An unchanged redeploy leaves an empty status behind.
  if (!status || status.State === '') return {};
  const { State: state, Message: message, StartedAt, CompletedAt } = status;
  return {
    updateStatus: {
      state,
      message,
      ...(StartedAt ? { startedAt: StartedAt } : {}),
      ...(CompletedAt ? { completedAt: CompletedAt } : {}),
    },
  };
}

function toService(service: ServiceAnswer, raw: unknown): SwarmService {
  const container = service.Spec.TaskTemplate.ContainerSpec;
  const previous = rawSpec(raw, 'PreviousSpec');
  return {
    id: service.ID,
    name: service.Spec.Name,
    version: service.Version.Index,
    createdAt: service.CreatedAt,
    updatedAt: service.UpdatedAt,
    labels: service.Spec.Labels,
    mode: modeOf(service.Spec),
    tty: container?.TTY ?? false,
    stopGraceSeconds: container?.StopGracePeriod == null ? STOP_GRACE_SECONDS : seconds(container.StopGracePeriod),
    updateMonitorSeconds: seconds(service.Spec.UpdateConfig?.Monitor ?? 0) || MONITOR_SECONDS,
    ports: (service.Spec.EndpointSpec?.Ports ?? []).map(toPort),
    ...(service.JobStatus?.JobIteration ? { jobIteration: service.JobStatus.JobIteration.Index } : {}),
    ...updateStatusOf(service.UpdateStatus),
    spec: rawSpec(raw, 'Spec') ?? {},
    ...(previous && { previousSpec: previous }),
  };
}

const rawSpec = (raw: unknown, key: 'Spec' | 'PreviousSpec') =>
  (raw as Partial<Record<typeof key, Record<string, unknown> | null>>)[key];

/** The rest of the spec goes back as it came. */
const Writable = z.object({
  Version,
  Spec: z.looseObject({ TaskTemplate: z.looseObject({ ForceUpdate: Count }).optional() }),
});

/** The part of the port that is about services. */
export function serviceCalls(api: Api): Pick<Engine, 'services' | 'removeService' | 'replaceTasks' | 'resumeUpdate'> {
  // Without the registry's log-in of the last deployment the nodes could not pull.
  const write = async (what: string, id: string, version: number, body: unknown): Promise<void> => {
    await api.json({
      what,
      method: 'POST',
      path: `/services/${encodeURIComponent(id)}/update`,
      query: { version, registryAuthFrom: 'spec' },
      body,
    });
  };
  return {
    async services(filter = {}) {
      const what = filter.stack === undefined ? 'list the services' : `list the services of stack ${filter.stack}`;
      const query = filter.stack === undefined ? {} : { filters: stackFilter(filter.stack) };
      return api.items({ what, path: '/services', query }, itemOf(ServiceAnswer, what, toService));
    },

    async removeService(id) {
      await api.json({ what: `remove service ${id}`, method: 'DELETE', path: `/services/${encodeURIComponent(id)}` });
    },

    async replaceTasks({ id, name }) {
      const what = `replace the tasks of service ${name}`;
      await retryOutOfSequence(async () => {
        const answer = await api.json({ what, path: `/services/${encodeURIComponent(id)}` });
        const { Version: version, Spec: spec } = parse(Writable, answer, what);
        const { TaskTemplate: template } = spec;
        const forced = { ...template, ForceUpdate: (template?.ForceUpdate ?? 0) + 1 };
        await write(what, id, version.Index, { ...spec, TaskTemplate: forced });
      });
    },

    async resumeUpdate({ id, name, version, spec }) {
      await write(`take the update of service ${name} up again`, id, version, spec);
    },
  };
}
