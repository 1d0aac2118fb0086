import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';

export type RunProgress = {
  readonly doneCount: number;
  readonly count: number;
  /** Since this session began. */
  readonly perSecond: number;
};

export const counted = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Done and of how many, rate and time left: `424,000 of 1,000,000 lives, 812/s, 11 min 49 s left`. */
export function progressText({ doneCount, count, perSecond }: RunProgress): string {
  const done = `${counted(doneCount)} of ${counted(count)} lives`;
  if (perSecond <= 0 || doneCount >= count) return done;
  return `${done}, ${counted(perSecond)}/s, ${timeText((count - doneCount) / perSecond)} left`;
}

/** The same behind a bar, as wide as a terminal less the column in which some of them wrap. */
export function progressBar(progress: RunProgress): string {
  const percent = `${Math.floor((progress.doneCount / progress.count) * 100)} %`;
  const text = ` ${percent}  ${progressText(progress)}`;
  const width = Math.max(TERMINAL_WIDTH - 1 - 2 - text.length, 0);
  const full = Math.floor((progress.doneCount / progress.count) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]${text}`.slice(0, TERMINAL_WIDTH - 1);
}

/** Two units at most. */
export function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
