import type { Check, Finding } from './check.ts';

/** Of an engine that is too old itself, `connect` says so before anything is checked. */
export const engine: Check = {
  name: 'engine',
  title: 'swarm manager',
  offline: true,
  run({ info, unreachable, live }) {
    if (unreachable) return [unreachable];
    if (!info || !live) return [{ level: 'error', text: 'no engine was asked' }];
    const findings: Finding[] = [];
    for (const node of live.nodes) {
      if (/^(1[0-9]|20\.0[0-9])\./.test(node.engineVersion))
        findings.push({
          level: 'warning',
          text: `node ${node.hostname} runs engine ${node.engineVersion}, older than 20.10`,
        });
    }
    findings.push({
      level: 'ok',
      text:
        `engine ${info.version} (API ${info.apiVersion}), ${live.nodes.length} ` +
        `node${live.nodes.length === 1 ? '' : 's'}`,
    });
    return findings;
  },
};
