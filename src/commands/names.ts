/** The names of all commands, in the order of help. */
export const COMMAND_NAMES = [
  'init',
  'render',
  'check',
  'prepare',
  'plan',
  'deploy',
  'rollback',
  'history',
  'verify',
  'status',
  'open',
  'logs',
  'destroy',
  'plugin',
  'schema',
  'completion',
] as const;
