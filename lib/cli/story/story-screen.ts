import { createLogUpdate } from 'log-update';
import type { Terminal } from '#lib/cli/terminal.ts';

/** Lines that stay, and on a terminal a live table below them. */
export type StoryScreen = {
  say(text: string): void;
  /** Replaces the live table. Does nothing outside a terminal. */
  show(picture: string): void;
  /** Removes the live table. */
  end(): void;
};

export const SILENT_SCREEN: StoryScreen = { say: () => undefined, show: () => undefined, end: () => undefined };

export function createStoryScreen(terminal: Terminal): StoryScreen {
  const { screen } = terminal;
  if (screen === null) return { ...SILENT_SCREEN, say: (text) => terminal.out(text) };
  const update = createLogUpdate(screen);
  let picture = '';
  return {
    say: (text) => {
      update.clear();
      terminal.out(text);
      if (picture !== '') update(picture);
    },
    show: (text) => {
      if (text !== picture) update(text);
      picture = text;
    },
    end: () => {
      picture = '';
      update.clear();
      update.done();
    },
  };
}
