import { runningSince } from '../../converge/needs.ts';
import type { Register, SecretPart } from '../../sdk/definition.ts';
import type { SecretState } from '../../bundle/secret-state.ts';
import type { MountedSecret, SwarmTask } from '../../engine/port.ts';
import type { EndpointSubject } from '../endpoints/types.ts';
import type { CheckOutcome } from '../result.ts';
import type { ProbeLogin, ProbeQuestion, Trust } from './question.ts';

export interface Surroundings {
  /** Ids of the stack's networks. */
  networks: readonly string[];
  /** Current tasks by their service's short name. */
  tasks: ReadonlyMap<string, readonly SwarmTask[]>;
  secrets: readonly SecretState[];
  /** By the swarm's clock, ms. */
  now: number;
}

/** Where in the job's answer a subject's part is found. */
export interface ProbePlace {
  question: string;
  /** Of a register. */
  entry: number;
  authority: SecretPart | undefined;
  /** From the job's start until an entry of a register cannot be that of a task before. */
  settleSeconds: number;
}

export const authorityId = ({ secret, part }: SecretPart): string => `authority-${secret}-${part}`;

/** Turns subjects into the questions of one job, and gathers what the job must be given for them. */
export class ProbePlan {
  readonly questions: ProbeQuestion[] = [];
  readonly places = new Map<EndpointSubject, ProbePlace>();
  /** Of subjects that cannot be asked. */
  readonly outcomes = new Map<EndpointSubject, CheckOutcome>();
  readonly networks = new Set<string>();
  readonly mounts: MountedSecret[] = [];
  /** Those of them that are no certificates, which anybody may see. */
  readonly tokens: MountedSecret[] = [];
  /** Files in the job, by `authorityId`. */
  readonly authorities: Record<string, string> = {};
  readonly #around: Surroundings;

  constructor(subjects: readonly EndpointSubject[], around: Surroundings) {
    this.#around = around;
    const ofRegisters = new Map<string, OfRegister[]>();
    for (const subject of subjects.filter(isOfRegister)) {
      const { register, port } = subject.endpoint;
      const key = JSON.stringify([port, { ...register, entry: { ...register.entry, name: '' } }]);
      ofRegisters.set(key, [...(ofRegisters.get(key) ?? []), subject]);
    }
    for (const group of ofRegisters.values()) this.#try(group, () => this.#addRegister(group));
    for (const subject of subjects) if (!isOfRegister(subject)) this.#try([subject], () => this.#addPort(subject));
  }

  #try(subjects: readonly EndpointSubject[], add: () => void): void {
    try {
      add();
    } catch (error) {
      if (!(error instanceof Unaskable)) throw error;
      for (const subject of subjects) this.outcomes.set(subject, { status: error.status, detail: error.message });
    }
  }

  #addPort(subject: EndpointSubject): void {
    const { endpoint, task, tls } = subject;
    const add = (ask: ProbeQuestion['ask'], authority?: SecretPart): void => {
      this.places.set(subject, {
        question: this.#ask(task, endpoint.port, ask),
        entry: 0,
        authority,
        settleSeconds: 0,
      });
    };
    switch (endpoint.kind) {
      case 'tls':
        return add({ kind: 'tls', name: this.#trust(endpoint).name }, endpoint.authority);
      case 'secured':
        return add({ kind: 'secured' });
      case 'http':
        return add({ kind: 'http', tls: endpoint.tls, path: endpoint.path, status: endpoint.status });
      case 'tcp':
        return add({ kind: 'tcp', greeting: endpoint.greeting });
      case 'exchange': {
        const { serverName: name, send, answer } = endpoint;
        return add({ kind: 'exchange', name, send, answer });
      }
      case 'authentication':
        return add({
          kind: 'authentication',
          request: {
            ...endpoint.request,
            trust: endpoint.tls ? this.#trust(tls) : undefined,
            login: this.#login(endpoint),
          },
        });
      case 'registration':
        throw new Unaskable('unknown' in endpoint.register ? endpoint.register.unknown : '', 'not-run');
    }
  }

  /** One question for all that are looked for in one register. */
  #addRegister(group: readonly OfRegister[]): void {
    const [
      {
        endpoint: { register, port },
      },
    ] = group as [OfRegister];
    const { service, tls, request, login, entry, staleSeconds } = register;
    const [keeper] = this.#around.tasks.get(service) ?? [];
    if (keeper === undefined) throw new Unaskable(`${service}, which is to be asked, does not run`);
    const pair = (key: string, value: string): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    const settles = group.map(({ task }) =>
      Math.max(0, Math.ceil(staleSeconds - (this.#around.now - runningSince(task)) / 1000)),
    );
    const question = this.#ask(keeper, port, {
      kind: 'registration',
      request: { ...request, trust: tls && this.#trust(tls), login: login && this.#login(login) },
      entries: group.map((one) => pair(entry.nameKey, one.endpoint.register.entry.name)),
      anyEntry: `${JSON.stringify(entry.nameKey)}:`,
      states: [entry.good, ...entry.bad].map((state) => pair(entry.stateKey, state)),
      settleSeconds: Math.max(...settles),
    });
    for (const [index, subject] of group.entries())
      this.places.set(subject, { question, entry: index, authority: undefined, settleSeconds: settles[index] ?? 0 });
  }

  #ask(task: SwarmTask, port: number, ask: ProbeQuestion['ask']): string {
    const { addresses = {} } = task;
    const network = this.#around.networks.find((id) => addresses[id] !== undefined);
    if (network === undefined) throw new Unaskable('its address on the stack’s network is not known');
    this.networks.add(network);
    const id = `q${this.questions.length}`;
    this.questions.push({ id, address: addresses[network] ?? '', port, ask });
    return id;
  }

  #trust(tls: { names: readonly string[]; authority: SecretPart } | undefined): Trust {
    const [name] = tls?.names ?? [];
    if (tls === undefined || name === undefined)
      throw new Unaskable('a token is sent to no server of whose certificate nothing is known', 'not-run');
    const authorityFile = this.#mount(tls.authority).file;
    this.authorities[authorityId(tls.authority)] = authorityFile;
    return { name, authorityFile };
  }

  #login({ user, token }: { user: string; token: SecretPart }): ProbeLogin {
    const { file, mount } = this.#mount(token);
    if (!this.tokens.includes(mount)) this.tokens.push(mount);
    return { user, tokenFile: file };
  }

  /** The locked version, alone in its directory: curl may be told to trust all that is in one. */
  #mount({ secret, part }: SecretPart): { file: string; mount: MountedSecret } {
    const live = this.#around.secrets.find((one) => one.need.secret === secret && one.part === part)?.live;
    if (live === undefined) throw new Unaskable(`the ${part} of ${secret} is not in the swarm`);
    const target = `probe/${secret}-${part}/content`;
    const there = this.mounts.find((mount) => mount.target === target);
    const mount = there ?? { id: live.id, name: live.name, target };
    if (there === undefined) this.mounts.push(mount);
    return { file: `/run/secrets/${target}`, mount };
  }
}

type OfRegister = EndpointSubject & { endpoint: { kind: 'registration'; register: Register } };

function isOfRegister(subject: EndpointSubject): subject is OfRegister {
  return subject.endpoint.kind === 'registration' && !('unknown' in subject.endpoint.register);
}

class Unaskable extends Error {
  readonly status: 'unsure' | 'not-run';

  constructor(message: string, status: 'unsure' | 'not-run' = 'unsure') {
    super(message);
    this.status = status;
  }
}
