import type { Material } from '../sdk/kind.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { isTooLong, LONGEST_ARGUMENT } from '../compose/limits.ts';
import { usageError, type BundleError } from '../errors.ts';

type Planned = Pick<StackPlan, 'variables' | 'secrets' | 'environmentAnswer'>;

/** A secret part that is too long for the variable that it would become. */
export interface LongVariable {
  text: string;
  hint: string;
  /** Key below `secretFiles`. */
  input: string | undefined;
}

/** Those of a bundle's secrets that no program could be started with; each once, whatever variables it becomes. */
export function longVariables(
  { variables = {}, secrets, environmentAnswer }: Planned,
  materials: Readonly<Record<string, Material>>,
): LongVariable[] {
  const found = Object.entries(variables).flatMap(([name, { secret, part }]) => {
    const bytes = materials[secret]?.[part]?.length ?? 0;
    return isTooLong(name, bytes) ? [{ name, secret, part, bytes }] : [];
  });
  return [...new Map(found.map((one) => [`${one.secret} ${one.part}`, one])).values()].map(
    ({ name, secret, part, bytes }) => {
      const need = secrets.find((each) => each.secret === secret);
      return {
        text:
          `secrets/${need?.files[part] ?? secret} has ${String(bytes)} bytes, and becomes the variable ${name}: ` +
          `Linux starts no program with a variable of more than ${String(LONGEST_ARGUMENT - name.length - 2)} bytes`,
        hint:
          'give only what is needed (of authorities the one that signed the server’s certificate, not a whole ' +
          `store), or have it delivered as a file${environmentAnswer ? ` (${environmentAnswer.instead})` : ''}`,
        input: need?.inputs[part],
      };
    },
  );
}

/** @throws BundleError (exit 2) if a secret is too long for the variable that it would become */
export function refuseLongVariables(plan: Planned, materials: Readonly<Record<string, Material>>): void {
  const [first] = longVariables(plan, materials);
  if (first !== undefined) throw refusal(first, plan);
}

function refusal({ text, hint, input }: LongVariable, { environmentAnswer }: Planned): BundleError {
  const [delivery] = environmentAnswer?.instead.split(':') ?? [];
  return usageError(
    'variable-too-long',
    text,
    [hint],
    input === undefined
      ? undefined
      : { paths: [`secretFiles.${input}`, ...(delivery === undefined ? [] : [delivery])] },
  );
}
