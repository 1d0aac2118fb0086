import { useEffect } from 'preact/hooks';

type FieldRef = { readonly current: HTMLElement | null };

/**
 * Calls back with keys that are pressed without a modifier. Letters belong to a field that takes text, and to an open
 * dialog; `own` is a field whose keys are wanted all the same. It is set up anew when one of the `inputs` changes.
 */
export function useKeydown(onKey: (event: KeyboardEvent) => void, inputs: readonly unknown[], own?: FieldRef): void {
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) && event.target !== own?.current) return;
      onKey(event);
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, inputs);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, dialog') !== null;
}
