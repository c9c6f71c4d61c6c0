/** Shared pieces for reading the engine's answers: dockerode's typings promise too much, so each answer is parsed. */
import * as z from 'zod';
import { strangeAnswer } from './errors.ts';
import { onOneLine } from './first-words.ts';
import { STACK_NAMESPACE } from './stack-labels.ts';
import type { PublishedPort, StackObject } from './port.ts';

/** Go leaves out empty maps or writes null. */
export const Labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {});
export const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const PLAIN = /^[ -~]*$/;
/**
 * What a node says of itself, or of a task that it runs, on one line: whoever has the node could steer the operator's
 * terminal with it. Thousands of tasks have plain texts, which cost nothing.
 */
export const toldByNode = (text: string | null | undefined): string =>
  text === null || text === undefined || PLAIN.test(text) ? (text ?? '') : onOneLine(text);
export const ToldByNode = Text.transform(toldByNode);
/** Go leaves zeros out. */
export const Count = z
  .number()
  .nullish()
  .transform((count) => count ?? 0);
export const Version = z.object({ Index: Count });

/** A PortConfig; Go leaves out zeroes. */
export const Port = z.object({
  Protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
  TargetPort: Count,
  PublishedPort: Count,
  PublishMode: z.enum(['ingress', 'host']).default('ingress'),
});

export function toPort({ Protocol, TargetPort, PublishedPort, PublishMode }: z.output<typeof Port>): PublishedPort {
  return { protocol: Protocol, target: TargetPort, published: PublishedPort, mode: PublishMode };
}

const NANO = 1_000_000_000;

/** Go durations are nanoseconds. */
export function seconds(nanoseconds: number): number {
  return nanoseconds / NANO;
}

/**
 * Parses one answer.
 * @param what what was being done, for the error
 * @throws BundleError `engine-error` naming the field that is not as documented, never its value
 */
export function parse<T extends z.ZodType>(schema: T, answer: unknown, what: string): z.output<T> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw strangeAnswer(what, `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'unknown'}`);
}

/** Parses a list; null is an empty one. */
export function parseList<T extends z.ZodType>(schema: T, answer: unknown, what: string): z.output<T>[] {
  return parse(z.array(schema), answer ?? [], what);
}

/**
 * How an item of a list is parsed and made into something, with what the engine said of it (`Api.items`).
 * @throws (when called) BundleError as `parse`
 */
export function itemOf<T extends z.ZodType, Item>(
  schema: T,
  what: string,
  make: (parsed: z.output<T>, raw: unknown) => Item,
): (raw: unknown, index: number) => Item {
  return (raw, index) => {
    const result = schema.safeParse(raw);
    if (result.success) return make(result.data, raw);
    const issue = result.error.issues[0];
    throw strangeAnswer(what, `${[index, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'unknown'}`);
  };
}

/** Secrets, configs: name and labels are in their Spec. */
export const SpecObject = z.object({
  ID: z.string(),
  Version,
  CreatedAt: Text,
  Spec: z.object({ Name: Text, Labels }),
});

/** The filter for what `docker stack deploy` made under a stack's name. */
export function stackFilter(stack: string): { label: string[] } {
  return { label: [`${STACK_NAMESPACE}=${stack}`] };
}

export function stackObject(id: string, name: string, labels: Record<string, string>): StackObject {
  return { id, name, labels };
}

/** Go's times have up to nine decimals with trailing zeros cut off, so neither text nor Date order them. */
export function compareTimes(a: string, b: string): number {
  const byMilliseconds = Date.parse(a) - Date.parse(b);
  if (byMilliseconds !== 0 && !Number.isNaN(byMilliseconds)) return byMilliseconds;
  const nanos = (time: string): number => Number((/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0').slice(0, 9));
  return nanos(a) - nanos(b);
}
