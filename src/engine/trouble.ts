import { BundleError } from '../errors.ts';

/** Whether an engine was not there, or did not do or tell what it was asked: one of the codes of `Engine`. */
export function isEngineTrouble(error: unknown): error is BundleError {
  return error instanceof BundleError && /^engine-(unreachable|not-manager|conflict|not-found|error)$/.test(error.code);
}
