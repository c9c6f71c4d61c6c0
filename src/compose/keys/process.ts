import { formatDuration, requireDuration } from '../duration.ts';
import type { ContainerSpec, Health } from '../spec.ts';
import { STACK_NAMESPACE } from '../../engine/port.ts';
import type { ComposeService, HealthCheck } from '../types.ts';
import { userImage } from '../user-image.ts';
import { Quoted, Required } from '../values.ts';
import { hidden, shown, shownIfSet, type Field } from './field.ts';
import { goDuration, mapOf, quotedMap, type FileMap } from './file.ts';
import type { RunRule, ServiceKey } from './key.ts';
import { shellWord } from '../../shell-word.ts';

export const image: ServiceKey = {
  key: 'image',
  file: ({ image }) => image,
  spec: ({ image }, { container }) => void (container.Image = image),
  fields: ({ service }) => [shown('image', userImage(service), 'restart')],
  covers: ['TaskTemplate.ContainerSpec.Image'],
  run: { is: 'composed' },
};

export const hostname = textKey('hostname', 'hostname', 'Hostname', 'host name', '--hostname');
export const user = textKey('user', 'user', 'User', 'user', '--user');
export const workingDir = textKey('working_dir', 'workingDir', 'Dir', 'working directory', '--workdir');
export const stopSignal = textKey('stop_signal', 'stopSignal', 'StopSignal', 'stop signal', '--stop-signal');
export const tty = flagKey('tty', 'tty', 'TTY', 'terminal', '--tty');
export const stdinOpen = flagKey('stdin_open', 'stdinOpen', 'OpenStdin', 'open input', '--interactive');
export const readOnly = flagKey('read_only', 'readOnly', 'ReadOnly', 'read-only root', '--read-only');

export const initFlag: ServiceKey = {
  key: 'init',
  file: ({ init }) => init,
  spec: ({ init }, { container }) => {
    if (init !== undefined) container.Init = init;
  },
  fields: ({ container }) => [shown('init', String(container.Init ?? 'engine default'), 'restart')],
  covers: ['TaskTemplate.ContainerSpec.Init'],
  run: { is: 'options', options: ({ init }) => (init === true ? [['--init']] : []) },
};

export const entrypoint = wordsKey('entrypoint', 'Command');
export const commandWords = wordsKey('command', 'Args');

export const environment: ServiceKey = {
  key: 'environment',
  file: ({ environment }) =>
    environment && mapOf(environment, (item) => (typeof item === 'string' ? new Quoted(item) : new Required(item))),
  spec: (_service, { container }, { env }) => void (container.Env = env),
  fields: ({ container }) =>
    (container.Env ?? []).map((entry): Field => {
      const at = entry.indexOf('=');
      return {
        name: `environment ${at === -1 ? entry : entry.slice(0, at)}`,
        value: at === -1 ? '' : entry.slice(at + 1),
        effect: 'restart',
      };
    }),
  covers: ['TaskTemplate.ContainerSpec.Env'],
  run: { is: 'composed' },
};

export const healthcheck: ServiceKey = {
  key: 'healthcheck',
  file: ({ healthcheck }, at) => healthcheck && healthFile(healthcheck, at),
  spec: ({ healthcheck }, { container }, { at }) => {
    if (healthcheck) container.Healthcheck = health(healthcheck, at);
  },
  fields: ({ container: { Healthcheck: check } }) => (check ? healthFields(check) : []),
  covers: ['Test', 'Interval', 'Timeout', 'Retries', 'StartPeriod'].map(
    (key) => `TaskTemplate.ContainerSpec.Healthcheck.${key}`,
  ),
  run: { is: 'options', options: ({ healthcheck }) => (healthcheck === undefined ? [] : healthOptions(healthcheck)) },
};

export const stopGracePeriod: ServiceKey = {
  key: 'stop_grace_period',
  file: ({ stopGracePeriod }, at) => goDuration(stopGracePeriod, `${at}.stop_grace_period`),
  spec: ({ stopGracePeriod }, { container }, { at }) =>
    void (container.StopGracePeriod = requireDuration(stopGracePeriod, `${at}.stop_grace_period`)),
  fields: ({ container }) => [shown('stop grace period', formatDuration(container.StopGracePeriod ?? 10e9), 'restart')],
  covers: ['TaskTemplate.ContainerSpec.StopGracePeriod'],
  run: {
    is: 'options',
    options: ({ stopGracePeriod }, at) => [
      ['--stop-timeout', String(Math.ceil(requireDuration(stopGracePeriod, `${at}.stop_grace_period`) / 1e9))],
    ],
  },
};

export const logging: ServiceKey = {
  key: 'logging',
  file: ({ logging }) => ({ driver: logging.driver, options: quotedMap(logging.options) }),
  spec: ({ logging }, { task }) => void (task.LogDriver = { Name: logging.driver, Options: logging.options }),
  fields: ({ task }) => [
    ...(task.LogDriver ? [shown('logging driver', task.LogDriver.Name ?? '', 'restart')] : []),
    ...hidden('logging option', task.LogDriver?.Options, 'restart'),
  ],
  covers: ['TaskTemplate.LogDriver'],
  run: {
    is: 'options',
    options: ({ logging }) => [
      ['--log-driver', logging.driver],
      ...Object.entries(logging.options)
        .sort()
        .map(([key, value]) => ['--log-opt', `${key}=${value}`]),
    ],
  },
};

export const labels: ServiceKey = {
  key: 'labels',
  file: ({ labels }) => quotedMap(labels),
  spec: ({ labels }, { container }, { stack }) => void (container.Labels = { ...labels, [STACK_NAMESPACE]: stack }),
  fields: ({ container }) => hidden('container label', container.Labels, 'restart'),
  covers: ['TaskTemplate.ContainerSpec.Labels'],
  run: {
    is: 'options',
    options: ({ labels }) => Object.entries(labels ?? {}).map(([key, value]) => ['--label', `${key}=${value}`]),
  },
};

type Of<Type> = { [Key in keyof ComposeService]-?: ComposeService[Key] extends Type | undefined ? Key : never };
type KeyOf<Type> = Of<Type>[keyof ComposeService];

/** A key whose value is one text. */
function textKey(
  key: string,
  property: Extract<KeyOf<string>, 'hostname' | 'user' | 'workingDir' | 'stopSignal'>,
  inSpec: 'Hostname' | 'User' | 'Dir' | 'StopSignal',
  name: string,
  flag: string,
): ServiceKey {
  return {
    key,
    file: (service) => service[property],
    spec: (service, { container }) => {
      const value = service[property];
      if (value !== undefined) container[inSpec] = value;
    },
    fields: ({ container }) => shownIfSet(name, container[inSpec], 'restart'),
    covers: [`TaskTemplate.ContainerSpec.${inSpec}`],
    run: {
      is: 'options',
      options: (service) => {
        const value = service[property];
        return value === undefined ? [] : [[flag, value]];
      },
    },
  };
}

/** A key that is on or off, and off by default. */
function flagKey(
  key: string,
  property: Extract<KeyOf<boolean>, 'tty' | 'stdinOpen' | 'readOnly'>,
  inSpec: 'TTY' | 'OpenStdin' | 'ReadOnly',
  name: string,
  flag: string,
): ServiceKey {
  return {
    key,
    file: (service) => service[property],
    spec: (service, { container }) => {
      if (service[property] === true) container[inSpec] = true;
    },
    fields: ({ container }) => (container[inSpec] === true ? [shown(name, 'on', 'restart')] : []),
    covers: [`TaskTemplate.ContainerSpec.${inSpec}`],
    run: { is: 'options', options: (service) => (service[property] === true ? [[flag]] : []) },
  };
}

/** Words of a command line: they may hold a secret. */
function wordsKey(property: 'entrypoint' | 'command', inSpec: 'Command' | 'Args'): ServiceKey {
  const run: RunRule = { is: 'composed' };
  return {
    key: property,
    file: (service) => service[property]?.map((word) => new Quoted(word)),
    spec: (service, { container }) => {
      const words = service[property];
      if (words) container[inSpec] = words;
    },
    fields: ({ container }) => {
      const words: ContainerSpec['Args'] = container[inSpec];
      return (words ?? []).length > 0 ? [{ name: property, value: JSON.stringify(words), effect: 'restart' }] : [];
    },
    covers: [`TaskTemplate.ContainerSpec.${inSpec}`],
    run,
  };
}

/** Whether it switches off a health check of the image. */
export function isNone({ test }: HealthCheck): boolean {
  return test[0] === 'NONE';
}

function healthFile(check: HealthCheck, at: string): FileMap {
  if (isNone(check)) return { disable: true };
  return {
    test: check.test.map((word) => new Quoted(word)),
    interval: goDuration(check.interval, `${at}.healthcheck.interval`),
    timeout: goDuration(check.timeout, `${at}.healthcheck.timeout`),
    retries: check.retries,
    start_period: goDuration(check.startPeriod, `${at}.healthcheck.start_period`),
  };
}

function health(check: HealthCheck, at: string): Health {
  if (isNone(check)) return { Test: ['NONE'] };
  return {
    Test: check.test,
    Interval: requireDuration(check.interval, `${at}.healthcheck.interval`),
    Timeout: requireDuration(check.timeout, `${at}.healthcheck.timeout`),
    Retries: check.retries,
    ...(check.startPeriod !== undefined && {
      StartPeriod: requireDuration(check.startPeriod, `${at}.healthcheck.start_period`),
    }),
  };
}

function healthFields(check: Health): Field[] {
  const part = (name: string, text: string): Field => shown(`health check ${name}`, text, 'restart', 'health check');
  return [
    { name: 'health check', value: JSON.stringify(check.Test ?? []), effect: 'restart' },
    part('interval', formatDuration(check.Interval ?? 0)),
    part('timeout', formatDuration(check.Timeout ?? 0)),
    part('retries', String(check.Retries ?? 0)),
    part('start period', formatDuration(check.StartPeriod ?? 0)),
  ];
}

/** `--health-cmd` is always given to the image's shell. */
function healthOptions(check: HealthCheck): string[][] {
  const { test, interval, timeout, retries, startPeriod } = check;
  if (isNone(check)) return [['--no-healthcheck']];
  const [kind, ...words] = test;
  return [
    ['--health-cmd', kind === 'CMD-SHELL' ? words.join(' ') : words.map(shellWord).join(' ')],
    ['--health-interval', interval],
    ['--health-timeout', timeout],
    ['--health-retries', String(retries)],
    ...(startPeriod === undefined ? [] : [['--health-start-period', startPeriod]]),
  ];
}
