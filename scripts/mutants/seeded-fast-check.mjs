import { createRequire } from 'node:module';

const fc = createRequire(import.meta.url)('fast-check');
fc.configureGlobal({ seed: 1 });
export default fc;
