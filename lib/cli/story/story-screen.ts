import { createLogUpdate } from 'log-update';
import type { Terminal } from '#lib/cli/terminal.ts';

/** What the story is told on: lines that stay, and below them a picture of the moment where somebody watches. */
export type StoryScreen = {
  say(text: string): void;
  /** Replaces the picture. Shown on a terminal only: elsewhere the lines tell every change. */
  show(picture: string): void;
  /** Takes the picture away. */
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
