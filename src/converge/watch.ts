import type { Engine, SwarmService, SwarmTask } from '../engine/port.ts';
import { BundleError } from '../errors.ts';
import type { ConvergeOptions, ServiceProgress } from './options.ts';
import { awaitsNeeds, servedSince, type Grace, type GraceNow } from './grace.ts';
import { judge } from './judge.ts';
import type { Judgement, MoreOfSwarm } from './view.ts';
import { tasksOf } from '../swarm/current-tasks.ts';
import { Memory } from '../swarm/memory.ts';
import { needsReadyAt } from './needs.ts';
import type { ConvergeFinding, Verdict } from './outcome.ts';
import { LifeSigns } from './life-signs.ts';
import { Registry } from './registry.ts';
import type { Snapshot } from '../swarm/snapshot.ts';
import { stabilityOf } from './stability.ts';
import type { SwarmView } from './unplaceable.ts';
import { updateFailure, updateNews, type UpdateNews } from './update-status.ts';

const MISSING_MS = 2_000;
/**
 * So long the task that failed in a paused update may take to run for its window: swarm starts it again after the delay
 * of its restart policy.
 */
const PAUSED_MS = 45_000;

/** All services of one wait, judged round by round. A failure stays; anything else is judged anew each time. */
export class Watch {
  readonly memory = new Memory();
  progress: ServiceProgress[] = [];
  firstFailureAt = Infinity;
  readonly #engine: Engine;
  readonly #options: ConvergeOptions;
  readonly #startedAt: number;
  /** The same by the managers' clock. */
  #begunAt = Infinity;
  readonly #registry: Registry;
  readonly #signs: LifeSigns;
  readonly #verdicts = new Map<string, Verdict>();
  /** What the swarm said when it began to roll a service back; "rollback completed" names no task. */
  readonly #rollbacks = new Map<string, string>();
  /** Services whose paused update was taken up again in this wait. */
  readonly #resumed = new Set<string>();
  readonly #warned = new Set<string>();

  constructor(engine: Engine, options: ConvergeOptions, startedAt: number) {
    this.#engine = engine;
    this.#options = options;
    this.#startedAt = startedAt;
    this.#registry = new Registry(engine);
    this.#signs = options.signs ?? new LifeSigns(engine);
  }

  /** Ends what it began to read. */
  close(): void {
    if (this.#options.signs === undefined) this.#signs.close();
  }

  /** Takes in one snapshot. @param readStopping gives the stack's tasks that still stop */
  async round(snapshot: Snapshot, readStopping: () => Promise<SwarmTask[]>): Promise<ServiceProgress[]> {
    // So it was then: what came of it while the answer was awaited nobody has seen yet.
    const now = snapshot.askedAt;
    let swarm: Promise<SwarmView> | undefined;
    let stopping: Promise<SwarmTask[]> | undefined;
    const more: MoreOfSwarm = {
      swarm: () => (swarm ??= this.#readSwarm()),
      stopping: () => (stopping ??= readStopping()),
    };
    const services = new Map(snapshot.services.map((service) => [this.shortName(service), service]));
    this.progress = await Promise.all(
      this.#names(services).map(async (name) => {
        const service = services.get(name);
        const judgement =
          service === undefined ? this.#absent(name, now) : await this.#judge(name, service, snapshot, now, more);
        return this.#keep(name, judgement, now);
      }),
    );
    return this.progress;
  }

  verdict(name: string): Verdict | undefined {
    return this.#verdicts.get(name);
  }

  allConverged(): boolean {
    return this.progress.every((service) => service.state === 'converged');
  }

  /** After how long, ms, the wait can be over; undefined while a service still has something to do. */
  restMs(): number | undefined {
    const open = [...this.#verdicts.values()].flatMap((verdict) =>
      verdict.is === 'waiting' ? [verdict.restMs ?? Infinity] : [],
    );
    const rest = Math.max(0, ...open);
    return Number.isFinite(rest) ? rest : undefined;
  }

  allDecided(): boolean {
    return this.progress.every((service) => service.state !== 'waiting');
  }

  shortName(service: Pick<SwarmService, 'name'>): string {
    const prefix = `${this.#options.stack}_`;
    return service.name.startsWith(prefix) ? service.name.slice(prefix.length) : service.name;
  }

  #names(services: ReadonlyMap<string, SwarmService>): string[] {
    const { only, expectations } = this.#options;
    return [...(only ?? new Set([...expectations.map((one) => one.service), ...[...services.keys()].sort()]))];
  }

  #absent(name: string, now: number): Judgement {
    const verdict: Verdict =
      this.memory.held(`absent ${name}`, 'absent', now) < MISSING_MS
        ? { is: 'waiting', phase: 'not there' }
        : {
            is: 'failed',
            finding: {
              kind: 'missing',
              text: `the swarm has no service ${this.#options.stack}_${name}`,
              hints: ['deploy the stack; `bundle plan` shows what it would change'],
            },
          };
    return { running: 0, wanted: 0, steady: false, verdict };
  }

  async #judge(
    name: string,
    service: SwarmService,
    snapshot: Snapshot,
    now: number,
    more: MoreOfSwarm,
  ): Promise<Judgement> {
    this.memory.held(`absent ${name}`, 'present', now);
    const tasks = tasksOf(service, snapshot.tasks);
    this.memory.observe(service, tasks, now);
    // The earliest: what this machine slept meanwhile is not part of `now`.
    this.#begunAt = Math.min(this.#begunAt, snapshot.managersNow - (now - this.#startedAt));
    const { startGraceSeconds = 0, needs } = this.#options.expectations.find((one) => one.service === name) ?? {};
    const stability = stabilityOf({
      service,
      stack: this.#options.stack,
      services: snapshot.services,
      tasks: snapshot.tasks,
      nodes: snapshot.nodes,
      now: snapshot.managersNow,
      startGraceSeconds,
      needs,
      ran: (task) => this.memory.ranMs(service, task),
      wait: {
        since: this.#begunAt,
        leftMs: this.#startedAt + this.#options.timeoutMs - now,
      },
    });
    const grace: Grace = {
      needsReadyAt: needsReadyAt(needs, this.#options.stack, snapshot),
      graceEndsAt: this.#startedAt + startGraceSeconds * 1000,
    };
    const judgement = await judge({
      service,
      tasks,
      nodes: snapshot.nodes,
      memory: this.memory,
      registry: this.#registry,
      now,
      ...more,
      services: snapshot.services,
      stability,
      managersNow: snapshot.managersNow,
      untouched:
        this.#options.before?.some(({ id, version }) => id === service.id && version === service.version) === true,
      start: this.#options.start,
      signs: this.#signs,
      ...grace,
    });
    const { verdict } = judgement;
    if (verdict.is === 'converged' && verdict.warning !== undefined) this.#warn(name, verdict.warning, 'former');
    const update = await this.#update(name, service, judgement, { ...grace, now, managersNow: snapshot.managersNow });
    return update === undefined ? judgement : { ...judgement, verdict: update };
  }

  /** What the update's status says outranks the tasks: after a rollback they all run, but the previous version. */
  async #update(name: string, service: SwarmService, judgement: Judgement, at: GraceNow): Promise<Verdict | undefined> {
    const news = updateNews(
      service,
      this.#options.before?.find((one) => one.id === service.id),
    );
    if (news.is === 'quiet') return undefined;
    if (news.is === 'rolling-back') {
      this.#rollbacks.set(service.id, service.updateStatus?.message ?? '');
      return { is: 'waiting', phase: 'the swarm rolls the update back' };
    }
    if (service.updateStatus?.state === 'paused' && !this.#resumed.has(service.id)) {
      const healing = await this.#heal(name, service, news, judgement, at);
      if (healing !== 'no') return healing;
    }
    return { is: 'failed', finding: await this.#updateFailure(service, news) };
  }

  async #updateFailure(service: SwarmService, news: UpdateNews & { is: 'failed' }): Promise<ConvergeFinding> {
    // Without them the failure is still told, with less of its cause.
    const tasks = await this.#engine.tasks({ serviceId: service.id }).catch(() => []);
    return updateFailure(news, this.#rollbacks.get(service.id), service.name, tasks);
  }

  /**
   * A paused update: swarm goes on starting the task that failed in it. If that one runs, the failure is a warning, and
   * an update that has more to replace is taken up again, once; `no` if it fails again or does not come to run. During
   * its start grace, what it does before all that it needs runs says nothing.
   */
  async #heal(
    name: string,
    service: SwarmService,
    news: UpdateNews & { is: 'failed' },
    { verdict, steady }: Judgement,
    at: GraceNow,
  ): Promise<Verdict | undefined | 'no'> {
    const awaits = awaitsNeeds(at);
    const since = this.memory.held(`paused ${service.id}`, awaits ? 'awaits its needs' : 'paused', at.now);
    if (verdict.is === 'failed') return 'no';
    if (!awaits && this.memory.endsWatched(service, servedSince(at)) > (news.old === true ? 0 : 1)) return 'no';
    if (verdict.is === 'waiting' && !steady) {
      if (awaits) return { is: 'waiting', phase: 'the swarm paused the update; waiting for what the service needs' };
      return since < PAUSED_MS
        ? { is: 'waiting', phase: 'the swarm paused the update; watching whether what failed runs' }
        : 'no';
    }
    const { text } = await this.#updateFailure(service, news);
    if (verdict.is === 'converged') {
      this.#warn(name, `${text}. All of its tasks run by now`);
      return undefined;
    }
    try {
      await this.#engine.resumeUpdate(service);
    } catch (error) {
      // Written since we read it: the next round looks again.
      if (!(error instanceof BundleError) || error.code !== 'engine-conflict') throw error;
      return { is: 'waiting', phase: 'taking the paused update up again' };
    }
    this.#resumed.add(service.id);
    this.#warn(name, `${text}. What failed runs by now: the update was taken up again`);
    return { is: 'waiting', phase: 'the paused update was taken up again' };
  }

  /** Of each matter once, however its words change. */
  #warn(name: string, text: string, matter: 'update' | 'former' = 'update'): void {
    const key = `${matter} ${name}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    const { redactor, onWarning } = this.#options;
    onWarning?.(`${name}: ${redactor.words(text)}`);
  }

  #keep(name: string, judgement: Judgement, now: number): ServiceProgress {
    const { verdict } = judgement;
    const shown = this.progress.find((one) => one.name === name);
    if (shown?.state === 'failed') return shown;
    this.#verdicts.set(name, verdict);
    if (verdict.is === 'failed') this.firstFailureAt = Math.min(this.firstFailureAt, now);
    const { redactor } = this.#options;
    // The engine's words may quote a command line.
    const said = redactor.words(phase(verdict));
    return { name, running: judgement.running, wanted: judgement.wanted, phase: said, state: verdict.is };
  }

  async #readSwarm(): Promise<SwarmView> {
    const [services, tasks] = await Promise.all([this.#engine.services(), this.#engine.tasks()]);
    return { services, tasks };
  }
}

function phase(verdict: Verdict): string {
  if (verdict.is === 'waiting') return verdict.phase;
  return verdict.is === 'converged' ? verdict.text : shorten(verdict.finding);
}

function shorten(finding: ConvergeFinding): string {
  return finding.text.split('\n')[0] ?? finding.kind;
}
