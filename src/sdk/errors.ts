/** How a definition or a kind of secret refuses what it is given. */
export { BundleError, EXIT, messageOf, usageError } from '../errors.ts';
