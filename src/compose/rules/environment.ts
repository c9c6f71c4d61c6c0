import { isTooLong, LONGEST_ARGUMENT } from '../limits.ts';
import { eachService, type Problem } from '../problem.ts';
import type { ComposeService } from '../types.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names and values of the environment. Messages name the variable, never its value. */
export const environmentRules = eachService((service, path) => [
  ...argumentProblems(service, path),
  ...Object.entries(service.environment ?? {}).flatMap(([name, value]): Problem[] => {
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
    if (typeof value === 'string' && isTooLong(name, Buffer.byteLength(value)))
      return [
        {
          id: 'environment-length',
          path: at,
          message:
            `the value has ${Buffer.byteLength(value)} bytes: Linux starts no program with a variable of more than ` +
            `${LONGEST_ARGUMENT} bytes ("argument list too long")`,
          fix: 'Shorten it, or give it as a file.',
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
]);

/** Of the entrypoint and the command, each argument for itself. */
function argumentProblems({ entrypoint = [], command = [] }: ComposeService, path: string): Problem[] {
  return Object.entries({ entrypoint, command }).flatMap(([key, args]) =>
    args.flatMap((argument, index): Problem[] =>
      Buffer.byteLength(argument) < LONGEST_ARGUMENT
        ? []
        : [
            {
              id: 'argument-length',
              path: `${path}.${key}.${String(index)}`,
              message: `the argument has ${Buffer.byteLength(argument)} bytes: Linux takes less than ${LONGEST_ARGUMENT}`,
              fix: 'Shorten it, or give it as a file.',
            },
          ],
    ),
  );
}
