import type { Check, Finding } from './check.ts';

/** Engine API below which features of our stack files are missing (capabilities, ulimits, jobs): Engine 20.10. */
const MINIMUM_API = '1.41';

export const engine: Check = {
  name: 'engine',
  title: 'swarm manager',
  offline: true,
  run({ info, unreachable, live }) {
    if (unreachable) return [unreachable];
    if (!info || !live) return [{ level: 'error', text: 'no engine was asked' }];
    const findings: Finding[] = [];
    if (olderThan(info.apiVersion, MINIMUM_API)) {
      findings.push({
        level: 'error',
        text: `engine ${info.version} speaks API ${info.apiVersion}; ${MINIMUM_API} is needed`,
        hint: 'upgrade to Docker Engine 20.10 or later',
      });
    }
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

function olderThan(version: string, minimum: string): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  const [c = 0, d = 0] = minimum.split('.').map(Number);
  return a < c || (a === c && b < d);
}
