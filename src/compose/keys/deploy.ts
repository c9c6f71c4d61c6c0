import { STACK_IMAGE, STACK_NAMESPACE } from '../../engine/port.ts';
import { formatDuration, requireDuration } from '../duration.ts';
import { nanoCpus, sizeBytes } from '../quantity.ts';
import type { Amounts, ServiceSpec, UpdateConfig } from '../spec.ts';
import type { ComposeService, ResourceAmounts, RollbackPolicy, UpdatePolicy } from '../types.ts';
import { Quoted } from '../values.ts';
import { hidden, shown, shownIfSet, type Field } from './field.ts';
import { goDuration, listOf, quotedMap, type FileMap } from './file.ts';
import type { RunRule, ServiceKey } from './key.ts';

const SCHEDULER: RunRule = { is: 'without', why: 'only a scheduler knows it; the container is on its host' };
const UPDATES: RunRule = { is: 'without', why: 'only an update by the swarm knows it' };

export const mode: ServiceKey = {
  key: 'deploy.mode',
  file: ({ deploy }) => deploy.mode,
  spec: ({ deploy: { mode = 'replicated', replicas } }, { service }) => {
    const count = replicas === undefined ? {} : { Replicas: replicas };
    const job = replicas === undefined ? {} : { MaxConcurrent: replicas, TotalCompletions: replicas };
    service.Mode = {
      replicated: { Replicated: count },
      global: { Global: {} },
      'replicated-job': { ReplicatedJob: job },
      'global-job': { GlobalJob: {} },
    }[mode];
  },
  fields: ({ service }) => [shown('mode', modeOf(service), 'restart')],
  covers: ['Mode.Global', 'Mode.GlobalJob'],
  run: {
    is: 'refused',
    refused: ({ deploy: { mode = 'replicated' } }) =>
      mode === 'replicated'
        ? undefined
        : mode === 'global'
          ? { why: 'runs on every node: without a swarm it must be one container on one host', hint: 'use a swarm' }
          : {
              why: 'is a job: a container that ends is started again, or is taken for one that failed',
              hint: 'run it by hand with `docker run --rm`, or use a swarm',
            },
  },
};

export const replicas: ServiceKey = {
  key: 'deploy.replicas',
  file: ({ deploy }) => deploy.replicas,
  // With the mode.
  spec: () => undefined,
  fields: ({ service: { Mode } }) => {
    if (Mode?.Global || Mode?.GlobalJob) return [];
    if (!Mode?.ReplicatedJob) return [shown('replicas', String(Mode?.Replicated?.Replicas ?? 1), 'in place')];
    const { MaxConcurrent = 1, TotalCompletions = 1 } = Mode.ReplicatedJob;
    return [
      shown('replicas', String(TotalCompletions), 'restart'),
      shown('replicas at a time', String(MaxConcurrent), 'restart', 'replicas'),
    ];
  },
  covers: ['Mode.Replicated', 'Mode.ReplicatedJob'],
  // A service of several is refused with its host.
  run: { is: 'composed' },
};

export const endpointMode: ServiceKey = {
  key: 'deploy.endpoint_mode',
  file: ({ deploy }) => deploy.endpointMode,
  spec: ({ deploy }, { service }) =>
    void (service.EndpointSpec = { Mode: deploy.endpointMode, ...service.EndpointSpec }),
  fields: ({ service }) => [shown('endpoint mode', service.EndpointSpec?.Mode ?? 'vip', 'restart')],
  covers: ['EndpointSpec.Mode'],
  run: { is: 'without', why: 'one container has one address' },
};

export const serviceLabels: ServiceKey = {
  key: 'deploy.labels',
  file: ({ deploy }) => quotedMap(deploy.labels),
  spec: ({ deploy, image }, { service }, { stack }) =>
    void (service.Labels = { ...deploy.labels, [STACK_NAMESPACE]: stack, [STACK_IMAGE]: image }),
  fields: ({ service }) =>
    hidden('label', service.Labels, 'in place').filter((field) => field.name !== `label ${STACK_IMAGE}`),
  covers: ['Labels', 'Name'],
  run: { is: 'without', why: 'labels of a service are the swarm’s; those of its containers are below `labels`' },
};

export const placementKeys: ServiceKey = {
  key: 'deploy.placement',
  file: ({ deploy: { constraints, spread = [], maxReplicasPerNode } }) =>
    constraints.length === 0 && spread.length === 0 && maxReplicasPerNode === undefined
      ? undefined
      : {
          constraints: constraints.length === 0 ? undefined : constraints,
          preferences: listOf(spread, (what) => ({ spread: what })),
          max_replicas_per_node: maxReplicasPerNode,
        },
  spec: ({ deploy: { constraints, spread = [], maxReplicasPerNode } }, { task }) =>
    void (task.Placement = {
      Constraints: constraints,
      ...(spread.length > 0 && { Preferences: spread.map((what) => ({ Spread: { SpreadDescriptor: what } })) }),
      ...(maxReplicasPerNode !== undefined && { MaxReplicas: maxReplicasPerNode }),
    }),
  fields: ({ task: { Placement: placement } }) => [
    ...(placement?.Constraints ?? []).map((constraint) => shown('placement constraint', constraint, 'move')),
    ...shownIfSet(
      'spread over',
      placement?.Preferences?.map(({ Spread }) => Spread?.SpreadDescriptor ?? '').join(', '),
      'in place',
    ),
    ...(placement?.MaxReplicas ? [shown('replicas per node', String(placement.MaxReplicas), 'in place')] : []),
  ],
  covers: ['Constraints', 'Preferences', 'MaxReplicas'].map((key) => `TaskTemplate.Placement.${key}`),
  run: SCHEDULER,
};

export const updateConfig: ServiceKey = {
  key: 'deploy.update_config',
  file: ({ deploy }, at) => deploy.update && policyFile(deploy.update, `${at}.deploy.update_config`),
  spec: ({ deploy }, { service }, { at }) => {
    if (deploy.update) service.UpdateConfig = policy(deploy.update, `${at}.deploy.update_config`);
  },
  fields: ({ service }) => (isJobSpec(service) ? [] : policyFields('update', service.UpdateConfig)),
  covers: ['UpdateConfig'],
  run: UPDATES,
};

export const rollbackConfig: ServiceKey = {
  key: 'deploy.rollback_config',
  file: ({ deploy }, at) => deploy.rollback && policyFile(deploy.rollback, `${at}.deploy.rollback_config`),
  spec: ({ deploy }, { service }, { at }) => {
    if (deploy.rollback) service.RollbackConfig = policy(deploy.rollback, `${at}.deploy.rollback_config`);
  },
  fields: ({ service }) => (isJobSpec(service) ? [] : policyFields('rollback', service.RollbackConfig)),
  covers: ['RollbackConfig'],
  run: UPDATES,
};

export const restartPolicy: ServiceKey = {
  key: 'deploy.restart_policy',
  file: ({ deploy: { restart } }, at) => ({
    condition: restart.condition,
    delay: goDuration(restart.delay, `${at}.deploy.restart_policy.delay`),
    max_attempts: restart.maxAttempts,
    window: goDuration(restart.window, `${at}.deploy.restart_policy.window`),
  }),
  spec: ({ deploy: { restart } }, { task }, { at }) =>
    void (task.RestartPolicy = {
      Condition: restart.condition,
      Delay: requireDuration(restart.delay, `${at}.deploy.restart_policy.delay`),
      ...(restart.maxAttempts !== undefined && { MaxAttempts: restart.maxAttempts }),
      ...(restart.window !== undefined && {
        Window: requireDuration(restart.window, `${at}.deploy.restart_policy.window`),
      }),
    }),
  fields: ({ task: { RestartPolicy: restart } }) => [
    shown('restart condition', restart?.Condition ?? 'any', 'restart'),
    shown('restart delay', formatDuration(restart?.Delay ?? 5e9), 'restart'),
    shown('restart attempts', String(restart?.MaxAttempts ?? 0), 'restart'),
    shown('restart window', formatDuration(restart?.Window ?? 0), 'restart'),
  ],
  covers: ['TaskTemplate.RestartPolicy'],
  run: { is: 'options', options: ({ deploy: { restart } }) => [['--restart', restartText(restart)]] },
};

export const resources: ServiceKey = {
  key: 'deploy.resources',
  file: ({ deploy: { resources } }) =>
    resources && {
      limits: resources.limits && amountsFile(resources.limits),
      reservations: resources.reservations && {
        ...amountsFile(resources.reservations),
        generic_resources: listOf(Object.entries(resources.reservations.generic ?? {}), ([kind, value]) => ({
          discrete_resource_spec: { kind, value },
        })),
      },
    },
  spec: ({ deploy: { resources } }, { task }, { at }) => {
    const path = `${at}.deploy.resources`;
    task.Resources = {
      ...(resources?.limits && { Limits: amounts(resources.limits, `${path}.limits`) }),
      ...(resources?.reservations && { Reservations: reservations(resources.reservations, `${path}.reservations`) }),
    };
  },
  fields: ({ task }) => [
    ...amountFields('limit', task.Resources?.Limits),
    ...amountFields('reservation', task.Resources?.Reservations),
    ...(task.Resources?.Reservations?.GenericResources ?? []).flatMap(({ DiscreteResourceSpec: generic }) =>
      generic ? [shown(`reservation ${generic.Kind ?? ''}`, String(generic.Value ?? 0), 'restart')] : [],
    ),
  ],
  covers: ['Limits.NanoCPUs', 'Limits.MemoryBytes', 'Reservations'].map((key) => `TaskTemplate.Resources.${key}`),
  run: {
    is: 'options',
    options: ({ deploy }) => {
      const { cpus, memory } = deploy.resources?.limits ?? {};
      return [
        ...(cpus === undefined ? [] : [['--cpus', cpus]]),
        ...(memory === undefined ? [] : [['--memory', memory]]),
      ];
    },
  },
};

/** The mode of a specification, as a stack file calls it. */
function modeOf({ Mode }: ServiceSpec): string {
  if (Mode?.Global) return 'global';
  if (Mode?.ReplicatedJob) return 'replicated-job';
  return Mode?.GlobalJob ? 'global-job' : 'replicated';
}

function isJobSpec({ Mode }: ServiceSpec): boolean {
  return Boolean(Mode?.ReplicatedJob ?? Mode?.GlobalJob);
}

function restartText({ condition, maxAttempts }: ComposeService['deploy']['restart']): string {
  if (condition === 'none') return 'no';
  if (condition === 'any') return 'unless-stopped';
  return maxAttempts === undefined ? 'on-failure' : `on-failure:${maxAttempts}`;
}

function policyFile(policy: UpdatePolicy | RollbackPolicy, at: string): FileMap {
  return {
    parallelism: policy.parallelism,
    delay: goDuration(policy.delay, `${at}.delay`),
    failure_action: policy.failureAction,
    monitor: goDuration(policy.monitor, `${at}.monitor`),
    max_failure_ratio: policy.maxFailureRatio,
    order: policy.order,
  };
}

function policy(policy: UpdatePolicy | RollbackPolicy, at: string): UpdateConfig {
  return {
    Parallelism: policy.parallelism,
    Delay: policy.delay === undefined ? 0 : requireDuration(policy.delay, `${at}.delay`),
    FailureAction: policy.failureAction,
    Monitor: requireDuration(policy.monitor, `${at}.monitor`),
    MaxFailureRatio: policy.maxFailureRatio ?? 0,
    Order: policy.order,
  };
}

function policyFields(kind: string, config: UpdateConfig | null | undefined): Field[] {
  // The engine's defaults if nothing was ever set: moby/swarmkit, api/defaults. A monitor of 0 is sent as "not set".
  return [
    shown(`${kind} parallelism`, String(config?.Parallelism ?? 1), 'in place'),
    shown(`${kind} delay`, formatDuration(config?.Delay ?? 0), 'in place'),
    shown(`${kind} failure action`, config?.FailureAction ?? 'pause', 'in place'),
    shown(`${kind} monitor`, formatDuration(config?.Monitor || 5e9), 'in place'),
    // The engine keeps 32 bits of it.
    shown(`${kind} failure ratio`, String(Math.fround(config?.MaxFailureRatio ?? 0)), 'in place'),
    shown(`${kind} order`, config?.Order ?? 'stop-first', 'in place'),
  ];
}

function amountsFile({ cpus, memory }: ResourceAmounts): FileMap {
  return { cpus: cpus === undefined ? undefined : new Quoted(cpus), memory };
}

function amounts(wanted: ResourceAmounts, path: string): Amounts {
  return {
    ...(wanted.cpus !== undefined && { NanoCPUs: nanoCpus(wanted.cpus, `${path}.cpus`) }),
    ...(wanted.memory !== undefined && { MemoryBytes: sizeBytes(wanted.memory, `${path}.memory`) }),
  };
}

function reservations(wanted: ResourceAmounts & { generic?: Record<string, number> }, path: string): Amounts {
  const generic = Object.entries(wanted.generic ?? {}).map(([Kind, Value]) => ({
    DiscreteResourceSpec: { Kind, Value },
  }));
  return { ...amounts(wanted, path), ...(generic.length > 0 && { GenericResources: generic }) };
}

function amountFields(kind: string, amounts: Amounts | null | undefined): Field[] {
  const cpus = amounts?.NanoCPUs ?? 0;
  const memory = amounts?.MemoryBytes ?? 0;
  return [
    ...(cpus > 0 ? [shown(`cpu ${kind}`, String(cpus / 1e9), 'restart')] : []),
    ...(memory > 0 ? [shown(`memory ${kind}`, size(memory), 'restart')] : []),
  ];
}

/** Bytes in the largest unit that divides them, as a stack file would say it. */
function size(bytes: number): string {
  for (const [unit, factor] of UNITS) if (bytes % factor === 0) return `${bytes / factor}${unit}`;
  return `${bytes}`;
}

const UNITS = [
  ['g', 1024 ** 3],
  ['m', 1024 ** 2],
  ['k', 1024],
] as const;
