import type { NowMessage } from '#lib/console/now/now-message.ts';
import { type Api, ApiError } from './api.ts';
import { applyMessage, EMPTY_MODEL, type NowModel } from './now-model.ts';
import { createStore, type Store } from './store.ts';

/** Whether the console itself answers; whether the suite does is a section of what it tells. */
export type Line =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  | { readonly state: 'lost'; readonly sinceMs: number }
  /** Another run of the console has another token. */
  | { readonly state: 'refused'; readonly message: string };

export type Live = { readonly line: Line; readonly now: NowModel; readonly lastAtMs: number | null };

/** The console sends a line every five seconds at least. */
const SILENCE_MS = 15_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000] as const;
const RETRY_MS_MAX = 5_000;

/** What to add to this machine's clock for that of the console. */
let clockOffsetMs = 0;
export const consoleNowMs = (): number => Date.now() + clockOffsetMs;

/** Follows the console for as long as the tab is open, and begins anew whenever it was away. */
export function followConsole(api: Api): Store<Live> {
  const store = createStore<Live>({ line: { state: 'connecting' }, now: EMPTY_MODEL, lastAtMs: null });
  void follow(api, store);
  return store;
}

async function follow(api: Api, store: Store<Live>): Promise<void> {
  for (let failureCount = 0; ; failureCount += 1) {
    const startedAtMs = Date.now();
    try {
      await followOnce(api, store);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
        store.set({ ...store.get(), line: { state: 'refused', message: error.message } });
        return;
      }
    }
    if (Date.now() - startedAtMs > SILENCE_MS) failureCount = 0;
    const { line } = store.get();
    const sinceMs = line.state === 'lost' ? line.sinceMs : Date.now();
    store.set({ ...store.get(), line: { state: 'lost', sinceMs } });
    await new Promise((done) => setTimeout(done, RETRY_MS[failureCount] ?? RETRY_MS_MAX));
  }
}

async function followOnce(api: Api, store: Store<Live>): Promise<void> {
  const controller = new AbortController();
  let watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
  const onLine = (message: NowMessage): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
    clockOffsetMs = message.atMs - Date.now();
    const { now } = store.get();
    store.set({ line: { state: 'open' }, now: applyMessage(now, message), lastAtMs: message.atMs });
  };
  try {
    await api.lines<NowMessage>('now', onLine, controller.signal);
  } finally {
    clearTimeout(watchdog);
  }
}
