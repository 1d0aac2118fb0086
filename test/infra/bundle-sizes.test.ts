import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleBytes, bundleBytesMax } from '#infra/aws/bundle-sizes.ts';
import { buildBundle, SDK_MODES } from '#infra/aws/constructs/bundling.ts';
import { FUNCTION_NAMES } from '#infra/aws/delivery-limits.ts';

const root = mkdtempSync(join(tmpdir(), 'tminus-sizes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a bundle', () => {
  for (const sdk of SDK_MODES) {
    it.each(FUNCTION_NAMES)(
      `of %s is no larger than allowed with the SDK ${sdk === 'bundled' ? 'in it' : 'of the runtime'}`,
      (name) => {
        const outputDir = join(root, sdk, name);
        buildBundle({ name, sdk, outputDir });
        expect(bundleBytes(outputDir)).toBeLessThanOrEqual(bundleBytesMax(name, sdk));
      },
    );
  }
});
