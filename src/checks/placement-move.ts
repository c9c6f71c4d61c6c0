import { nodeLabel } from '../bundle/names.ts';
import type { Check, Finding } from './check.ts';
import { findNodes } from './find-node.ts';

/** A local volume stays on its node: a member that moves finds an empty one. */
export const placementMove: Check = {
  name: 'placement-move',
  title: 'volumes stay where they are',
  offline: false,
  run({ stack, plan, document, live }) {
    const nodes = live?.nodes ?? [];
    const findings: Finding[] = [];
    for (const { role, nodes: wanted, services } of plan.placements) {
      const label = nodeLabel(stack, role);
      const targets = new Set(wanted.flatMap((name) => findNodes(nodes, name).map((node) => node.id)));
      const left = nodes.filter((node) => node.labels[label] === 'true' && !targets.has(node.id));
      const withVolume = services.filter((service) => (document.services[service]?.volumes ?? []).some((mount) => mount.type === 'volume'));
      for (const node of left) {
        if (withVolume.length === 0) continue;
        findings.push({
          level: 'error',
          text: `${withVolume.join(', ')} would move from ${node.hostname} to ${wanted.join(', ')} and leave its volume behind`,
          hint: `put it back on ${node.hostname} in bundle.yaml, or move the data first and go on with --ignore placement-move`,
        });
      }
    }
    return findings.length > 0 ? findings : [{ level: 'ok', text: 'no member with a volume changes its node' }];
  },
};
