import type { Container, Engine } from '../engine/port.ts';

/** A host whose engine we can ask. */
export interface RunHost {
  name: string;
  address: string;
  engine: Pick<Engine, 'address' | 'info' | 'containers' | 'containerLogs' | 'startContainerJob' | 'removeContainer'>;
}

/** A container, and the host that it is on. */
export interface Found {
  host: RunHost;
  container: Container;
}

/** The containers that bear the label of a stack, on all its hosts, read again and again. */
export class HostContainers {
  readonly #hosts: readonly RunHost[];
  readonly #stack: string;
  #newest: readonly Found[] = [];
  #reading: Promise<readonly Found[]> | undefined;

  constructor(hosts: readonly RunHost[], stack: string) {
    this.#hosts = hosts;
    this.#stack = stack;
  }

  /** As they were read last. */
  get newest(): readonly Found[] {
    return this.#newest;
  }

  /** Who asks while they are being read gets the same: services and tasks belong to one moment. */
  read(): Promise<readonly Found[]> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAll(): Promise<readonly Found[]> {
    const all = await Promise.all(
      this.#hosts.map(async (host) =>
        (await host.engine.containers({ stack: this.#stack })).map((container) => ({ host, container })),
      ),
    );
    this.#newest = all.flat();
    return this.#newest;
  }
}
