import { formatDuration } from '../compose/duration.ts';
import { userImage } from './image.ts';
import { leftovers } from './leftovers.ts';
import {
  STACK_IMAGE,
  type Amounts,
  type ContainerSpec,
  type Mount,
  type ServiceSpec,
  type TaskSpec,
  type UpdateConfig,
} from './spec.ts';

/**
 * What a difference does to the tasks. `restart`: swarm replaces them all (moby/swarmkit, orchestrator.IsTaskDirty: the
 * task template or the endpoint differs). `move`: only those whose node no longer fits. `in place`: none.
 */
export type Effect = 'restart' | 'move' | 'in place';

/** One comparable property of a service. */
export interface Field {
  /** What people read; not unique (placement constraints). */
  name: string;
  /** Compared; never printed. */
  value: string;
  /** Printed; absent where the value may be a secret. */
  shown?: string;
  effect: Effect;
  /** The field this one belongs to: when that one comes or goes, this one is not news. */
  of?: string;
}

/**
 * The properties of a service's specification that our documents can set, desired or live, with the defaults of CLI and
 * engine filled in, so that what means the same is the same. `networkName` gives the name of a network by what the
 * specification calls it.
 */
export function serviceFields(spec: ServiceSpec, networkName: (target: string) => string): Field[] {
  const task = spec.TaskTemplate ?? {};
  return [
    shown('image', userImage(spec), 'restart'),
    ...containerFields(task.ContainerSpec ?? {}),
    ...taskFields(task, networkName),
    shown('endpoint mode', spec.EndpointSpec?.Mode ?? 'vip', 'restart'),
    ...(spec.EndpointSpec?.Ports ?? []).map((port) =>
      shown(
        `port ${port.PublishedPort ?? 0}/${port.Protocol ?? 'tcp'}`,
        `to ${port.TargetPort ?? 0}, ${port.PublishMode ?? 'ingress'}`,
        'restart',
      ),
    ),
    shown(
      'mode',
      Object.entries(spec.Mode ?? {}).find(([, value]) => value !== null && value !== undefined)?.[0] ?? 'Replicated',
      'in place',
    ),
    shown('replicas', String(spec.Mode?.Replicated?.Replicas ?? 1), 'in place'),
    ...updateFields('update', spec.UpdateConfig),
    ...updateFields('rollback', spec.RollbackConfig),
    ...hidden('label', spec.Labels, 'in place').filter((field) => field.name !== `label ${STACK_IMAGE}`),
  ];
}

/** What a live specification sets beyond what our documents can say: somebody changed it by hand. */
export function foreignFields(spec: ServiceSpec): Field[] {
  return leftovers(spec).map(([path, value]) => ({
    name: path,
    value,
    effect: /^(TaskTemplate|EndpointSpec|mount)\b/.test(path) ? 'restart' : 'in place',
  }));
}

function containerFields(container: ContainerSpec): Field[] {
  const check = container.Healthcheck;
  const part = (name: string, text: string): Field => shown(`health check ${name}`, text, 'restart', 'health check');
  return [
    ...((container.Command ?? []).length > 0
      ? [{ name: 'entrypoint', value: JSON.stringify(container.Command), effect: 'restart' } as const]
      : []),
    ...((container.Args ?? []).length > 0
      ? [{ name: 'command', value: JSON.stringify(container.Args), effect: 'restart' } as const]
      : []),
    ...(container.Hostname ? [shown('host name', container.Hostname, 'restart')] : []),
    ...(container.Env ?? []).map((entry): Field => {
      const at = entry.indexOf('=');
      return {
        name: `environment ${at === -1 ? entry : entry.slice(0, at)}`,
        value: at === -1 ? '' : entry.slice(at + 1),
        effect: 'restart',
      };
    }),
    ...(container.Secrets ?? []).flatMap(({ File, SecretName }) => {
      const name = `secret ${File?.Name ?? ''}`;
      return [
        shown(name, SecretName ?? '', 'restart'),
        shown(`${name} mode`, `0${(File?.Mode ?? 0).toString(8)}`, 'restart', name),
        shown(`${name} owner`, `${File?.UID ?? '0'}:${File?.GID ?? '0'}`, 'restart', name),
      ];
    }),
    ...(container.Mounts ?? []).flatMap(mountFields),
    ...(check
      ? [
          { name: 'health check', value: JSON.stringify(check.Test ?? []), effect: 'restart' } as const,
          part('interval', formatDuration(check.Interval ?? 0)),
          part('timeout', formatDuration(check.Timeout ?? 0)),
          part('retries', String(check.Retries ?? 0)),
          part('start period', formatDuration(check.StartPeriod ?? 0)),
        ]
      : []),
    shown('stop grace period', formatDuration(container.StopGracePeriod ?? 10e9), 'restart'),
    shown('init', String(container.Init ?? 'engine default'), 'restart'),
    ...hidden('container label', container.Labels, 'restart'),
  ];
}

function mountFields(mount: Mount): Field[] {
  const name = `mount ${mount.Target ?? ''}`;
  return [
    shown(name, `${mount.Type ?? ''} ${mount.Source ?? ''}${mount.ReadOnly === true ? ', read-only' : ''}`, 'restart'),
    ...hidden(`${name} label`, mount.VolumeOptions?.Labels, 'restart', name),
  ];
}

function taskFields(task: TaskSpec, networkName: (target: string) => string): Field[] {
  const restart = task.RestartPolicy;
  return [
    ...(task.Networks ?? []).flatMap(({ Target, Aliases, DriverOpts }) => {
      const name = `network ${networkName(Target ?? '')}`;
      const aliases = [...new Set(Aliases ?? [])].sort().join(', ');
      return [
        shown(name, '', 'restart'),
        shown(`${name} aliases`, aliases, 'restart', name),
        ...hidden(`${name} option`, DriverOpts, 'restart', name),
      ];
    }),
    ...(task.LogDriver ? [shown('logging driver', task.LogDriver.Name ?? '', 'restart')] : []),
    ...hidden('logging option', task.LogDriver?.Options, 'restart'),
    ...amountFields('limit', task.Resources?.Limits),
    ...amountFields('reservation', task.Resources?.Reservations),
    shown('restart condition', restart?.Condition ?? 'any', 'restart'),
    shown('restart delay', formatDuration(restart?.Delay ?? 5e9), 'restart'),
    shown('restart attempts', String(restart?.MaxAttempts ?? 0), 'restart'),
    shown('restart window', formatDuration(restart?.Window ?? 0), 'restart'),
    ...(task.Placement?.Constraints ?? []).map((constraint) => shown('placement constraint', constraint, 'move')),
  ];
}

function amountFields(kind: string, amounts: Amounts | null | undefined): Field[] {
  const cpus = amounts?.NanoCPUs ?? 0;
  const memory = amounts?.MemoryBytes ?? 0;
  return [
    ...(cpus > 0 ? [shown(`cpu ${kind}`, String(cpus / 1e9), 'restart')] : []),
    ...(memory > 0 ? [shown(`memory ${kind}`, size(memory), 'restart')] : []),
  ];
}

function updateFields(kind: string, config: UpdateConfig | null | undefined): Field[] {
  // The engine's defaults where nothing was ever set: moby/swarmkit, api/defaults. A monitor of 0 is sent as "not set".
  return [
    shown(`${kind} parallelism`, String(config?.Parallelism ?? 1), 'in place'),
    shown(`${kind} delay`, formatDuration(config?.Delay ?? 0), 'in place'),
    shown(`${kind} failure action`, config?.FailureAction ?? 'pause', 'in place'),
    shown(`${kind} monitor`, formatDuration(config?.Monitor || 5e9), 'in place'),
    shown(`${kind} failure ratio`, String(config?.MaxFailureRatio ?? 0), 'in place'),
    shown(`${kind} order`, config?.Order ?? 'stop-first', 'in place'),
  ];
}

/** A value that may be printed; `of` is the field that it belongs to. No spreads: there are thousands of them. */
function shown(name: string, text: string, effect: Effect, of?: string): Field {
  const field: Field = { name, value: text, effect };
  if (text !== '') field.shown = text;
  if (of !== undefined) field.of = of;
  return field;
}

function hidden(name: string, values: Record<string, string> | null | undefined, effect: Effect, of?: string): Field[] {
  return Object.entries(values ?? {}).map(([key, value]) =>
    of === undefined ? { name: `${name} ${key}`, value, effect } : { name: `${name} ${key}`, value, effect, of },
  );
}

/** Bytes in the largest unit that divides them, as a stack file would say it. */
function size(bytes: number): string {
  for (const [unit, factor] of [
    ['g', 1024 ** 3],
    ['m', 1024 ** 2],
    ['k', 1024],
  ] as const)
    if (bytes % factor === 0) return `${bytes / factor}${unit}`;
  return `${bytes}`;
}
