import type { StackPlan, TlsClients } from '../sdk/definition.ts';

/** What is dialled by clients that trust one CA. */
export interface Dialled {
  names: string[];
  /** Whose rules decide. */
  clients: TlsClients[];
}

/**
 * The names that clients dial of servers whose certificates a CA of the plan issues, and whose rules these clients go
 * by.
 */
export function dialledUnder(plan: Pick<StackPlan, 'expectations'>, secret: string): Dialled {
  const endpoints = plan.expectations
    .flatMap(({ endpoints }) => endpoints.filter((one) => one.kind === 'tls'))
    .filter(({ authority }) => authority.secret === secret);
  const clients = new Set(endpoints.flatMap(({ clients = ['openssl'] }) => clients));
  return {
    names: [...new Set(endpoints.flatMap(({ names }) => names))].sort(),
    clients: clients.size === 0 ? ['openssl'] : [...clients].sort(),
  };
}
