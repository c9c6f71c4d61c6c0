/** Which agents have registered, and whether the manager can reach them where they say they are. */
import { call } from '../common/http.ts';
import type { Registration } from '../common/registration.ts';

export interface KnownAgent extends Registration {
  state: 'registered' | 'registered but unreachable' | 'lost';
  /** Why it cannot be reached. */
  reason?: string;
  lastSeen: number;
}

/** An agent that was silent for this many heartbeats is lost. */
const MISSED_HEARTBEATS = 3;

export class Agents {
  private readonly known = new Map<string, KnownAgent>();
  private readonly heartbeatMs: number;
  private readonly log: (message: string) => void;

  constructor(heartbeatMs: number, log: (message: string) => void) {
    this.heartbeatMs = heartbeatMs;
    this.log = log;
  }

  /** Takes a registration, after having called the agent back at the address it gave. */
  async register(registration: Registration): Promise<KnownAgent> {
    const reason = await unreachable(registration);
    const before = this.known.get(registration.name);
    const state = reason === undefined ? 'registered' : 'registered but unreachable';
    const agent: KnownAgent = {
      ...registration,
      state,
      ...(reason === undefined ? {} : { reason }),
      lastSeen: Date.now(),
    };
    this.known.set(agent.name, agent);
    if (before?.state !== state || before.address !== agent.address) {
      this.log(
        `agent ${agent.name} (${agent.nodeType || 'no node type'}, ${agent.address}:${agent.port}) ` +
          `${state}${reason === undefined ? '' : `: ${reason}`}`,
      );
    }
    return agent;
  }

  /** All of them, in order of their names. */
  list(now = Date.now()): KnownAgent[] {
    const all = [...this.known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return all.map((agent) =>
      now - agent.lastSeen > MISSED_HEARTBEATS * this.heartbeatMs ? { ...agent, state: 'lost' } : agent,
    );
  }
}

async function unreachable({ name, address, port }: Registration): Promise<string | undefined> {
  try {
    const { status, body } = await call({ host: address, port, timeoutMs: 2000 }, 'GET', '/health');
    const answered = (body as { name?: unknown } | undefined)?.name;
    if (status !== 200) return `its health is answered with ${status}`;
    return answered === name ? undefined : `what answers there calls itself ${String(answered)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
