import { BundleError } from '../errors.ts';

/** Whether an engine was not there, or did not do or tell what it was asked: one of the codes of `Engine`. */
export function isEngineTrouble(error: unknown): error is BundleError {
  return error instanceof BundleError && /^engine-(unreachable|not-manager|conflict|not-found|error)$/.test(error.code);
}

/**
 * Does what may be done twice once more if the connection failed: the next try opens a new one. Not if the engine gave
 * no answer in time, which would double the wait.
 * @throws as the last try
 */
export async function overNewConnection<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'engine-unreachable' || isTimeout(error)) throw error;
    return work();
  }
}

const isTimeout = ({ details }: BundleError): boolean =>
  typeof details === 'object' && details !== null && 'timeout' in details;
