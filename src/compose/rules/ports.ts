import { repeated, type Problem, type Rule } from '../problem.ts';
import type { ComposeService, PortMapping } from '../types.ts';

/** Published ports: what one service may publish, and what two services cannot publish together. */
export const portRules: Rule = (_stack, document) => {
  const services = Object.entries(document.services);
  const problems = services.flatMap(([name, service]) => ownPorts(service, `services.${name}.ports`));
  services.forEach(([name, service], index) => {
    for (const [other, otherService] of services.slice(index + 1)) {
      for (const port of (service.ports ?? []).map(label)) {
        const clash = (otherService.ports ?? []).map(label).includes(port) && meet(port, service, otherService);
        if (clash)
          problems.push({
            id: 'port-taken',
            path: `services.${other}.ports`,
            message: `port ${port} is also published by "${name}", and both can be placed on one node`,
            fix: 'Publish another port, or pin the services to different nodes.',
          });
      }
    }
  });
  return problems;
};

function ownPorts(service: ComposeService, path: string): Problem[] {
  const ports = service.ports ?? [];
  const problems: Problem[] = [];
  for (const port of ports) {
    for (const number of [port.target, port.published]) {
      if (!Number.isInteger(number) || number < 1 || number > 65535)
        problems.push({ id: 'port-number', path, message: `${number} is no port`, fix: 'Use 1 to 65535.' });
    }
    if (port.mode === 'ingress' && service.deploy.endpointMode === 'dnsrr') {
      problems.push({
        id: 'port-ingress-dnsrr',
        path,
        message: `port ${port.published}: swarm refuses an ingress port on a service without a virtual IP`,
        fix: 'Publish it in host mode, or use endpoint mode vip.',
      });
    }
  }
  for (const port of repeated(ports.map(label)))
    problems.push({ id: 'port-twice', path, message: `port ${port} is published twice`, fix: 'Publish it once.' });
  if (service.deploy.update?.order === 'start-first' && ports.some((port) => port.mode === 'host')) {
    problems.push({
      id: 'start-first-port',
      path,
      message: 'the new task cannot have the host port while the old one still runs',
      fix: 'Use order stop-first.',
    });
  }
  return problems;
}

function label(port: PortMapping): string {
  return `${port.published}/${port.protocol ?? 'tcp'}`;
}

/**
 * True if nothing keeps the two apart: an ingress port is open on every node; host ports meet if every node that
 * satisfies one service's constraints satisfies the other's. Different labels may well be on different nodes, so they
 * are not held against anybody.
 */
function meet(port: string, one: ComposeService, other: ComposeService): boolean {
  const ingress = [one, other].some((service) =>
    service.ports?.some((candidate) => candidate.mode === 'ingress' && label(candidate) === port),
  );
  const words = (service: ComposeService): string[] =>
    service.deploy.constraints.map((constraint) => constraint.replace(/\s+/g, '').toLowerCase());
  const within = (few: string[], many: string[]): boolean => few.every((constraint) => many.includes(constraint));
  return ingress || within(words(one), words(other)) || within(words(other), words(one));
}
