import { clocksApart, SET_CLOCK } from '../swarm/clock.ts';
import { shortHistory } from '../converge/history.ts';
import type { Check, Finding } from './check.ts';

/** Of an engine that is too old itself, `connect` says so before anything is checked. */
export const engine: Check = {
  name: 'engine',
  title: 'swarm manager',
  offline: true,
  run({ info, unreachable, live, now }) {
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
    const apart = clocksApart(info.systemTime, now.getTime());
    if (apart !== undefined) findings.push({ level: 'warning', text: apart, hint: SET_CLOCK });
    const short = shortHistory(info.swarm.taskHistory);
    if (short !== undefined) findings.push({ level: 'warning', text: short.why, hint: short.mend });
    findings.push({
      level: 'ok',
      text:
        `engine ${info.version} (API ${info.apiVersion}), ${live.nodes.length} ` +
        `node${live.nodes.length === 1 ? '' : 's'}`,
    });
    return findings;
  },
};
