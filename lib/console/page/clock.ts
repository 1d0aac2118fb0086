import { useEffect, useState } from 'preact/hooks';
import { consoleNowMs } from './live.ts';

const TICK_MS = 250;
const listeners = new Set<() => void>();

setInterval(() => {
  for (const listener of listeners) listener();
}, TICK_MS);

/** A text that depends on the time: drawn again when it changes, by one timer for all. */
export function useTimeText(textAt: (nowMs: number) => string): string {
  const [, setText] = useState('');
  const text = textAt(consoleNowMs());
  useEffect(() => {
    const update = (): void => setText(textAt(consoleNowMs()));
    listeners.add(update);
    return () => void listeners.delete(update);
  });
  return text;
}
