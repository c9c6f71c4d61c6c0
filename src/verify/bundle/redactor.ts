import { fingerprints } from '../../bundle/fingerprint.ts';
import { LABEL } from '../../bundle/names.ts';
import type { ServiceSpec } from '../../compose/spec.ts';
import { hasEnded, isEngineTrouble, type SwarmSecret, type SwarmService, type SwarmTask } from '../../engine/port.ts';
import type { TaskEngine } from '../../engine/port.ts';
import { ownServices, shortName } from '../../plan/own-services.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import type { Survey } from '../../project/plan-bundle.ts';
import { createRedactor, withhold, withholdAll, type Redactor } from '../../ui/redact.ts';

/** What runs of the bundle, for the values that it was given. */
export interface Running {
  services: readonly Pick<SwarmService, 'name' | 'spec'>[];
  tasks: readonly Pick<SwarmTask, 'state' | 'desiredState' | 'secrets' | 'spec'>[];
  /** The swarm's secrets that bear labels of the bundle. */
  secrets: readonly Pick<SwarmSecret, 'name' | 'labels'>[];
}

/** A secret that a task has, or is to get: its name in the swarm, and the fingerprint of its content if it is known. */
interface Version {
  name: string;
  fingerprint: string | undefined;
}

/**
 * The redactor that knows every value that the bundle's services were given, and that they are to get. If `secrets/`
 * lacks one of them, or has another version of it, nothing of a container is quoted. Pure.
 */
export function redactorOf(
  { directory, document }: Pick<Loaded, 'directory' | 'document'>,
  running: Running,
): Redactor {
  const { secrets: store, plan } = directory;
  const { secret, foreign } = environmentValues({ directory, document }, running);
  const values = [...store.values, ...secret];
  const lacking = plan.secrets.find((need) => !store.materials[need.secret]);
  if (lacking && !store.present) return withholdAll;
  if (lacking) return withhold(`secrets/ here lacks ${Object.values(lacking.files).join(', ')}`, values);
  const versions = [...lockedVersions({ directory, document }), ...mountedVersions(running)];
  const unknown = versions.find((version) => !isKnown(version, directory));
  if (!unknown) return Object.assign(createRedactor([...values, ...foreign]), { words: createRedactor(values) });
  return withhold(`secrets/ here has not what ${unknown.name} was made from, which a service has or is to get`, values);
}

/** `redactorOf`, by what was read of the swarm already. */
export function redactorAt(loaded: Loaded, { live, liveSecrets }: Pick<Survey, 'live' | 'liveSecrets'>): Redactor {
  const services = ownServices(loaded.directory.bundle.name, live.services);
  const ids = new Set(services.map(({ id }) => id));
  const tasks = live.tasks.filter(({ serviceId }) => ids.has(serviceId));
  return redactorOf(loaded, { services, tasks, secrets: liveSecrets });
}

/**
 * `redactorOf`, by what runs now. An engine that does not tell it has nothing quoted, and hinders nobody otherwise.
 * @param engine also asked for the secrets, with their labels
 */
export async function readRedactor(
  engine: Pick<TaskEngine, 'services' | 'tasks'> & {
    secrets: (filter: { stack: string }) => Promise<Running['secrets']>;
  },
  loaded: Loaded,
): Promise<Redactor> {
  const stack = loaded.directory.bundle.name;
  try {
    const [services, tasks, secrets] = await Promise.all([
      engine.services({ stack }),
      engine.tasks({ stack }),
      engine.secrets({ stack }),
    ]);
    return redactorOf(loaded, { services, tasks, secrets });
  } catch (error) {
    if (!isEngineTrouble(error)) throw error;
    return withhold('the engine did not tell which secrets the tasks have', loaded.directory.secrets.values);
  }
}

const specOf = ({ spec }: Running['services'][number]) => (spec as ServiceSpec).TaskTemplate?.ContainerSpec ?? {};

/** Tasks that run or start: those that the swarm stops have said what they had to say. */
const atWork = ({ tasks }: Running): Running['tasks'] =>
  tasks.filter((task) => !hasEnded(task) && !['shutdown', 'remove'].includes(task.desiredState));

/** What is to be mounted, by the lockfile. */
function lockedVersions({ directory: { plan, lock }, document }: Pick<Loaded, 'directory' | 'document'>): Version[] {
  return plan.secrets.flatMap(({ secret, files }) =>
    Object.entries(files).flatMap(([part, file]) => {
      const name = document.secrets[file]?.name;
      const fingerprint = lock.secrets[secret]?.fingerprints[part];
      return name === undefined || fingerprint === undefined ? [] : [{ name, fingerprint }];
    }),
  );
}

/** What is mounted, by the labels of the swarm's secrets. */
function mountedVersions(running: Running): Version[] {
  const labels = new Map(running.secrets.map((secret) => [secret.name.toLowerCase(), secret.labels]));
  const names = [
    ...running.services.flatMap((service) => (specOf(service).Secrets ?? []).map(({ SecretName = '' }) => SecretName)),
    ...atWork(running).flatMap(({ secrets }) => secrets.map(({ name }) => name)),
  ];
  return [...new Set(names)].map((name) => ({
    name,
    fingerprint: labels.get(name.toLowerCase())?.[LABEL.fingerprint],
  }));
}

/** Whether some file in `secrets/` has this content: that of the same name, or one that was kept beside it. */
function isKnown(
  { name, fingerprint }: Version,
  { bundle, plan, lock, secrets: { key, materials, files, values } }: Loaded['directory'],
): boolean {
  if (!key || fingerprint === undefined) return false;
  const file = shortName(bundle.name, name).replace(/\.v\d+$/, '');
  const parts = [
    ...plan.secrets.flatMap((need) =>
      Object.entries(need.files).flatMap(([part, own]) => (own === file ? [{ secret: need.secret, part }] : [])),
    ),
    // Of an answer that was turned off.
    ...Object.entries(lock.secrets).flatMap(([secret, locked]) =>
      Object.entries(locked.fingerprints).flatMap(([part, value]) => (value === fingerprint ? [{ secret, part }] : [])),
    ),
  ];
  return parts.some(({ secret, part }) =>
    [materials[secret]?.[part], files[secret]?.[part], ...values].some(
      (content) => content && fingerprints(key, secret, { [part]: content })[part] === fingerprint,
    ),
  );
}

/** Of a variable that nobody calls a secret, a shorter value is a word of many logs: `true`, `INFO`, a host's name. */
const FOREIGN_LENGTH = 12;

/**
 * Values that tasks were given by their environment, whatever version that is: the specification has them in clear.
 * @returns those of variables that the bundle takes from secrets; and long ones of which stack.yml says nothing, such
 *   as the password of an answer that was turned off
 */
function environmentValues(
  { directory: { bundle, plan }, document }: Pick<Loaded, 'directory' | 'document'>,
  running: Running,
): { secret: string[]; foreign: string[] } {
  const named = new Set([...Object.keys(plan.environment), ...Object.keys(plan.variables ?? {})]);
  const secret = new Set<string>();
  const foreign = new Set<string>();
  for (const service of running.services) {
    const told = document.services[shortName(bundle.name, service.name)]?.environment;
    for (const [name, value] of variablesOf(specOf(service)))
      if (named.has(name) || typeof (told?.[name] ?? '') !== 'string') secret.add(value);
      else if (told !== undefined && !(name in told) && value.length >= FOREIGN_LENGTH) foreign.add(value);
  }
  for (const { spec } of atWork(running))
    for (const [name, value] of variablesOf((spec as ServiceSpec['TaskTemplate'])?.ContainerSpec ?? {}))
      if (named.has(name)) secret.add(value);
  secret.delete('');
  return { secret: [...secret], foreign: [...foreign] };
}

const variablesOf = ({ Env }: { Env?: string[] | null }): [name: string, value: string][] =>
  (Env ?? []).map((entry) => {
    const at = entry.indexOf('=');
    return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });
