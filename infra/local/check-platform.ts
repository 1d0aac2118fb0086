import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

export const NODE_MAJOR_MIN = 24;

/** Names another DynamoDB emulator binary, for platforms without a bundled one. */
export const EMULATOR_PATH_VARIABLE = 'DYNOXIDE_PATH';

export type Platform = {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly arch: string;
  readonly emulatorPath?: string | undefined;
};

export type PlatformCheck =
  | { readonly outcome: 'ready'; readonly emulatorPath: string }
  | { readonly outcome: 'lacking'; readonly message: string };

const thisMachine = (): Platform => ({
  nodeVersion: process.versions.node,
  platform: process.platform,
  arch: process.arch,
});

/** Checks whether the local stack can run here. `message` says what is missing and how to get it. */
export function checkPlatform(platform: Platform = thisMachine()): PlatformCheck {
  if (Number.parseInt(platform.nodeVersion, 10) < NODE_MAJOR_MIN) {
    return {
      outcome: 'lacking',
      message:
        `The local stack needs Node ${NODE_MAJOR_MIN} or newer and this is ${platform.nodeVersion}: start it with \`npm start\`, ` +
        `which uses the Node that \`npm ci\` installs on Linux, or install Node ${NODE_MAJOR_MIN} from nodejs.org.`,
    };
  }
  if (platform.emulatorPath !== undefined) return checkOwnEmulator(platform.emulatorPath);
  const bundledPath = findBundledEmulator(platform);
  if (bundledPath !== undefined) return { outcome: 'ready', emulatorPath: bundledPath };
  return {
    outcome: 'lacking',
    message:
      `The DynamoDB emulator (dynoxide) is bundled for Linux x64 and was not found on this machine (${platform.platform} ` +
      `${platform.arch}): run \`npm ci\` without --omit=optional there, or set ${EMULATOR_PATH_VARIABLE} to a dynoxide binary ` +
      'built from github.com/nubo-db/dynoxide.',
  };
}

function checkOwnEmulator(emulatorPath: string): PlatformCheck {
  if (existsSync(emulatorPath)) return { outcome: 'ready', emulatorPath };
  return {
    outcome: 'lacking',
    message: `${EMULATOR_PATH_VARIABLE} names no existing file: set it to the path of a dynoxide binary, or unset it to use the bundled one.`,
  };
}

function findBundledEmulator(platform: Platform): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@dynoxide/${platform.platform}-${platform.arch}/dynoxide`);
  } catch {
    // npm does not install packages of other platforms.
    return undefined;
  }
}
