import type { QuestionContext } from '../../../src/sdk/definition.ts';

/* When a question is asked: by answers given before. */

export const on = (path: string, byDefault: unknown) => (context: QuestionContext) =>
  (context.get(path) ?? byDefault) === true;
export const is = (path: string, value: unknown, byDefault?: unknown) => (context: QuestionContext) =>
  (context.get(path) ?? byDefault) === value;
