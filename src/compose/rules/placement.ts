import { eachService, type Problem } from '../problem.ts';

// moby/swarmkit, manager/constraint/constraint.go. A key that is not one of these is accepted and never matches a node.
const EXPRESSION = /^\s*([a-z_][a-z0-9\-_.]+)\s*(==|!=)\s*([a-z0-9:\-_\s.*()?+[\]\\^$|/]+)$/i;
const KEY = /^(node\.(id|hostname|ip|role|platform\.(os|arch)|labels\..+)|engine\.labels\..+)$/i;

/** Constraints that swarm refuses, or that no node can ever meet. */
export const placementRules = eachService((service, path) =>
  service.deploy.constraints.flatMap((constraint): Problem[] => {
    const at = `${path}.deploy.placement.constraints`;
    const match = EXPRESSION.exec(constraint);
    if (match === null) {
      return [
        {
          id: 'constraint-syntax',
          path: at,
          message: `"${constraint}" is no constraint`,
          fix: 'Write it as KEY == VALUE or KEY != VALUE.',
        },
      ];
    }
    const [, key = '', , value = ''] = match;
    if (!KEY.test(key)) {
      return [
        {
          id: 'constraint-key',
          path: at,
          message: `no node has "${key}": the constraint never matches`,
          fix:
            'Use node.labels.NAME, node.hostname, node.role, node.id, node.ip, node.platform.os or .arch, or ' +
            'engine.labels.NAME.',
        },
      ];
    }
    if (key.toLowerCase() === 'node.role' && !/^(manager|worker)$/i.test(value.trim())) {
      return [
        {
          id: 'constraint-role',
          path: at,
          message: `no node has the role "${value.trim()}"`,
          fix: 'A role is manager or worker.',
        },
      ];
    }
    return [];
  }),
);
