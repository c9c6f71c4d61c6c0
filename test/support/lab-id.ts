/** What the names of this run's labs begin with; BUNDLE_TEST_LAB gives another one, for two runs at once on one machine. At most 10 characters. */
const RUN = process.env['BUNDLE_TEST_LAB'] ?? 'test';

/** The id of a lab of this run's. */
export const labId = (name: string): string => `${RUN}-${name}`;
