import { definitions } from './definitions.ts';
import { validateAnswers as validate, type Bundle } from '../../src/bundle/parse.ts';

/** `validateAnswers` with the catalogue in stacks/. @throws BundleError (exit 2) */
export const validateAnswers = (value: Record<string, unknown>, file: string): Bundle =>
  validate(value, file, definitions);
