import type { Check, Finding } from './check.ts';
import { findNodes } from './find-node.ts';

export const placement: Check = {
  name: 'placement',
  title: 'placement',
  offline: false,
  run({ plan, live }) {
    const nodes = live?.nodes ?? [];
    const known = nodes.map((node) => node.hostname).sort().join(', ');
    const findings: Finding[] = [];
    for (const wanted of new Set(plan.placements.flatMap((each) => each.nodes))) {
      const services = plan.placements.filter((each) => each.nodes.includes(wanted)).flatMap((each) => each.services);
      const whom = services.length > 3 ? `${services.slice(0, 3).join(', ')} and ${services.length - 3} more` : services.join(', ');
      const found = findNodes(nodes, wanted);
      const [node] = found;
      if (!node) findings.push({ level: 'error', text: `there is no node "${wanted}" for ${whom}`, hint: `nodes of this swarm: ${known}` });
      else if (found.length > 1) findings.push({ level: 'error', text: `${found.length} nodes are called "${wanted}"`, hint: `name one by its id: ${found.map((each) => each.id).join(', ')}` });
      else if (node.state !== 'ready') findings.push({ level: 'error', text: `node ${wanted} is ${node.state}; ${whom} cannot start there`, hint: 'bring it back, or name another node' });
      else if (node.availability !== 'active') {
        findings.push({ level: 'error', text: `node ${wanted} is set to ${node.availability}; ${whom} cannot start there`, hint: `docker node update --availability active ${wanted}` });
      }
    }
    return findings.length > 0 ? findings : [{ level: 'ok', text: 'every service has a ready node' }];
  },
};
