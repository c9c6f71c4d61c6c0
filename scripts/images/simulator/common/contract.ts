/** What these programs are, said first and plainly. */

/** Of the contract in README.md; also the tag of the images. */
export const CONTRACT_VERSION = 1;

/** The first line a simulator prints. */
export function banner(role: 'manager' | 'agent'): string {
  return (
    `SIMULATOR of the ${role} contract, version ${CONTRACT_VERSION}: a test stand-in, not Imply software; it ` +
    'proves nothing about the real image'
  );
}

/** Printed once the material was found and checked; the two substrings that the vendor's documentation names. */
export const ENABLED = { tls: 'TLS: Enabled', authentication: 'Authentication: Enabled' } as const;

/** Where the simulators speak to each other. No path of the vendor's: the real registration is not known. */
export const SIMULATOR_PATHS = {
  agents: '/simulator/v1/agents',
  certificates: '/simulator/v1/certificates',
  clusters: '/simulator/v1/clusters',
} as const;

/** The manager's user for HTTP Basic authentication; the token is the password. */
export const BASIC_USER = 'imply';
