/**
 * The bundles that a deployment would upload. One test file, because `cdk synth` takes seconds to build them: it runs
 * once for all of these.
 */
import './synth.cases.ts';
import './bundle-sizes.cases.ts';
import './bundle-life.cases.ts';
import { afterAll } from 'vitest';
import { removeSynthesised } from './synthesised.ts';

afterAll(removeSynthesised);
