import { DEFAULT_ENGINE } from '../../scripts/lab/engines.ts';

/** The engine of the labs that tests bring up, of ENGINE_NAMES: BUNDLE_TEST_ENGINE, or the lab's default. */
export const testEngine = (): string => process.env['BUNDLE_TEST_ENGINE'] ?? DEFAULT_ENGINE;
