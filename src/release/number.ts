import { usageError } from '../errors.ts';

/** The number of a release as an option has it. @throws BundleError (exit 2) that names the option */
export function releaseNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError('usage', `${option} ${text}: a release is named by its number`, ['`bundle history` lists them']);
}
