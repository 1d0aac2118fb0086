import { describe, expect, it } from 'vitest';
import { checkPlatform } from '#infra/local/check-platform.ts';

describe('checkPlatform', () => {
  it('is satisfied with this machine', () => {
    expect(checkPlatform()).toMatchObject({ outcome: 'ready', emulatorPath: expect.stringMatching(/dynoxide/) });
  });

  it('names a Node that is too old and says how to get another', () => {
    const check = checkPlatform({ nodeVersion: '20.20.2', platform: 'linux', arch: 'x64' });

    expect(check).toEqual({
      outcome: 'lacking',
      message: expect.stringMatching(/needs Node 24.*this is 20\.20\.2.*npm start/),
    });
  });

  it('names an emulator that is not bundled for the platform and says how to bring one', () => {
    const check = checkPlatform({ nodeVersion: '24.1.0', platform: 'darwin', arch: 'arm64' });

    expect(check).toEqual({ outcome: 'lacking', message: expect.stringMatching(/darwin arm64.*DYNOXIDE_PATH/) });
  });

  it("takes a binary of one's own on any platform", () => {
    const check = checkPlatform({
      nodeVersion: '24.1.0',
      platform: 'darwin',
      arch: 'arm64',
      emulatorPath: process.execPath,
    });

    expect(check).toEqual({ outcome: 'ready', emulatorPath: process.execPath });
  });

  it('says so when that binary is not there', () => {
    const check = checkPlatform({
      nodeVersion: '24.1.0',
      platform: 'linux',
      arch: 'x64',
      emulatorPath: '/nowhere/dynoxide',
    });

    expect(check).toEqual({
      outcome: 'lacking',
      message: expect.stringMatching(/DYNOXIDE_PATH names no existing file/),
    });
  });
});
