import { InvalidArgumentError, Option } from 'commander';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import type { exitTermsShape } from '#lib/contracts/open-request.ts';
import type { ruleShape } from '#lib/contracts/rule-fields.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import type { GuardBody } from '#lib/suite-client/invoke-guard.ts';

export const DEFAULT_STATE_DIR = '.tminus';
/** Seeds of generated prices are 32 bits. */
export const SEED_MAX = 2 ** 32 - 1;

/** An option's whole number within bounds, as commander's argument parser. @throws InvalidArgumentError */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,16}$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Dollars as micros, as commander's argument parser. @throws InvalidArgumentError */
export function dollarsOption(text: string): bigint {
  try {
    const micros = parseMicros(text.replace(/^\$/, ''));
    if (micros >= 0n) return micros;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('It must be dollars such as 5 or 2.50.');
}

const TIME = /^(?:(\d{1,4})m)?(?:(\d{1,6})s?)?$/;

/** Seconds from `180`, `180s`, `3m` or `2m30s`, as commander's argument parser. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const [isTime, minutes = '0', rest = '0'] = TIME.exec(text) ?? [];
  if (isTime) return Number(minutes) * 60 + Number(rest);
  throw new InvalidArgumentError('It must be a time such as 180s or 3m.');
}

const USD_MICROS_MAX = 1_000_000_000_000n;

/** Millionths of a dollar from `25` or `25.50`, as commander's argument parser. @throws InvalidArgumentError */
export function usdMicros(text: string): bigint {
  const amount = text.replace(/^\$/, '');
  const micros = /^\d{1,7}(\.\d{1,6})?$/.test(amount) ? parseMicros(amount) : 0n;
  if (micros > 0n && micros <= USD_MICROS_MAX) return micros;
  throw new InvalidArgumentError('It must be an amount such as 25 or 25.50, at most 1000000.');
}

const TIMES = /^([^.]+)\.\.([^.:]+)(?::(.+))?$/;
const SWEEP_STEP_SECONDS = 10;
const SWEEP_COUNT_MAX = 200;

/**
 * Seconds from `10s..240s`, ten apart, or `15s..60s:5s`, as commander's argument parser. @throws InvalidArgumentError
 */
export function secondsRange(text: string): readonly number[] {
  const [, first = '', last = '', step] = TIMES.exec(text) ?? [];
  const [from, to, by] = [seconds(first), seconds(last), step === undefined ? SWEEP_STEP_SECONDS : seconds(step)];
  const count = by > 0 ? Math.floor((to - from) / by) + 1 : 0;
  if (count >= 1 && count <= SWEEP_COUNT_MAX) return Array.from({ length: count }, (_, index) => from + index * by);
  throw new InvalidArgumentError(`It must be at most ${SWEEP_COUNT_MAX} times such as 10s..240s or 10s..240s:5s.`);
}

/** An option with a fixed set of values, accepted in upper and lower case. */
export function choiceOption(flags: string, choices: readonly string[], description?: string): Option {
  return new Option(flags, description).choices(choices).argParser((text) => {
    const choice = choices.find((each) => each.toLowerCase() === text.toLowerCase());
    if (choice !== undefined) return choice;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  });
}

export const stateDirOption = (): Option =>
  new Option('--state-dir <dir>', `the local stack to talk to (default: ${DEFAULT_STATE_DIR})`);

export const stageOption = (): Option =>
  choiceOption('--stage <stage>', STAGE_NAMES, 'the deployed suite to talk to, found by its stack in AWS').conflicts(
    'stateDir',
  );

/** For what reads or halts: a restored copy is looked at before the functions use it. */
export const tableOption = (): Option =>
  new Option('--table <name>', 'another table than the suite’s, such as a restored copy')
    .argParser((text) => {
      if (/^[A-Za-z0-9_.-]{3,255}$/.test(text)) return text;
      throw new InvalidArgumentError('It must be the name of a table.');
    })
    // The functions that would sell read the suite's own table.
    .conflicts('flatten');

export const jsonOption = (): Option => new Option('--json', 'print JSON, errors included');

/** What `open` and `guard` pass on of the exit's options. */
export function exitTermsOf(options: ExitTermOptions): Pick<GuardBody, ExitTerm | 'exitLeadSeconds'> {
  const { exitLead, exitAt, floor, slackTicks, merge } = options;
  const { stopLoss, takeProfit, trailingStop, holdAbove, preset } = options;
  return {
    ...(exitLead !== undefined && { exitLeadSeconds: exitLead }),
    ...(exitAt !== undefined && { exitAt }),
    ...(floor !== undefined && { floor }),
    ...(slackTicks !== undefined && { slackTicks }),
    ...(merge !== undefined && { merge }),
    ...(stopLoss !== undefined && { stopLoss }),
    ...(takeProfit !== undefined && { takeProfit }),
    ...(trailingStop !== undefined && { trailingStop }),
    ...(holdAbove !== undefined && { holdAbove }),
    ...(preset !== undefined && { preset }),
  };
}

type ExitTerm = 'exitAt' | Exclude<keyof typeof exitTermsShape, 'exitLeadSeconds'> | keyof typeof ruleShape;
type ExitTermOptions = Pick<GuardBody, ExitTerm> & {
  /** Seconds. */
  readonly exitLead?: number;
};
