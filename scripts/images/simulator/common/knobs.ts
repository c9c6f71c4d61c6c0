/** `SIMULATOR_*`: what a test asks of a simulator. All of it is in README.md. */
import { type Environment, Fault, numberFrom } from './environment.ts';

const FAULTS = [
  'accept-any-token',
  'crash-after-lines',
  'crash-before-lines',
  'expired-certificate',
  'plain-http',
  'print-environment',
  'wrong-certificate',
  'wrong-name',
] as const;

export type FaultName = (typeof FAULTS)[number];

export const LOG_STYLES = ['mixed', 'plain', 'syslog', 'json', 'ansi'] as const;

export interface Knobs {
  startDelayMs: number;
  serveDelayMs: number;
  drainMs: number;
  exitAfterMs: number | undefined;
  exitCode: number;
  portOffset: number;
  heartbeatMs: number;
  /** Where what must outlive a process is kept; a prefix before absolute paths. */
  stateRoot: string;
  noiseLines: number;
  noiseBytes: number;
  logStream: 'stdout' | 'stderr';
  logStyle: (typeof LOG_STYLES)[number];
  splitLines: boolean;
  storeAttempts: number;
  databaseNameCheck: 'refuse' | 'warn';
  clusterState: string;
  faults: ReadonlySet<FaultName>;
}

/** @throws Fault for a value that is not known: a test must not pass because of a typing error. */
export function readKnobs(env: Environment): Knobs {
  const seconds = (name: string, fallback: number): number => numberFrom(env, name, fallback) * 1000;
  return {
    startDelayMs: seconds('SIMULATOR_START_DELAY', 0),
    serveDelayMs: seconds('SIMULATOR_SERVE_DELAY', 0),
    drainMs: seconds('SIMULATOR_DRAIN', 0),
    exitAfterMs: (env['SIMULATOR_EXIT_AFTER'] ?? '') === '' ? undefined : seconds('SIMULATOR_EXIT_AFTER', 0),
    exitCode: numberFrom(env, 'SIMULATOR_EXIT_CODE', 1),
    portOffset: numberFrom(env, 'SIMULATOR_PORT_OFFSET', 0),
    heartbeatMs: seconds('SIMULATOR_HEARTBEAT', 5),
    stateRoot: env['SIMULATOR_STATE_ROOT'] ?? '',
    noiseLines: numberFrom(env, 'SIMULATOR_NOISE_LINES', 4),
    noiseBytes: numberFrom(env, 'SIMULATOR_NOISE_BYTES', 60),
    logStream: oneOf(env, 'SIMULATOR_LOG_STREAM', ['stdout', 'stderr']),
    logStyle: oneOf(env, 'SIMULATOR_LOG_STYLE', LOG_STYLES),
    splitLines: oneOf(env, 'SIMULATOR_SPLIT_LINES', ['0', '1']) === '1',
    storeAttempts: numberFrom(env, 'SIMULATOR_STORE_ATTEMPTS', Infinity),
    databaseNameCheck: oneOf(env, 'SIMULATOR_DATABASE_NAME_CHECK', ['refuse', 'warn']),
    clusterState: oneOf(env, 'SIMULATOR_CLUSTER_STATE', ['CLUSTER_STOPPED', 'RUNNING']),
    faults: new Set(listOf(env, 'SIMULATOR_FAULTS', FAULTS)),
  };
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly [T, ...T[]] | readonly T[]): T {
  const text = env[name] ?? '';
  const found = text === '' ? values[0] : values.find((value) => value === text);
  if (found === undefined) throw new Fault(`${name}: '${text}' is none of ${values.join(', ')}`);
  return found;
}

function listOf<T extends string>(env: Environment, name: string, values: readonly T[]): T[] {
  const words = (env[name] ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words.map((word) => {
    const found = values.find((value) => value === word);
    if (found === undefined) throw new Fault(`${name}: '${word}' is none of ${values.join(', ')}`);
    return found;
  });
}
