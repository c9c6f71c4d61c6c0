import { eachService, type Problem } from '../problem.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names and values of the environment. Messages name the variable, never its value. */
export const environmentRules = eachService((service, path) =>
  Object.entries(service.environment ?? {}).flatMap(([name, value]): Problem[] => {
    const at = `${path}.environment.${name}`;
    if (!NAME.test(name))
      return [
        {
          id: 'environment-name',
          path: at,
          message: `"${name}" is no name of an environment variable`,
          fix: 'Use letters, digits and underscores; shells drop the others.',
        },
      ];
    if (typeof value !== 'string') {
      return NAME.test(value.fromEnvironment)
        ? []
        : [
            {
              id: 'environment-source',
              path: at,
              message: `"${value.fromEnvironment}" is no name of an environment variable`,
              fix: 'Use letters, digits and underscores.',
            },
          ];
    }
    // docker/cli, cli/compose/loader (updateEnvironment): measured, exit 0 and no word.
    if (value === '')
      return [
        {
          id: 'environment-empty',
          path: at,
          message: `an empty value is replaced by the deployer's own ${name}, if there is one`,
          fix: 'Leave the variable out.',
        },
      ];
    return [];
  }),
);
