import { createLogUpdate } from 'log-update';

/** A whole screen that is replaced in place, and gone afterwards. */
export type WatchScreen = {
  show(picture: string, footer: string): void;
  /** The window has another size: what is on it stands anywhere now. */
  clear(): void;
  /** Gives the terminal back as it was, with the cursor, and leaves the last picture on it, without its footer. */
  end(): void;
};

const ALTERNATE_SCREEN = '\u001b[?1049h';
const NORMAL_SCREEN = '\u001b[?1049l';
const CLEAR = '\u001b[2J\u001b[H';

export function createWatchScreen(stream: NodeJS.WriteStream): WatchScreen {
  const update = createLogUpdate(stream);
  let picture = '';
  let isOpen = true;
  const leave = (): void => {
    if (!isOpen) return;
    isOpen = false;
    update.done();
    stream.write(NORMAL_SCREEN);
  };
  // Also when the process ends by a second Ctrl-C.
  process.once('exit', leave);
  stream.write(`${ALTERNATE_SCREEN}${CLEAR}`);
  return {
    show: (text, footer) => {
      if (!isOpen) return;
      picture = text;
      update(`${text}\n${footer}`);
    },
    clear: () => {
      if (!isOpen) return;
      update.done();
      stream.write(CLEAR);
    },
    end: () => {
      leave();
      process.off('exit', leave);
      stream.write(`${picture}\n`);
    },
  };
}
