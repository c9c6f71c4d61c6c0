declare global {
  /** Set by the build from package.json. */
  var BUNDLE_VERSION: string | undefined;
}

/** The version of this program. */
export function version(): string {
  return globalThis.BUNDLE_VERSION ?? 'development';
}
