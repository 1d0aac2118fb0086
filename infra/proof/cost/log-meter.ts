import * as z from 'zod';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { METRIC_DIMENSIONS } from '#lib/runtime/metric-names.ts';
import type { Tally } from './tally.ts';

/** CloudWatch adds this to the bytes of every line. */
const LINE_OVERHEAD_BYTES = 26;

/** Lambda's own lines per invocation, START, END and REPORT, with a request id of 36 characters each. */
export const PLATFORM_LOG_BYTES = 68 + 52 + 150 + 3 * LINE_OVERHEAD_BYTES;

const LineSchema = z.looseObject({
  [METRIC_DIMENSIONS.service]: z.string(),
  _aws: z
    .object({ CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })) })
    .optional(),
});

/** Counts the functions' log lines on this process's output, as CloudWatch bills them. Passes other output on. */
export function startLogMeter(tally: Tally): { stop(): void } {
  const restore = [process.stdout, process.stderr].map((stream) => meterStream(stream, tally));
  return {
    stop: () => {
      for (const each of restore) each();
    },
  };
}

function meterStream(stream: NodeJS.WriteStream, tally: Tally): () => void {
  const write = stream.write;
  stream.write = (chunk: unknown, ...rest: unknown[]) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.isBuffer(chunk) ? chunk.toString('utf8') : '';
    const others = text.split('\n').filter((line) => line !== '' && !countLine(line, tally));
    if (others.length === 0 && text !== '') {
      const done = rest.find((each) => typeof each === 'function');
      done?.();
      return true;
    }
    return Reflect.apply(write, stream, [chunk, ...rest]);
  };
  return () => {
    stream.write = write;
  };
}

/** False for other lines than those of functions. */
export function countLine(line: string, tally: Pick<Tally, 'add' | 'metrics'>): boolean {
  const parsed = LineSchema.safeParse(jsonOrUndefined(line));
  if (!parsed.success) return false;
  const { service, _aws } = parsed.data;
  tally.add(service, { logBytes: Buffer.byteLength(line) + LINE_OVERHEAD_BYTES });
  for (const { Metrics } of _aws?.CloudWatchMetrics ?? []) {
    for (const { Name } of Metrics) tally.metrics.add(`${service}/${Name}`);
  }
  return true;
}
