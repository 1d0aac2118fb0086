import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { RolledOut } from '#lib/lifecycle/delivery/deploy-release.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

export type CdkRun = {
  /** The root of the checkout that is deployed. */
  readonly folder: string;
  readonly cdkFile: string;
  readonly args: readonly string[];
  readonly env: Env;
  readonly signal: AbortSignal;
  /** Each line of CDK's output. */
  readonly say: (line: string) => void;
};

/** The CDK that npm installed for a checkout: a release is deployed by its own. */
export function findCdk(root: string): string {
  return join(dirname(createRequire(join(root, 'package.json')).resolve('aws-cdk/package.json')), 'bin/cdk');
}

/** CloudFormation's longest usual update, with a canary for every function. */
const DEPLOY_MS_MAX = 5_400_000;
/** A shorter value would be found everywhere. */
const SECRET_LENGTH_MIN = 8;

/** The arguments as people may see them: a parameter's value may hold a provider's key. */
export function shownArgs(args: readonly string[]): string {
  return args.map((arg, index) => findParameter(args, index)?.shown ?? arg).join(' ');
}

const PLACE = /^(--profile|--app|-a|--hotswap(-fallback)?|--(no-)?execute|--method|-m|--exclusively|-e)(?=$|=)/;
const CONTEXT = /^(?:(--context=|-c=?)|)((?:stage|commit|account)=)/;

/** An option that would choose another stage, account or code than the one that is proven, or a part; null without. */
export function findOwnOption(args: readonly string[]): string | null {
  for (const [index, arg] of args.entries()) {
    const [place] = PLACE.exec(arg) ?? [];
    if (place !== undefined) return place;
    const [, joined = '', context] = CONTEXT.exec(arg) ?? [];
    const isContext = joined !== '' || /^(-c|--context)$/.test(args[index - 1] ?? '');
    if (context !== undefined && isContext) return `-c ${context}`;
  }
  return null;
}

/** What shifts calls from version to version is in the watch stack, which is missing where its creation failed. */
export const mayShift = (watchStatus = ''): boolean => /^(CREATE_COMPLETE$|IMPORT_|UPDATE_)/.test(watchStatus);

/** Runs CDK to its end. Never throws. */
export function runCdk({ folder, cdkFile, args, env, signal, say }: CdkRun): Promise<RolledOut> {
  const secrets = secretsOf(args);
  const path = [dirname(process.execPath), env.PATH ?? ''].join(delimiter);
  const child = spawn(process.execPath, [cdkFile, ...args], {
    cwd: folder,
    env: { ...env, PATH: path, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    // A profile may ask for its second factor.
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, DEPLOY_MS_MAX);
  const told = Promise.all([passOn(child.stdout, secrets, say), passOn(child.stderr, secrets, say)]);
  return new Promise((resolve) => {
    const end = (rolledOut: RolledOut): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      void told.then(() => resolve(rolledOut));
    };
    child.on('error', ({ name }) => end({ outcome: 'failed', reason: `cdk could not be started: ${name}` }));
    child.on('close', (code, endedBy) => {
      if (signal.aborted) end({ outcome: 'interrupted', reason: 'interrupted' });
      else if (code === 0) end({ outcome: 'deployed' });
      else end({ outcome: 'failed', reason: `cdk ended with ${endedBy ?? `code ${code}`}; its last lines say why` });
    });
  });
}

async function passOn(stream: Readable, secrets: readonly string[], say: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    say(secrets.reduce((text, secret) => text.replaceAll(secret, '…'), line));
  }
}

function secretsOf(args: readonly string[]): readonly string[] {
  const values = args.flatMap((_, index) => findParameter(args, index)?.value ?? []);
  return values.filter((value) => value.length >= SECRET_LENGTH_MIN);
}

const PARAMETER = /^(--parameters=)?([^=]+=)(.*)$/s;

/** `--parameters stack:name=value`, in one argument or in two. */
function findParameter(
  args: readonly string[],
  index: number,
): { readonly shown: string; readonly value: string } | null {
  const [, option = '', name = '', value = ''] = PARAMETER.exec(args[index] ?? '') ?? [];
  if (name === '' || (option === '' && args[index - 1] !== '--parameters')) return null;
  return { shown: `${option}${name}…`, value };
}
