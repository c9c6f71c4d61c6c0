import { mountTargets } from '../keys/mounts.ts';
import { leastTasks } from '../modes.ts';
import { eachService, repeated, type Problem } from '../problem.ts';

/** Mounts: where they come from, where they go, and what an update does to their data. */
export const volumeRules = eachService((service, path) => {
  const mounts = service.volumes ?? [];
  const at = `${path}.volumes`;
  const problems: Problem[] = [];
  for (const { type, source, target } of mounts) {
    // The CLI expands ~ and makes a relative path absolute on the deployer's machine, not on the node.
    if (type === 'bind' && !source.startsWith('/'))
      problems.push({
        id: 'bind-relative',
        path: at,
        message: `"${source}" is not absolute: docker would resolve it on the machine that deploys`,
        fix: 'Write the absolute path on the node.',
      });
    if (!target.startsWith('/'))
      problems.push({
        id: 'mount-target',
        path: at,
        message: `"${target}" is not absolute`,
        fix: 'Write the absolute path in the container.',
      });
  }
  for (const target of repeated(mountTargets(service).map((target) => target.replace(/(?<=.)\/+$/, '')))) {
    problems.push({
      id: 'mount-twice',
      path: at,
      message: `two mounts at "${target}"`,
      fix: 'Give each mount a place of its own.',
    });
  }
  const volumes = mounts.filter((mount) => mount.type === 'volume').map((mount) => mount.source);
  if (volumes.length === 0) return problems;
  if (service.deploy.update?.order === 'start-first') {
    problems.push({
      id: 'start-first-volume',
      path: `${path}.deploy.update_config.order`,
      message: `the new task would open volume "${volumes[0]}" while the old one still writes to it`,
      fix: 'Use order stop-first.',
    });
  }
  if (leastTasks(service) > 1) {
    problems.push({
      id: 'replicas-volume',
      path: `${path}.deploy.replicas`,
      message:
        `${leastTasks(service)} replicas of a service with a local volume: on one node they share it, and an ` +
        'update may move them to nodes where it is empty',
      fix: 'Make one service of each member, pinned to its node.',
    });
  }
  return problems;
});
